"""The lock that allows one writer on a lake; it does not outlive its process."""

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime

from firmograph.errors import LakeBusy
from firmograph.storage.base import Hold, Storage
from firmograph.storage.errors import Busy


@contextmanager
def hold_lake(lake: Storage, now: datetime, wait_seconds: float) -> Iterator[Hold]:
    """Holds the lake for writing.

    Args:
        lake: the lake's folder.
        now: when this run started; shown to those who wait.
        wait_seconds: how long to wait for another run to end.

    Raises:
        LakeBusy: naming the holder.
    """
    facts = {
        "pid": str(os.getpid()),
        "host": socket.gethostname(),
        "started_at": now.isoformat(),
    }
    with ExitStack() as stack:
        try:
            hold = stack.enter_context(lake.lock(facts, wait_seconds))
        except Busy as error:
            raise LakeBusy(
                f"another run holds the lake: {_describe(error.holder)}",
                hint="wait for it with --wait SECONDS, or end it; readers need not wait",
            ) from error
        yield hold


def _describe(holder: Mapping[str, str]) -> str:
    try:
        return f"process {holder['pid']} on {holder['host']}, since {holder['started_at']}"
    except KeyError:
        return "its process is not known yet"
