"""Moves files that were read to where they are kept; a namesake is never overwritten."""

import shutil
from pathlib import Path


def move(path: Path, folder: Path, sha256: str | None) -> Path:
    """Moves a file into a folder; where its name is taken there, into a subfolder of its hash.

    Returns:
        Where it is now.
    """
    target = folder / path.name
    number = 1
    while target.exists() or target.is_symlink():
        suffix = "" if number == 1 else f"-{number}"
        target = folder / f"{(sha256 or 'namesakes')[:12]}{suffix}" / path.name
        number += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != 18:  # EXDEV: the folders are on different disks
            raise
        shutil.move(path, target)
    return target
