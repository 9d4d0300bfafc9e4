"""The storage in a folder of this machine."""

import errno
import json
import os
import shutil
import stat
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from filelock import FileLock, Timeout

from firmograph.storage.base import (
    Busy,
    Changed,
    Entry,
    FileStamp,
    Gone,
    OpenFile,
    Storage,
    StorageError,
    Taken,
)

_LOCK, _HOLDER = ".lock", ".holder.json"
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.ENOSYS)
"""The errors of file systems without hard links."""


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """A folder; see `Storage`. Symbolic links are not followed, and do not count as plain files.

    Attributes:
        folder: created when files are put or moved into it, or when it is locked.
    """

    folder: Path

    @property
    def url(self) -> str:
        """The folder's path."""
        return str(self.folder)

    @property
    def options(self) -> Mapping[str, str]:
        """No options: a path is enough."""
        return {}

    def __truediv__(self, name: str) -> Self:
        return type(self)(self.folder / name)

    def files(self) -> Iterator[Entry]:
        """Lists the files directly in the folder; what is not a plain file has no stamp."""
        with self._scanned() as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    with suppress(FileNotFoundError):  # deleted since
                        found = entry.stat(follow_symlinks=False)
                        is_plain = stat.S_ISREG(found.st_mode)
                        yield Entry(entry.name, _stamp(found) if is_plain else None)

    def folders(self) -> list[str]:
        """Lists the subfolders."""
        with self._scanned() as entries:
            return sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads a file or a part of it at once."""
        path = self._path(name)
        handle, found = _open(path)
        try:
            _check(path, expected, found)
            if start:
                os.lseek(handle, start, os.SEEK_SET)
            data = _read(handle, found.st_size - start if end is None else end - start, end)
        finally:
            os.close(handle)
        _check_unchanged(path, found)
        return data

    @contextmanager
    def open(self, name: str, *, expected: FileStamp | None = None) -> Iterator[OpenFile]:
        """Opens a file; raises `Changed` at the end if its path leads to another file by then."""
        path = self._path(name)
        handle, found = _open(path)
        with os.fdopen(handle, "rb") as content:
            _check(path, expected, found)
            try:
                yield OpenFile(content, _stamp(found))
            finally:
                _check_unchanged(path, found)

    def fetch(self, name: str, target: Path) -> None:
        """Links a file; copies it if that is impossible."""
        path = self._path(name)
        try:
            os.link(path, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(path, target, follow_symlinks=False)

    def put(self, name: str, source: Path | bytes) -> FileStamp:
        """Renames a file to its name, and so replaces an existing one."""
        return self._put(name, source, lambda path, target: path.replace(target))

    def put_if_absent(self, name: str, source: Path | bytes) -> FileStamp:
        """Gives a file its name by a hard link, which fails if the name is taken."""
        return self._put(name, source, _rename_if_absent)

    def move(self, names: Iterable[str], target: Storage) -> list[str]:
        """Renames files. Opens both folders once, since path look-ups would take longer."""
        taken: list[str] = []
        waiting = list(names)
        if not waiting:
            return taken
        if not isinstance(target, LocalStorage):
            return [name for name in waiting if not self._move_across(name, target)]
        target.folder.mkdir(parents=True, exist_ok=True)
        with _opened(self.folder) as here, _opened(target.folder) as there:
            for name in waiting:
                if os.access(name, os.F_OK, dir_fd=there, follow_symlinks=False):
                    taken.append(name)
                    continue
                try:
                    os.rename(name, name, src_dir_fd=here, dst_dir_fd=there)
                except FileNotFoundError as error:
                    raise Gone("it no longer exists", self._path(name)) from error
                except OSError as error:
                    if error.errno != errno.EXDEV:
                        raise
                    taken += [] if self._move_across(name, target) else [name]
        return taken

    def delete(self, names: Iterable[str]) -> None:
        """Unlinks files."""
        for name in names:
            with suppress(FileNotFoundError):
                os.unlink(self._path(name))  # noqa: PTH108 - no path object a file

    @contextmanager
    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> Iterator[None]:
        """Holds a lock on a file; the system releases it when the process ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        card = self.folder / _HOLDER
        lock = FileLock(self.folder / _LOCK, timeout=wait_seconds)
        try:
            lock.acquire()
        except Timeout as error:
            raise Busy("another process holds the lock", self.url, _holder(card)) from error
        try:
            card.write_text(json.dumps(dict(holder)), "utf-8")
            yield
        finally:
            card.unlink(missing_ok=True)
            lock.release()

    def _path(self, name: str) -> str:
        return f"{self.folder}/{name}"

    @contextmanager
    def _scanned(self) -> Iterator[Iterator[os.DirEntry[str]]]:
        try:
            entries = os.scandir(self.folder)
        except FileNotFoundError as error:
            raise Gone("it does not exist", self.url) from error
        with entries:
            yield entries

    def _put(self, name: str, source: Path | bytes, rename: Any) -> FileStamp:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            try:
                rename(source, target)
                return _stamp(target.lstat())
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
        # in the target's folder, under a name that neither uploads nor tables have
        copy = target.with_name(f"{uuid.uuid4().hex}.part")
        try:
            if isinstance(source, Path):
                shutil.copy2(source, copy, follow_symlinks=False)
            else:
                copy.write_bytes(source)
            rename(copy, target)
        finally:
            copy.unlink(missing_ok=True)
        if isinstance(source, Path):
            source.unlink()
        return _stamp(target.lstat())

    def _move_across(self, name: str, target: Storage) -> bool:
        """Moves a file to another file system; returns whether its name was free."""
        try:
            target.put_if_absent(name, self.folder / name)
        except Taken:
            return False
        return True


def _open(path: str) -> tuple[int, os.stat_result]:
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
    return handle, found


def _read(handle: int, size: int, end: int | None) -> bytes:
    """Reads to the end of a file, or at most `size` bytes if an end is given."""
    pieces, left = [], size
    while piece := os.read(handle, max(size, 1) + 1 if end is None else max(left, 0)):
        pieces.append(piece)
        left -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _stamp(found: os.stat_result) -> FileStamp:
    return FileStamp(found.st_size, (found.st_mtime_ns, found.st_ino))


def _check(path: str, expected: FileStamp | None, found: os.stat_result) -> None:
    if expected is not None and _stamp(found) != expected:
        raise Changed("it is not the expected version", path)


def _check_unchanged(path: str, before: os.stat_result) -> None:
    try:
        after = os.lstat(path)
    except OSError as error:
        raise Changed("it was deleted while it was read", path) from error
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    ):
        raise Changed("it changed while it was read", path)


def _rename_if_absent(path: Path, target: Path) -> None:
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
def _opened(folder: Path) -> Iterator[int]:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError as error:
        raise Gone("it does not exist", str(folder)) from error
    try:
        yield handle
    finally:
        os.close(handle)


def _holder(card: Path) -> dict[str, str]:
    try:
        return {name: str(value) for name, value in json.loads(card.read_text("utf-8")).items()}
    except (OSError, ValueError, AttributeError):
        return {}
