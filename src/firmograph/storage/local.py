"""The storage in a folder of this machine."""

import errno
import json
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

from firmograph.storage.across import is_same, move_each
from firmograph.storage.base import Entry, FileStamp, Hold, Listing, Moves, OpenFile, Storage
from firmograph.storage.errors import Busy, Changed, Gone, Taken
from firmograph.storage.posix import (
    check_unchanged,
    check_version,
    entry_of,
    open_plain,
    opened_folder,
    read_bytes,
    rename_if_absent,
    stamp_at,
    stamp_of,
)

_LOCK, _HOLDER = ".lock", ".holder.json"


class _FolderHold:
    """A lock that the system keeps for as long as this process lives."""

    def check(self) -> None:
        """Has nothing to check."""


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

    @property
    def is_local(self) -> bool:
        """True."""
        return True

    @property
    def scratch(self) -> Path:
        """A hidden folder below."""
        return self.folder / ".spill"

    def __truediv__(self, name: str) -> Self:
        return type(self)(self.folder / name)

    def files(self) -> Iterator[Entry]:
        """Lists the files directly in the folder; what is not a plain file has no stamp."""
        yield from self.listing().files

    def folders(self) -> list[str]:
        """Lists the subfolders."""
        with self._scanned() as entries:
            return sorted(e.name for e in entries if e.is_dir(follow_symlinks=False))

    def listing(self) -> Listing:
        """Lists files and subfolders in one pass."""
        files, folders = [], []
        with self._scanned() as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif found := entry_of(entry):
                    files.append(found)
        return Listing(files, sorted(folders))

    def read(
        self,
        name: str,
        *,
        expected: FileStamp | None = None,
        at_rest: bool = False,
        start: int = 0,
        end: int | None = None,
    ) -> bytes:
        """Reads a file or a part of it at once."""
        path = self._path(name)
        handle, found = open_plain(path, at_rest=at_rest)
        try:
            check_version(path, expected, found)
            if start:
                os.lseek(handle, start, os.SEEK_SET)
            data = read_bytes(handle, found.st_size - start if end is None else end - start, end)
        finally:
            os.close(handle)
        check_unchanged(path, stamp_of(found))
        return data

    @contextmanager
    def open(
        self, name: str, *, expected: FileStamp | None = None, at_rest: bool = False
    ) -> Iterator[OpenFile]:
        """Opens a file; raises `Changed` at the end if its path leads to another file by then."""
        path = self._path(name)
        handle, found = open_plain(path, at_rest=at_rest)
        with os.fdopen(handle, "rb") as content:
            check_version(path, expected, found)
            stamp = stamp_of(found)
            try:
                yield OpenFile(content, stamp)
            finally:
                check_unchanged(path, stamp)

    def stamps(self, names: Iterable[str]) -> dict[str, FileStamp]:
        """Looks at each file."""
        try:
            with opened_folder(self.folder) as here:
                found = {name: stamp_at(here, name) for name in names}
        except Gone:
            return {}
        return {name: stamp for name, stamp in found.items() if stamp is not None}

    def written_at(self, stamp: FileStamp) -> datetime:
        """The time of the last change."""
        return datetime.fromtimestamp(int(stamp.version[0]) / 1e9, UTC)

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
        return self._put(name, source, rename_if_absent)

    def move(
        self,
        names: Iterable[str],
        target: Storage,
        expected: Mapping[str, FileStamp] | None = None,
    ) -> Moves:
        """Renames files. Opens both folders once, since path look-ups would take longer."""
        done, waiting, expected = Moves([], []), list(names), expected or {}
        if not waiting:
            return done
        if not isinstance(target, LocalStorage):
            return move_each(waiting, partial(self._move_across, target, expected))
        target.folder.mkdir(parents=True, exist_ok=True)
        with opened_folder(self.folder) as here, opened_folder(target.folder) as there:
            for name in waiting:
                wanted = expected.get(name)
                if os.access(name, os.F_OK, dir_fd=there, follow_symlinks=False):
                    done.taken.append(name)
                elif wanted is not None and stamp_at(here, name) != wanted:
                    done.changed.append(name)
                elif not self._rename(name, here, there):
                    outcome = self._move_across(target, expected, name)
                    done.taken.extend([name] if outcome is Taken else [])
                    done.changed.extend([name] if outcome is Changed else [])
                elif wanted is not None and stamp_at(there, name) != wanted:
                    # replaced in the last instant; back with it, unless its name is taken again
                    with suppress(Taken):
                        rename_if_absent(target.folder / name, self.folder / name)
                    done.changed.append(name)
        return done

    def delete(self, names: Iterable[str]) -> None:
        """Unlinks files."""
        for name in names:
            with suppress(FileNotFoundError):
                os.unlink(self._path(name))  # noqa: PTH108 - no path object a file

    @contextmanager
    def lock(self, holder: Mapping[str, str], wait_seconds: float) -> Iterator[Hold]:
        """Holds a lock on a file; the system releases it when the process ends."""
        from filelock import FileLock, Timeout  # slow to import

        self.folder.mkdir(parents=True, exist_ok=True)
        card = self.folder / _HOLDER
        lock = FileLock(self.folder / _LOCK, timeout=wait_seconds)
        try:
            lock.acquire()
        except Timeout as error:
            raise Busy("another process holds the lock", self.url, _holder(card)) from error
        try:
            card.write_text(json.dumps(dict(holder)), "utf-8")
            yield _FolderHold()
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
                return stamp_of(target.lstat())
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
        # in the target's folder, under a name that neither uploads nor tables have
        copy = target.with_name(f"{uuid.uuid4().hex}.part")
        try:
            if isinstance(source, Path):
                before = stamp_of(source.lstat())
                shutil.copy2(source, copy, follow_symlinks=False)
                check_unchanged(str(source), before)
            else:
                copy.write_bytes(source)
            rename(copy, target)
        finally:
            copy.unlink(missing_ok=True)
        if isinstance(source, Path):
            source.unlink()
        return stamp_of(target.lstat())

    def _rename(self, name: str, here: int, there: int) -> bool:
        """Renames a file; returns whether both folders are in one file system."""
        try:
            os.rename(name, name, src_dir_fd=here, dst_dir_fd=there)
        except FileNotFoundError as error:
            raise Gone("it no longer exists", self._path(name)) from error
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return False
        return True

    def _move_across(
        self, target: Storage, expected: Mapping[str, FileStamp], name: str
    ) -> type[Taken | Changed] | None:
        """Moves a file to another file system or store; returns why it was left in place."""
        path = self.folder / name
        try:
            if name in expected:
                check_unchanged(str(path), expected[name])
            target.put_if_absent(name, path)
        except FileNotFoundError as error:
            raise Gone("it no longer exists", str(path)) from error
        except Taken:
            if not is_same(self, target, name):
                return Taken
            path.unlink()  # copied earlier, by a process that was killed before the deletion
        except Changed:
            return Changed
        return None


def _holder(card: Path) -> dict[str, str]:
    with suppress(OSError, ValueError, AttributeError):
        return {name: str(value) for name, value in json.loads(card.read_text("utf-8")).items()}
    return {}
