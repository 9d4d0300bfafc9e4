"""Runs the command line and ends its own process while it works.

    python killer.py BOUNDARY SECONDS [firmograph's arguments…]

The end comes at the n-th boundary, which is the moment before or after a write, commit or move, or
after so many seconds of processor time, which do not depend on what else the machine does. Where
both are 0 the program runs to its end, and says on a line of standard error that begins with
`passed` how many boundaries and seconds it took. Boundaries lie where the program leaves its own
code for Delta, Parquet, DuckDB, Spark and the file system.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from deltalake import DeltaTable

from firmograph.cli import main
from firmograph.engine.duckdb.connection import Connection


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
    """Wraps what creates, writes, commits, restores, deletes and moves."""
    for name in ("create", "create_write_transaction", "restore", "vacuum"):
        boundaries.around(DeltaTable, name)
    for name in ("__init__", "close"):
        boundaries.around(pq.ParquetWriter, name)
    boundaries.around(Connection, "copy")
    for name in ("rename", "replace", "link"):
        boundaries.around(os, name)
    boundaries.around(Path, "unlink")


def arm_spark(boundaries: Boundaries) -> None:
    """Wraps what has Spark work: each action, and its end."""
    from pyspark.core.rdd import RDD
    from pyspark.sql import SparkSession
    from pyspark.sql.classic.dataframe import DataFrame

    for name in ("collect", "toArrow", "localCheckpoint"):
        boundaries.around(DataFrame, name)
    boundaries.around(RDD, "collect")
    boundaries.around(SparkSession, "stop")


if __name__ == "__main__":
    armed = Boundaries(int(sys.argv[1]))
    arm(armed)
    if "engine=spark" in sys.argv:
        arm_spark(armed)
    signal.setitimer(signal.ITIMER_PROF, float(sys.argv[2]))
    began = time.process_time()
    sys.argv = ["firmograph", *sys.argv[3:]]
    try:
        main()
    finally:
        print("passed", armed.count, time.process_time() - began, file=sys.stderr)
