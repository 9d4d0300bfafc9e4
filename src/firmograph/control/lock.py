"""One writer: a lock file beside the lake, held by an open file and so by no dead process."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from firmograph.errors import LakeBusy


@contextmanager
def hold_lake(root: Path, now: datetime, wait_seconds: float) -> Iterator[None]:
    """Holds the lake for writing.

    Args:
        root: the lake's folder.
        now: when this run started, for whoever waits.
        wait_seconds: how long to wait for another run to end.

    Raises:
        LakeBusy: naming the holder.
    """
    root.mkdir(parents=True, exist_ok=True)
    holder = root / ".holder.json"
    lock = FileLock(root / ".lock", timeout=wait_seconds)
    try:
        lock.acquire()
    except Timeout as error:
        raise LakeBusy(
            f"another run holds the lake: {_describe(holder)}",
            hint="wait for it with --wait SECONDS, or end it; readers need not wait",
        ) from error
    try:
        facts = {"pid": os.getpid(), "host": socket.gethostname(), "started_at": now.isoformat()}
        holder.write_text(json.dumps(facts), "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        facts = json.loads(holder.read_text("utf-8"))
        return f"process {facts['pid']} on {facts['host']}, since {facts['started_at']}"
    except (OSError, ValueError, KeyError):
        return "its process is not known yet"
