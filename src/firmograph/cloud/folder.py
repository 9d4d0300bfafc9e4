"""Events of a folder of this machine: files that appear or change in it."""

import time
from collections.abc import Sequence
from pathlib import Path

from watchfiles import Change, watch

from firmograph.cloud.events import Event
from firmograph.errors import UsageError


class FolderSource:
    """Watches a folder, by the means of the operating system.

    Where those see nothing, as on a network drive, ``WATCHFILES_FORCE_POLLING=true`` in the
    environment lists it instead.

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
                f"there is no folder {folder} to listen to", hint="create it, or name another"
            )
        self._changes = watch(
            folder,
            watch_filter=lambda change, _: change is not Change.deleted,
            recursive=is_recursive,
            debounce=200,
            rust_timeout=500,
            yield_on_timeout=True,
            raise_interrupt=False,  # a signal ends the wait; what to do is up to its handler
        )

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """Waits for files that appear or change."""
        ends_at = time.monotonic() + wait_seconds
        while True:
            changes = next(self._changes, None)
            if changes:
                return [Event(path) for _, path in changes]
            if changes is None or time.monotonic() >= ends_at:
                return []

    def keep(self, events: Sequence[Event]) -> None:
        """Nobody else receives them."""

    def acknowledge(self, events: Sequence[Event]) -> None:
        """They do not come again; the run that follows a failed one lists the folder."""
