"""A folder over another storage that is only read: what a plan writes stays in the folder."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from firmograph.storage.base import Entry, FileStamp, Hold, Listing, Moves, OpenFile, Storage
from firmograph.storage.errors import Gone
from firmograph.storage.local import LocalStorage


@dataclass(frozen=True, slots=True)
class Overlay:
    """Two storages as one; see `Storage`. Files of the upper one hide those of the lower.

    Attributes:
        upper: is written to.
        lower: is only read; deleting and moving leave its files as they are.
    """

    upper: LocalStorage
    lower: Storage

    @property
    def url(self) -> str:
        """The path of the upper folder."""
        return self.upper.url

    @property
    def options(self) -> Mapping[str, str]:
        """No options: the logs of tables are read from the upper folder."""
        return {}

    @property
    def is_local(self) -> bool:
        """False: not every file is at a path below the url."""
        return False

    @property
    def scratch(self) -> Path:
        """That of the upper folder."""
        return self.upper.scratch

    def __truediv__(self, name: str) -> Self:
        return type(self)(self.upper / name, self.lower / name)

    def files(self) -> Iterator[Entry]:
        """Lists the files of both."""
        yield from self.listing().files

    def folders(self) -> list[str]:
        """Lists the subfolders of both."""
        return self.listing().folders

    def listing(self) -> Listing:
        """Lists what is in both."""
        lower, upper = _listing(self.lower), _listing(self.upper)
        files = {entry.name: entry for entry in (*lower.files, *upper.files)}
        return Listing(list(files.values()), sorted({*lower.folders, *upper.folders}))

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        at_rest: bool = False,
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads a file, or a part of it, from where it is."""
        one = self._holder(name)
        return one.read(name, expected=expected, at_rest=at_rest, start=start, end=end)

    def open(
        self, name: str, *, expected: FileStamp | None = None, at_rest: bool = False
    ) -> AbstractContextManager[OpenFile]:
        """Opens a file where it is."""
        return self._holder(name).open(name, expected=expected, at_rest=at_rest)

    def stamps(self, names: Iterable[str]) -> dict[str, FileStamp]:
        """The versions of files, wherever they are."""
        wanted = list(names)
        found = dict(self.upper.stamps(wanted))
        return found | dict(self.lower.stamps([name for name in wanted if name not in found]))

    def written_at(self, stamp: FileStamp) -> datetime | None:
        """When a file of the lower storage was written, as far as that can be known."""
        return self.lower.written_at(stamp)

    def fetch(self, name: str, target: Path) -> None:
        """Makes a file readable at a path."""
        self._holder(name).fetch(name, target)

    def put(self, name: str, source: Path | bytes) -> FileStamp:
        """Writes a file into the upper folder."""
        return self.upper.put(name, source)

    def put_if_absent(self, name: str, source: Path | bytes) -> FileStamp:
        """Writes a file into the upper folder, if it has none of that name."""
        return self.upper.put_if_absent(name, source)

    def move(
        self,
        names: Iterable[str],  # noqa: ARG002 - nothing is moved
        target: Storage,  # noqa: ARG002
        expected: Mapping[str, FileStamp] | None = None,  # noqa: ARG002
    ) -> Moves:
        """Leaves the files as they are, and says that they were moved."""
        return Moves([], [])

    def delete(self, names: Iterable[str]) -> None:
        """Deletes files of the upper folder."""
        self.upper.delete(names)

    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> AbstractContextManager[Hold]:
        """Holds the lock of the upper folder."""
        return self.upper.lock(holder, wait_seconds)

    def _holder(self, name: str) -> Storage:
        return self.upper if self.upper.stamps([name]) else self.lower


def _listing(storage: Storage) -> Listing:
    try:
        return storage.listing()
    except Gone:
        return Listing([], [])
