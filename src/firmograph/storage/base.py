"""The seam between the program and where files are kept: a folder now, a bucket later.

Names are relative to their storage and hold no ``..``. A storage is configuration only: it opens
nothing until it is asked to, compares by value and pickles, so that it may be sent anywhere.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, NamedTuple, Protocol, Self


class FileStamp(NamedTuple):
    """A file's version: as long as its stamp stays the same, so do its bytes.

    Attributes:
        size: in bytes.
        version: opaque; in a folder, the time of the last change and the inode.
    """

    size: int
    version: tuple[int, ...] | str


class Entry(NamedTuple):
    """A file as it is listed; without a stamp where it is not a plain file."""

    name: str
    stamp: FileStamp | None


class OpenFile(NamedTuple):
    """A file open for reading: a seekable stream, and the version it reads."""

    content: IO[bytes]
    stamp: FileStamp


class StorageError(OSError):
    """A file that cannot be used.

    Attributes:
        reason: a phrase whose subject is the file.
    """

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(reason, where)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[1]}: {self.reason}"


class Gone(StorageError):  # noqa: N818 - a fact about a file
    """The file, or the whole storage, is not there."""


class Changed(StorageError):  # noqa: N818 - a fact about a file
    """The file is not the version that was expected, or changed while it was read."""


class Taken(StorageError):  # noqa: N818 - a fact about a file
    """A file of that name exists already."""


class Busy(StorageError):  # noqa: N818 - a fact about a file
    """Another process holds the lock.

    Attributes:
        holder: what that process says about itself; empty while it has not yet.
    """

    def __init__(self, reason: str, where: str, holder: Mapping[str, str]) -> None:
        super().__init__(reason, where)
        self.holder = dict(holder)
        self.args = (reason, where, self.holder)  # what pickling gives back


class Storage(Protocol):
    """Files by name. Anything unforeseen is an `OSError`: no permission, no space, no connection.

    Concurrent readers need no lock. Whoever writes, moves or deletes holds `lock`, except where a
    method says that it is atomic between processes.
    """

    @property
    def url(self) -> str:
        """What deltalake, DuckDB, Spark and people call it; for a folder, its path."""

    @property
    def options(self) -> Mapping[str, str]:
        """What deltalake needs to know beside the url; no credentials."""

    def __truediv__(self, name: str) -> Self:
        """The storage of what lies below a name; nothing is made or checked."""

    def files(self) -> Iterator[Entry]:
        """Lists the files directly in this storage, in any order.

        One request for a thousand files or so: list once and remember, rather than ask file by
        file. Files that come or go meanwhile may or may not be listed.

        Raises:
            Gone: where the folder is missing; in a bucket, no files are an empty listing.
        """

    def folders(self) -> Sequence[str]:
        """Names below which there are further files, sorted; costs as much as `files`.

        Raises:
            Gone: as `files` does.
        """

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads a file, or the bytes from `start` up to `end`, all of one version.

        Raises:
            Gone: where it is not there.
            Changed: where it is not the version expected, or changed while it was read.
            StorageError: where it cannot be opened, or is not a plain file.
        """

    def open(
        self, name: str, *, expected: FileStamp | None = None
    ) -> AbstractContextManager[OpenFile]:
        """Opens a file to be read piece by piece.

        Raises:
            Gone: where it is not there.
            Changed: at the beginning, where it is not the version expected; at the latest at the
                end of the `with` block, where it changed meanwhile. This takes the place of any
                other error: what was read may be a mixture of versions.
            StorageError: where it cannot be opened, or is not a plain file.
        """

    def fetch(self, name: str, target: Path) -> None:
        """Makes a file readable at a path of this machine.

        What is there then may be the very file and must not be written to.
        """

    def put(self, name: str, source: Path | bytes) -> FileStamp:
        """Writes a whole file, atomically: readers see the old one or the new one.

        Args:
            name: what stands there is replaced.
            source: a file of this machine, which is the storage's afterwards and is gone from
                where it was, or its bytes. A process killed on the way leaves either nothing or
                the source.
        """

    def put_if_absent(self, name: str, source: Path | bytes) -> FileStamp:
        """The same, but only where no such file exists; of several processes, one succeeds.

        Raises:
            Taken: where one exists; the source stays.
        """

    def move(self, names: Iterable[str], target: "Storage") -> Sequence[str]:
        """Moves files into another storage under the names they have; replaces none.

        Each move is atomic within one file system. Elsewhere it is a copy, whole or not at all,
        and then a deletion: a process killed in between leaves both, and moving again after that
        finds the name taken.

        Returns:
            The names that are taken in the target; their files stay.

        Raises:
            Gone: where a file is not there.
        """

    def delete(self, names: Iterable[str]) -> None:
        """Deletes files; one that is not there is no error, so that it can be done again."""

    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> AbstractContextManager[None]:
        """Holds the one lock of this storage, which never outlives a dead process for long.

        Args:
            holder: shown to whoever finds the lock held.
            wait_seconds: how long to wait for it.

        Raises:
            Busy: where another process still holds it after that time.
        """


def sha256_of(storage: Storage, name: str) -> str:
    """The SHA-256 of a file.

    Raises:
        StorageError: where it cannot be read as one version.
    """
    with storage.open(name) as file:
        return hashlib.file_digest(file.content, "sha256").hexdigest()  # type: ignore[arg-type]


def is_empty(storage: Storage) -> bool:
    """Whether there is nothing in a storage."""
    try:
        return next(storage.files(), None) is None and not storage.folders()
    except Gone:
        return True


def walk(storage: Storage, below: str = "") -> Iterator[tuple[Storage, str, Entry]]:
    """Yields all files below a storage, folder by folder, sorted within each.

    Yields:
        The storage a file lies in, where that is below the first one (as ``a/b/``), and the file.
    """
    try:
        entries, folders = sorted(storage.files()), storage.folders()
    except Gone:
        return
    for entry in entries:
        yield storage, below, entry
    for name in folders:
        yield from walk(storage / name, f"{below}{name}/")
