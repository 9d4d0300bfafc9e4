"""Moves files that were read to where they are kept; a namesake is never overwritten."""

import shutil
from pathlib import Path


def move(path: Path, folder: Path, run_id: str) -> Path:
    """Moves a file into a folder, or into a subfolder of the run where its name is taken there.

    Returns:
        Where it is now.
    """
    target = folder / path.name
    number = 1
    while target.exists() or target.is_symlink():
        suffix = "" if number == 1 else f"-{number}"
        target = folder / f"{run_id}{suffix}" / path.name
        number += 1
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != 18:  # EXDEV: the folders are on different disks
            raise
        shutil.move(path, target)
    return target
