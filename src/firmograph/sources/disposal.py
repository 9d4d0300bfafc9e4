"""Moves files that were read to the folder of their status, without overwriting others."""

from collections.abc import Iterable
from itertools import count

from firmograph.storage.base import Gone, Storage, StorageError, sha256_of


def relative(path: str, root: str) -> str:
    """A path relative to the root folder; unchanged if it is outside."""
    return path.removeprefix(root.rstrip("/") + "/")


def places_in(folder: Storage) -> list[Storage]:
    """A folder and its subfolders, where runs put files whose names were taken."""
    try:
        return [folder, *(folder / name for name in folder.folders())]
    except Gone:
        return []


def was_moved(places: Iterable[Storage], name: str, sha256: str) -> bool:
    """Whether one of the places has a file with this name and this SHA-256."""
    return any(_sha256(place, name) == sha256 for place in places)


def _sha256(place: Storage, name: str) -> str | None:
    try:
        return sha256_of(place, name)
    except StorageError:
        return None


def move_all(source: Storage, names: Iterable[str], folder: Storage, run_id: str) -> None:
    """Moves files; if a name is taken, into a subfolder of the run."""
    waiting = source.move(names, folder)
    for number in count(1):
        if not waiting:
            return
        own = run_id if number == 1 else f"{run_id}-{number}"
        waiting = source.move(waiting, folder / own)
