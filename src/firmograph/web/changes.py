"""Changes to the lake: each is a command of its own process.

So a crash or a lake that is held stays outside the server, and every change is one that could have
been made on the command line.
"""

import json
import os
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from firmograph.project import Project


@dataclass(frozen=True)
class Outcome:
    """How a command ended.

    Attributes:
        line: the command, as it is typed.
        code: its exit code.
        report: its JSON answer; None if it gave none.
        told: what it said on standard error.
    """

    line: str
    code: int
    report: Any
    told: str

    @property
    def is_done(self) -> bool:
        """Whether the command did its work; 3 says that something is still refused."""
        return self.code in (0, 3)

    @property
    def message(self) -> str:
        """Why it failed, in a sentence."""
        if isinstance(self.report, dict) and self.report.get("message"):
            hint = self.report.get("hint")
            return f"{self.report['message']}{f'. What to do: {hint}' if hint else ''}"
        return self.told.strip() or f"the command ended with {self.code}"


def command_line(*arguments: str) -> str:
    """A command as it is typed."""
    return shlex.join(["firmograph", *arguments])


def change(project: Project, arguments: Sequence[str]) -> Outcome:
    """Runs a command on the lake of a project, with its settings.

    Args:
        project: whose root and flags are passed on.
        arguments: of the command, without ``--json``.
    """
    ended = subprocess.run(  # noqa: S603 - this very program
        project.command(*arguments, "--json"),
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        stdin=subprocess.DEVNULL,
        env={**os.environ, "FIRMOGRAPH_LOG_LEVEL": "warning"},
        check=False,
    )
    try:
        report = json.loads(ended.stdout)
    except ValueError:
        report = None
    return Outcome(command_line(*arguments), ended.returncode, report, ended.stderr)
