"""Runs a command and measures it: wall and processor seconds, peak memory over all processes."""

import ctypes
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

INTERVAL = 0.05
FIRST_INTERVAL = 0.01
PR_SET_CHILD_SUBREAPER = 36


class Figures(NamedTuple):
    """What a command took: wall seconds, processor seconds, MiB."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str]) -> Figures:
    """Runs a command to its end.

    Memory is the proportional set size of the process and all its children together, sampled
    twenty times a second: a page that several share counts once. Processor time is that of all
    processes, including those that briefly outlive the first one, as a JVM does.

    Raises:
        RuntimeError: if it fails; with its output.
    """
    _adopt_orphans()
    others = _children(os.getpid())
    before, begun = os.times(), time.perf_counter()
    with tempfile.TemporaryFile("w+", errors="replace") as printed:
        with subprocess.Popen(
            command, stdout=printed, stderr=subprocess.STDOUT, env=_environment()
        ) as process:
            peak = _watch(process, begun)
            wall = time.perf_counter() - begun
        _wait_for_orphans(others)
        if process.returncode:
            printed.seek(0)
            said = printed.read()
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Figures(wall, cpu, peak / 1024)


def _watch(process: subprocess.Popen[bytes], begun: float) -> int:
    peak = 0
    while process.poll() is None:
        peak = max(peak, _memory(process.pid))
        is_young = time.perf_counter() - begun < 1
        time.sleep(FIRST_INTERVAL if is_young else INTERVAL)
    return peak


def _environment() -> dict[str, str]:
    """The environment of a person: compiled modules are kept, as for an installed package."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _adopt_orphans() -> None:
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _wait_for_orphans(others: set[int]) -> None:
    """Waits for the children of this process, except `others`."""
    while orphans := _children(os.getpid()) - others:
        with suppress(ChildProcessError):
            os.waitpid(orphans.pop(), 0)


def _children(process: int) -> set[int]:
    tasks = (Path("/proc") / str(process) / "task").iterdir()
    return {int(child) for task in tasks for child in (task / "children").read_text().split()}


def _memory(process: int) -> int:
    """Memory of a process and its descendants, in KiB."""
    folder = Path("/proc") / str(process)
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
        children = _children(process)
    except OSError:
        return 0  # it has just exited
    own = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return own + sum(_memory(child) for child in children)
