"""Moves files that were read to where they are kept; a namesake is never overwritten."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from functools import cache
from pathlib import Path


def relative(path: Path | str, root: Path) -> str:
    """A path relative to the root folder; whole where it lies elsewhere."""
    return str(path).removeprefix(f"{root}".rstrip("/") + "/")


def places_in(folder: Path) -> list[Path]:
    """Where runs have put files: a folder, and its subfolders for namesakes."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [folder, *(folder / entry.name for entry in entries if entry.is_dir())]


def was_moved(name: str, places: Iterable[Path], sha256: str) -> bool:
    """Whether a file of this name and these bytes lies in one of the places."""
    found = (place / name for place in places)
    return any(file.is_file() and _sha256(file) == sha256 for file in found)


def move_all(files: Iterable[tuple[Path, str]], folder: Path, run_id: str) -> None:
    """Moves files, each a folder and a name; where a name is taken, into the run's own subfolder.

    The folders are opened once: looking up their paths would take longer than moving does.
    """
    with ExitStack() as stack:

        @cache
        def opened(place: Path) -> int:
            place.mkdir(parents=True, exist_ok=True)
            handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            stack.callback(os.close, handle)
            return handle

        own = folder / run_id
        for source, name in files:
            place = next((p for p in (folder, own) if not _is_taken(name, opened(p))), None)
            if place is None or not _moved(name, opened(source), opened(place)):
                move(source / name, folder, run_id)


def _is_taken(name: str, folder: int) -> bool:
    return os.access(name, os.F_OK, dir_fd=folder, follow_symlinks=False)


def _moved(name: str, source: int, target: int) -> bool:
    """Moves a file from one open folder to another; False where that is not to be had."""
    with suppress(OSError):  # `move` knows what to do, or raises it again
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
        return True
    return False


def move(path: Path, folder: Path, run_id: str) -> Path:
    """Moves a file as `move_all` does, also to another file system.

    Returns:
        Where it is now.
    """
    target = _idle(folder, path.name, run_id)
    try:
        path.rename(target)
    except FileNotFoundError:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.move(path, target)
    return target


def _idle(folder: Path, name: str, run_id: str) -> Path:
    """A place for a file where nothing stands yet."""
    target = folder / name
    number = 1
    while os.path.lexists(target):
        target = folder / (run_id if number == 1 else f"{run_id}-{number}") / name
        number += 1
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
