"""Runs a command and measures it: wall and processor seconds, peak memory over all processes."""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

INTERVAL = 0.05


class Figures(NamedTuple):
    """What a command took: seconds, seconds of processor time, MiB."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str]) -> Figures:
    """Runs a command to its end.

    Memory is the proportional set size of the process and all its children together, looked at
    twenty times a second: a page that several share counts once.

    Raises:
        RuntimeError: where it fails; with what it printed.
    """
    before, begun, peak = os.times(), time.perf_counter(), 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        while process.poll() is None:
            peak = max(peak, _memory(process.pid))
            time.sleep(INTERVAL)
        wall = time.perf_counter() - begun
        printed = process.stdout.read() if process.stdout else ""
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{printed}")
    after = os.times()
    cpu = sum(after[2:4]) - sum(before[2:4])
    return Figures(wall, cpu, peak / 1024)


def _memory(process: int) -> int:
    """Memory of a process and all below it, in KiB."""
    folder = Path("/proc") / str(process)
    try:
        lines = (folder / "smaps_rollup").read_text().splitlines()
        children = [
            int(child)
            for task in (folder / "task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return 0  # it has just ended
    own = next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
    return own + sum(_memory(child) for child in children)
