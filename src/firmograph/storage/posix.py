"""The operations on files of a POSIX system of which the storage in a folder is made."""

import errno
import fcntl
import os
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from firmograph.storage.base import Entry, FileStamp
from firmograph.storage.errors import Changed, Gone, InUse, StorageError, Taken

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
"""The errors of file systems without hard links."""


def open_plain(path: str, *, at_rest: bool = False) -> tuple[int, os.stat_result]:
    """Opens a plain file; if it must be `at_rest`, only one that nobody has open for writing."""
    try:
        # does not wait for the writer of a pipe, and does not follow links
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        kind = Gone if isinstance(error, FileNotFoundError) else StorageError
        raise kind(f"it cannot be opened: {error.strerror}", path) from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        raise StorageError("it is not a plain file", path)
    if at_rest and _is_being_written(handle):
        os.close(handle)
        raise InUse("another process has it open for writing", path)
    return handle, found


def _is_being_written(handle: int) -> bool:
    """Whether somebody has a file open for writing; False if the system does not tell.

    Linux grants a read lease only on a file that nobody has open for writing. It tells the owner of
    the file, on local file systems.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        # what is sent if a writer comes before the lease is returned; ignored by default
        fcntl.fcntl(handle, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno == errno.EAGAIN
    return False


def read_bytes(handle: int, size: int, end: int | None) -> bytes:
    """Reads to the end of a file, or at most `size` bytes if an end is given."""
    pieces, left = [], size
    while piece := os.read(handle, max(size, 1) + 1 if end is None else max(left, 0)):
        pieces.append(piece)
        left -= len(piece)
        if left == 0:
            break  # a byte more was asked for: a file that grows from here on has changed
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def stamp_of(found: os.stat_result) -> FileStamp:
    """The version of a file."""
    return FileStamp(found.st_size, (found.st_mtime_ns, found.st_ino))


def entry_of(found: "os.DirEntry[str]") -> Entry | None:
    """A listed file; None if it was deleted since."""
    try:
        status = found.stat(follow_symlinks=False)
    except FileNotFoundError:
        return None
    return Entry(found.name, stamp_of(status) if stat.S_ISREG(status.st_mode) else None)


def stamp_at(folder: int, name: str) -> FileStamp | None:
    """The version of a plain file in an open folder; None if there is no such file."""
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except OSError:
        return None
    return stamp_of(found) if stat.S_ISREG(found.st_mode) else None


def check_version(path: str, expected: FileStamp | None, found: os.stat_result) -> None:
    """Raises `Changed` if an open file is not the expected version."""
    if expected is not None and stamp_of(found) != expected:
        raise Changed("it changed after it was listed", path)


def check_unchanged(path: str, before: FileStamp) -> None:
    """Raises `Changed` if a path no longer leads to the version that was opened."""
    try:
        after = stamp_of(os.lstat(path))
    except OSError as error:
        raise Changed("it was deleted while it was read", path) from error
    if after != before:
        raise Changed("it changed while it was read", path)


def rename_if_absent(path: Path, target: Path) -> None:
    """Renames a file; raises `Taken` if the name exists."""
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError as error:
        raise Taken("a file of this name already exists", str(target)) from error
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if os.path.lexists(target):
            raise Taken("a file of this name already exists", str(target)) from error
        path.rename(target)
        return
    path.unlink()


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """Opens a folder, for operations on many of its files."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise Gone("it does not exist", str(folder)) from error
    try:
        yield handle
    finally:
        os.close(handle)
