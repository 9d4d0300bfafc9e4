"""Listeners as processes of their own, and what they write to their log."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest


@dataclass(frozen=True)
class Listening:
    """A listener that runs in a process of its own."""

    process: subprocess.Popen[str]

    def wait_for(self, event: str) -> dict[str, Any]:
        """Reads its log until an event; returns that line."""
        return self.lines_until(event)[-1]

    def lines_until(self, event: str) -> list[dict[str, Any]]:
        """Reads its log until an event; returns all lines."""
        assert self.process.stderr
        seen, found = [], []
        for line in self.process.stderr:
            seen.append(line)
            if line.startswith("{"):
                found.append(json.loads(line))
                if found[-1].get("event") == event:
                    return found
        pytest.fail(f"the listener ended without {event!r}: {''.join(seen)}")

    def end(self, number: int = signal.SIGTERM) -> int:
        """Sends a signal and waits for the end; returns the exit code."""
        self.process.send_signal(number)
        self.process.communicate()
        return self.process.returncode

    def finish(self) -> tuple[int, list[dict[str, Any]]]:
        """Waits for the end; returns the exit code and the rest of the log."""
        _, log = self.process.communicate()
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        return self.process.returncode, lines


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    """Starts a listener; the arguments are those of the command, the keywords its environment."""
    started: list[subprocess.Popen[str]] = []

    def start(root: Path | str, *arguments: str, **environment: str) -> Listening:
        process = subprocess.Popen(
            [sys.executable, "-m", "firmograph", "listen", "--root", str(root), *arguments],
            env={**os.environ, "FIRMOGRAPH_LOG_FORMAT": "json", **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return Listening(process)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


def command(root: Path | str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a command on a root folder."""
    return subprocess.run(
        [sys.executable, "-m", "firmograph", "--root", str(root), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
