"""The snapshots that pages are shown of: the newest one and a few others, held open."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from firmograph.errors import FirmographError, UsageError
from firmograph.project import Project
from firmograph.queries.company_index import build_index
from firmograph.queries.newest import Mark, publication_mark
from firmograph.queries.session import Session

KEPT_OPEN = 3
SECONDS_BETWEEN_LOOKS = 5.0
"""How long a bucket is not asked again whether there is a newer snapshot."""
SECONDS_OF_MUCH = 0.1
"""A request that took longer has read much, and the memory for it is returned."""


@dataclass(eq=False)
class _Held:
    """A session, and how many requests use it."""

    session: Session
    opened: AbstractContextManager[object]
    users: int = 0
    is_prepared: bool = False

    def close(self) -> None:
        with self.session.reader():  # after what is being read
            self.session.close()
            self.opened.__exit__(None, None, None)


class Snapshots:
    """Opens snapshots for many requests at once.

    Args:
        make_project: reads settings and contracts anew, since contracts may change meanwhile.
        prepares: whether what a first search would wait for is built after the first answer.
    """

    def __init__(self, make_project: Callable[[], Project], *, prepares: bool = False) -> None:
        self._prepares = prepares
        self._working: list[threading.Thread] = []
        self._make_project = make_project
        self._lake = make_project().folders.lake
        self._lock = threading.RLock()
        self._open: OrderedDict[int, _Held] = OrderedDict()
        self._replaced: list[_Held] = []
        self._newest: int | None = None
        self._mark: Mark | None = None
        self._looked_at = float("-inf")

    @contextmanager
    def session(self, snapshot_id: int | None) -> Iterator[Session]:
        """The session of a snapshot, or of the newest one, for the time of a request.

        Raises:
            LakeError: if nothing was ever published, or the lake cannot be read.
            UsageError: if the snapshot is not kept.
        """
        held, began = self._take(snapshot_id), time.monotonic()
        try:
            yield held.session
        finally:
            if time.monotonic() - began > SECONDS_OF_MUCH:
                with suppress(UsageError):  # closed meanwhile, since the server is stopped
                    held.session.release_memory()
            self._give_back(held)

    @property
    def newest(self) -> int:
        """The id of the newest snapshot; 0 before the first."""
        with self._lock:
            if self._newest is None or self._has_changed():
                self._newest = self._open_session(None)
            return self._newest

    def open_ahead(self, snapshot_id: int | None) -> None:
        """Opens a snapshot in a thread, and reads what the first page waits for."""

        def read() -> None:
            with suppress(FirmographError):  # the first page tells it
                held = self._take(snapshot_id)
                try:
                    held.session.status()
                finally:
                    self._give_back(held, prepares=False)

        self._begin(read)

    def look_again(self) -> None:
        """Has the next request look for a newer snapshot, however short ago the last one did."""
        self._looked_at = float("-inf")

    def close(self) -> None:
        """Closes all snapshots, after what is being built."""
        for thread in self._working:
            thread.join()
        with self._lock:
            for held in (*self._open.values(), *self._replaced):
                held.close()
            self._open.clear()
            self._replaced.clear()
            self._newest = None

    def _take(self, snapshot_id: int | None) -> _Held:
        with self._lock:
            newest = self.newest
            wanted = newest if snapshot_id is None else snapshot_id
            if wanted not in self._open:
                self._open_session(wanted)
            held = self._open[wanted]
            self._open.move_to_end(wanted)
            held.users += 1
            return held

    def _give_back(self, held: _Held, *, prepares: bool = True) -> None:
        with self._lock:
            held.users -= 1
            is_newest = held is self._open.get(self._newest or 0)
            is_wanted = prepares and self._prepares and self._lake.is_local
            if is_newest and is_wanted and not held.is_prepared:
                held.is_prepared = True
                held.users += 1
                self._begin(partial(self._prepare, held))
            self._close_surplus()

    def _begin(self, work: Callable[[], None]) -> None:
        """Runs something in a thread that `close` waits for."""
        self._working = [one for one in self._working if one.is_alive()]
        self._working.append(threading.Thread(target=work))
        self._working[-1].start()

    def _prepare(self, held: _Held) -> None:
        """Builds what the first search would wait for, once a page was answered."""
        try:
            with suppress(FirmographError):
                build_index(held.session)
        finally:
            self._give_back(held)

    def _open_session(self, snapshot_id: int | None) -> int:
        """Opens a snapshot; returns its id."""
        mark = publication_mark(self._lake)
        project = self._make_project()
        opened = project.open(snapshot_id)
        held = _Held(Session(opened.__enter__(), project.contracts), opened)
        found = held.session.snapshot_id
        if found in self._open:  # a run ended without another snapshot
            self._replaced.append(self._open.pop(found))
        self._open[found] = held
        if snapshot_id is None:
            self._mark = mark
        return found

    def _close_surplus(self) -> None:
        """Closes what was replaced or not used for longest, unless it is in use or the newest."""
        for held in [held for held in self._replaced if not held.users]:
            self._replaced.remove(held)
            held.close()
        for found, held in list(self._open.items()):
            if len(self._open) > KEPT_OPEN and not held.users and found != self._newest:
                del self._open[found]
                held.close()

    def _has_changed(self) -> bool:
        """Whether a run may have ended since the newest snapshot was opened."""
        now = time.monotonic()
        if not self._lake.is_local and now - self._looked_at < SECONDS_BETWEEN_LOOKS:
            return False
        self._looked_at = now
        return publication_mark(self._lake) != self._mark
