"""Moves files that were read to where they are kept; a namesake is never overwritten."""

import errno
import hashlib
import os
import shutil
from pathlib import Path


def relative(path: Path, root: Path) -> str:
    """A path relative to the root folder; whole where it lies elsewhere."""
    whole, folder = path.as_posix(), root.as_posix().rstrip("/") + "/"
    return whole.removeprefix(folder)


def was_moved(path: Path, folder: Path, sha256: str) -> bool:
    """Whether a file of this name and these bytes lies where `move` would have put it."""
    places = (folder / path.name, folder / sha256[:12] / path.name)
    return any(place.is_file() and _sha256(place) == sha256 for place in places)


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
