"""The protocol of a storage: files by name, in a folder or in a bucket.

Names are relative to their storage and contain no ``..``. A storage is configuration only: it opens
nothing by itself, compares by value, and pickles, so that other processes can use it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import IO, NamedTuple, Protocol, Self

from firmograph.storage.errors import Gone


class FileStamp(NamedTuple):
    """A version of a file: while the stamp is the same, so are the bytes.

    Attributes:
        size: in bytes.
        version: opaque; in a folder, the time of the last change and the inode.
    """

    size: int
    version: tuple[int, ...] | str

    @property
    def text(self) -> str:
        """Size and version as text, to be stored."""
        parts = (self.version,) if isinstance(self.version, str) else self.version
        return "-".join(map(str, (self.size, *parts)))


class Entry(NamedTuple):
    """A listed file; the stamp is None if it is not a plain file."""

    name: str
    stamp: FileStamp | None


class Listing(NamedTuple):
    """What is directly in a storage: its files, in any order, and its subfolders, sorted."""

    files: list[Entry]
    folders: list[str]


class OpenFile(NamedTuple):
    """A file open for reading: a seekable stream, and the version it reads."""

    content: IO[bytes]
    stamp: FileStamp


class Moves(NamedTuple):
    """The files that a move left in place.

    Attributes:
        taken: their names are taken in the target.
        changed: they are not the expected version, or missing.
    """

    taken: list[str]
    changed: list[str]


class Hold(Protocol):
    """A lock that is held."""

    def check(self) -> None:
        """Makes sure that nobody else can hold the lock by now; costs no request.

        Raises:
            Lost: if another process may hold it.
        """


class Storage(Protocol):
    """Files by name. Any other failure is an `OSError`: no permission, no space, no connection.

    Readers need no lock. Writing, moving and deleting require `lock`, except for methods that are
    documented as atomic between processes.
    """

    @property
    def url(self) -> str:
        """Its address for deltalake, DuckDB, Spark and users; for a folder, its path."""

    @property
    def options(self) -> Mapping[str, str]:
        """What deltalake needs beside the url; no credentials."""

    @property
    def is_local(self) -> bool:
        """Whether it is a folder of this machine."""

    @property
    def scratch(self) -> Path:
        """A folder of this machine for unfinished files; where possible on its file system."""

    def __truediv__(self, name: str) -> Self:
        """The storage of the files below a name; nothing is created or checked."""

    def files(self) -> Iterator[Entry]:
        """Lists the files directly in this storage, in any order.

        Costs one request per thousand files or so: list once rather than ask file by file. Files
        that are added or deleted meanwhile may or may not be listed.

        Raises:
            Gone: if the folder does not exist; a bucket lists no files instead.
        """

    def folders(self) -> Sequence[str]:
        """Lists the names of subfolders, sorted; costs as much as `files`.

        Raises:
            Gone: if the folder does not exist.
        """

    def listing(self) -> Listing:
        """Lists files and subfolders, for what either of them costs; see `files`."""

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        at_rest: bool = False,
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads a file, or the bytes from `start` up to `end`, all of one version.

        Args:
            name: of the file.
            expected: the version to read; None for the newest.
            at_rest: whether to refuse a file that another process has open for writing, where that
                can be known; a bucket has no such files.
            start: the position of the first byte.
            end: the position after the last byte.

        Raises:
            Gone: if it does not exist.
            Changed: if it is not the expected version, or changed while it was read.
            InUse: if it must be `at_rest` and is not.
            StorageError: if it cannot be opened, or is not a plain file.
        """

    def open(
        self, name: str, *, expected: FileStamp | None = None, at_rest: bool = False
    ) -> AbstractContextManager[OpenFile]:
        """Opens a file to be read piece by piece; see `read`.

        Raises:
            Gone: if it does not exist.
            InUse: on entering, if it must be `at_rest` and is not.
            Changed: on entering, if it is not the expected version; at the latest on leaving the
                `with` block, if what was read may be a mixture of versions. This replaces any
                other error. A bucket never mixes versions: it raises this only if a part that is
                still to be read is no longer there.
            StorageError: if it cannot be opened, or is not a plain file.
        """

    def stamps(self, names: Iterable[str]) -> Mapping[str, FileStamp]:
        """The versions of files; those that are missing, or are not plain files, are left out."""

    def written_at(self, stamp: FileStamp) -> datetime | None:
        """When a version was written; None in a bucket, where a file appears once it is whole."""

    def fetch(self, name: str, target: Path) -> None:
        """Makes a file readable at a path of this machine.

        The path may lead to the stored file itself, so it must not be written to.
        """

    def put(self, name: str, source: Path | bytes) -> FileStamp:
        """Writes a whole file, atomically: readers see the old file or the new one.

        Args:
            name: of the file; an existing one is replaced.
            source: a file of this machine, which is moved into the storage, or the bytes. If the
                process is killed, the source is still there or the file is complete.

        Returns:
            The version written.
        """

    def put_if_absent(self, name: str, source: Path | bytes) -> FileStamp:
        """Like `put`, but only if no such file exists; of several processes, one succeeds.

        Raises:
            Taken: if one exists; the source is left in place.
        """

    def move(
        self,
        names: Iterable[str],
        target: "Storage",
        expected: Mapping[str, FileStamp] | None = None,
    ) -> Moves:
        """Moves files into another storage under the same names; replaces none.

        Each move is atomic within one file system. Otherwise it is an atomic copy and a deletion:
        if the process is killed in between, both files exist. The move can be repeated, since
        there a target of the same content counts as moved.

        Args:
            names: of the files.
            target: where they are moved to.
            expected: by name, the versions to move; any other version is left in place.

        Returns:
            The files left in place.

        Raises:
            Gone: if a file does not exist and no version of it is expected.
        """

    def delete(self, names: Iterable[str]) -> None:
        """Deletes files; a missing one is not an error, so that a deletion can be repeated."""

    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> AbstractContextManager[Hold]:
        """Holds the one lock of this storage, which is soon released if its process dies.

        In a folder the system releases it at once; in a bucket it expires a minute later.

        Args:
            holder: facts about this process, shown to those who find the lock held.
            wait_seconds: how long to wait for it.

        Raises:
            Busy: if another process still holds it after that time.
        """


def sha256_of(storage: Storage, name: str) -> str:
    """The SHA-256 of a file.

    Raises:
        StorageError: if it cannot be read as one version.
    """
    with storage.open(name) as file:
        return hashlib.file_digest(file.content, "sha256").hexdigest()  # type: ignore[arg-type]


def is_empty(storage: Storage) -> bool:
    """Whether a storage has no files and no subfolders."""
    try:
        return not any(storage.listing())
    except Gone:
        return True


def walk(storage: Storage, below: str = "") -> Iterator[tuple[Storage, str, Entry]]:
    """Lists all files below a storage, folder by folder, sorted within each.

    Yields:
        The storage that holds the file, its path below the first storage (``a/b/``), and the file.
    """
    try:
        entries, folders = storage.listing()
    except Gone:
        return
    for entry in sorted(entries):
        yield storage, below, entry
    for name in folders:
        yield from walk(storage / name, f"{below}{name}/")
