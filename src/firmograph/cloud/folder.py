"""Events of a folder of this machine: files that appear or change in it."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

from watchfiles import Change, watch

from firmograph.cloud.events import Event
from firmograph.errors import UsageError


class FolderSource:
    """Watches a folder, by the means of the operating system.

    Where those see nothing, as on a network drive, ``WATCHFILES_FORCE_POLLING=true`` in the
    environment lists it instead. A folder that vanishes is watched again once it is back.

    Args:
        folder: the folder.
        is_recursive: whether its subfolders are watched, too.

    Raises:
        UsageError: if it does not exist.
    """

    keep_seconds = None

    def __init__(self, folder: Path, *, is_recursive: bool) -> None:
        if not folder.is_dir():
            raise UsageError(
                f"there is no folder {folder} to listen to",
                hint="create it, or name another one, the url of an SQS queue, or "
                "projects/…/subscriptions/…",
            )
        self._folder, self._is_recursive = folder.resolve(), is_recursive
        logging.getLogger(watch.__module__).setLevel(logging.ERROR)  # it tells of each signal
        self._open()

    def _open(self) -> None:
        self._identity = self._identify()
        self._changes = watch(
            self._folder,
            watch_filter=lambda change, path: (
                change is not Change.deleted or Path(path) == self._folder
            ),
            recursive=self._is_recursive,
            debounce=200,
            rust_timeout=500,
            yield_on_timeout=True,
            raise_interrupt=False,  # a signal ends the wait; what to do is up to its handler
        )

    def _identify(self) -> tuple[int, int] | None:
        """What tells the folder from another one of its name; None while there is none."""
        try:
            status = self._folder.stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """Waits for files that appear or change, or for a folder that was away to return."""
        ends_at = time.monotonic() + wait_seconds
        while True:
            changes = next(self._changes, None)
            if (Change.deleted, str(self._folder)) in (changes or ()):
                self._identity = None
            found = self._identify()
            if found not in (None, self._identity):
                self._open()
                return [Event(str(self._folder))]
            self._identity = found
            if changes and found:
                return [Event(path) for _, path in changes]
            if changes is None or time.monotonic() >= ends_at:
                return []

    def keep(self, events: Sequence[Event]) -> None:
        """Nobody else receives them."""

    def acknowledge(self, events: Sequence[Event]) -> None:
        """They do not come again; the run that follows a failed one lists the folder."""
