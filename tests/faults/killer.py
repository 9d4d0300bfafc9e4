"""Runs the command line and ends its own process at the n-th boundary: a write, commit or move.

    python killer.py N [firmograph's arguments…]

With N = 0 it runs to its end and prints how many boundaries it passed, on the last line of standard
error.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmograph.cli import main
from firmograph.engine import appender, local, parquet, queries
from firmograph.sources import folders


class Boundaries:
    """Counts boundaries, and ends the process at the one asked for."""

    def __init__(self, wanted: int) -> None:
        self.wanted = wanted
        self.count = 0

    def pass_one(self) -> None:
        self.count += 1
        if self.count == self.wanted:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: Any, name: str) -> None:
        """Makes the moments before and after a call boundaries."""
        inner: Callable[..., Any] = getattr(owner, name)

        def wrapped(*args: Any, **options: Any) -> Any:
            self.pass_one()
            result = inner(*args, **options)
            self.pass_one()
            return result

        setattr(owner, name, wrapped)


def arm(boundaries: Boundaries) -> None:
    """Wraps what writes, commits, restores and moves."""
    boundaries.around(appender, "commit")
    boundaries.around(local, "commit")
    boundaries.around(parquet.FileWriter, "_close")
    boundaries.around(queries.Connection, "copy")
    boundaries.around(parquet.FileWriter, "_begin")
    boundaries.around(local.LocalVerbs, "create")
    boundaries.around(local.LocalVerbs, "restore")
    boundaries.around(folders, "_moved")
    boundaries.around(Path, "rename")
    boundaries.around(Path, "unlink")


def arm_spark(boundaries: Boundaries) -> None:
    """Wraps what has Spark write."""
    from firmograph.engine.spark import engine

    for name in ("spread", "insert", "_write", "_merge", "overwrite", "close"):
        boundaries.around(engine.SparkEngine, name)


if __name__ == "__main__":
    armed = Boundaries(int(sys.argv[1]))
    arm(armed)
    if "engine=spark" in sys.argv:
        arm_spark(armed)
    sys.argv = ["firmograph", *sys.argv[2:]]
    try:
        main()
    finally:
        print(armed.count, file=sys.stderr)
