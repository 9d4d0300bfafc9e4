"""Moves files that were read to the folder of their status, without overwriting others."""

from collections.abc import Iterable, Mapping
from itertools import count

from firmograph.storage.base import FileStamp, Storage, sha256_of
from firmograph.storage.errors import Gone, StorageError


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


def delete_all(source: Storage, files: Mapping[str, FileStamp | None]) -> list[str]:
    """Deletes files, except those that are no longer the version that was read.

    Returns:
        The names of these.
    """
    found = source.stamps(files)
    changed = [name for name, stamp in files.items() if stamp and found.get(name) != stamp]
    source.delete(files.keys() - changed)
    return [name for name in changed if name in found]


def move_all(
    source: Storage, files: Mapping[str, FileStamp | None], folder: Storage, run_id: str
) -> list[str]:
    """Moves files; if a name is taken, into a subfolder of the run.

    Args:
        source: where the files are.
        files: the version of each that was read, by name; None if it does not matter.
        folder: where they are moved to.
        run_id: names the subfolder.

    Returns:
        The names of files that are no longer the version that was read; they are left in place.
    """
    expected = {name: stamp for name, stamp in files.items() if stamp is not None}
    moves = source.move(files, folder, expected)
    changed = moves.changed
    for number in count(1):
        if not moves.taken:
            return changed
        own = run_id if number == 1 else f"{run_id}-{number}"
        moves = source.move(moves.taken, folder / own, expected)
        changed += moves.changed
    return changed
