"""Moves files that were read to where they are kept; a namesake is never overwritten."""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path


def relative(path: Path, root: Path) -> str:
    """A path relative to the root folder; whole where it lies elsewhere."""
    return str(path).removeprefix(f"{root}".rstrip("/") + "/")


def was_moved(path: Path, folder: Path, sha256: str) -> bool:
    """Whether a file of this name and these bytes lies where `move` would have put it."""
    places = (folder / path.name, folder / sha256[:12] / path.name)
    return any(place.is_file() and _sha256(place) == sha256 for place in places)


def move_all(files: Iterable[tuple[Path, str | None]], folder: Path) -> None:
    """Moves files, each with its hash, into a folder as `move` does.

    The folders are opened once: looking up their paths would take longer than moving does.
    """
    with ExitStack() as stack:
        handles: dict[Path, int] = {}
        for path, sha256 in files:
            for place in (path.parent, folder):
                if place not in handles:
                    place.mkdir(parents=True, exist_ok=True)
                    handles[place] = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
                    stack.callback(os.close, handles[place])
            if not _moved(path.name, handles[path.parent], handles[folder]):
                move(path, folder, sha256)


def _moved(name: str, source: int, target: int) -> bool:
    """Moves a file from one open folder to another; False where its name is taken, or it fails."""
    if os.access(name, os.F_OK, dir_fd=target, follow_symlinks=False):
        return False
    with suppress(OSError):  # `move` knows what to do, or raises it again
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
        return True
    return False


def move(path: Path, folder: Path, sha256: str | None) -> Path:
    """Moves a file into a folder; where its name is taken there, into a subfolder of its hash.

    Returns:
        Where it is now.
    """
    target = _free(folder, path.name, (sha256 or "namesakes")[:12])
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


def _free(folder: Path, name: str, mark: str) -> Path:
    """A place for a file where nothing stands yet."""
    target = folder / name
    number = 1
    while os.path.lexists(target):
        target = folder / (mark if number == 1 else f"{mark}-{number}") / name
        number += 1
    return target


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
