"""Temporary folders in the lake's folder, which are deleted even if the process is terminated."""

import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

from firmograph.storage.base import Storage
from firmograph.storage.errors import Busy
from firmograph.storage.local import LocalStorage

PREFIX = ".plan-"
_UNLOCKED_SECONDS = 3600
"""After which time a folder without a lock is taken for left behind."""


@contextmanager
def temporary_folder(lake: Storage) -> Iterator[Path]:
    """Yields a folder on the file system of the lake, if that is a folder.

    It is locked until it is deleted at the end of the block, so that one whose process was killed
    can be told from one in use.
    """
    beside = lake.scratch.parent
    beside.mkdir(parents=True, exist_ok=True)
    delete_abandoned(lake)
    with (
        _exit_on_sigterm(),
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=beside) as name,
        LocalStorage(Path(name)).lock({}, wait_seconds=0),
    ):
        yield Path(name)


def delete_abandoned(lake: Storage) -> None:
    """Deletes the temporary folders of processes that were killed."""
    for folder in lake.scratch.parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if _is_abandoned(folder):
                shutil.rmtree(folder)


def _is_abandoned(folder: Path) -> bool:
    if not (folder / ".lock").exists():
        return time.time() - folder.stat().st_mtime > _UNLOCKED_SECONDS
    try:
        with LocalStorage(folder).lock({}, wait_seconds=0):
            return True
    except Busy:
        return False


@contextmanager
def _exit_on_sigterm() -> Iterator[None]:
    """Ends the process in an orderly way on SIGTERM, unless a handler says what else to do."""
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
