"""How objects are moved: copied, and deleted once it is sure what was copied."""

import shutil
import tempfile
import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Protocol

import obstore

from firmograph.storage.across import is_same, move_each, side_by_side
from firmograph.storage.base import FileStamp, Moves, Storage
from firmograph.storage.errors import Changed, Gone, Taken
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import WRITE, told


class Objects(Storage, Protocol):
    """A storage in a bucket."""

    @property
    def client(self) -> Client:
        """The client of the bucket."""

    def key(self, name: str) -> str:
        """The name that a file has in the bucket."""


def move_within(
    source: Objects,
    target: Objects,
    names: list[str],
    expected: Mapping[str, FileStamp],
) -> Moves:
    """Moves objects within a bucket; the store copies them."""
    present = target.stamps(names)
    copied = [name for name in names if name not in present]
    is_copied = dict(
        zip(copied, side_by_side(partial(_copy, source, target, expected), copied), strict=True)
    )
    # looked at after the copies: what is still the expected version is what was copied
    left = source.stamps(name for name in names if name in expected or name in present)
    moves, done, wrong = Moves([], []), [], []
    for name in names:
        wanted = expected.get(name)
        is_expected = wanted is None or left.get(name) == wanted
        if name in present:
            if name not in left and present[name] == wanted:
                continue  # moved before
            if is_expected and _is_copy(source, target, name, left, present):
                done.append(name)
            else:
                moves.taken.append(name)
        elif is_copied[name] and is_expected:
            done.append(name)
        else:
            moves.changed.append(name)
            wrong += [name] if is_copied[name] else []
    target.delete(wrong)
    source.delete(done)
    return moves


def _copy(
    source: Objects,
    target: Objects,
    expected: Mapping[str, FileStamp],
    name: str,
) -> bool:
    """Copies an object; returns whether there is one, if a version of it is expected."""
    try:
        with told(f"{source.url}/{name}", WRITE):
            obstore.copy(source.client, source.key(name), target.key(name))
    except Gone:
        if name not in expected:
            raise
        return False
    return True


def _is_copy(
    source: Objects,
    target: Objects,
    name: str,
    left: Mapping[str, FileStamp],
    present: Mapping[str, FileStamp],
) -> bool:
    """Whether two objects have the same bytes; those of the same version have."""
    return left.get(name) == present[name] or is_same(source, target, name)


def move_across(
    source: Objects,
    target: Storage,
    names: list[str],
    expected: Mapping[str, FileStamp],
) -> Moves:
    """Moves objects to another bucket or to a folder, by way of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        return move_each(names, partial(_move_one, source, target, Path(folder), expected))


def _move_one(
    source: Objects,
    target: Storage,
    folder: Path,
    expected: Mapping[str, FileStamp],
    name: str,
) -> type[Taken | Changed] | None:
    """Moves an object; returns why it was left in place."""
    wanted, copy = expected.get(name), folder / uuid.uuid4().hex
    try:
        with source.open(name, expected=wanted) as file, copy.open("wb") as local:
            stamp = file.stamp
            shutil.copyfileobj(file.content, local, 1 << 20)
        target.put_if_absent(name, copy)
    except Taken:
        if not is_same(source, target, name):
            return Taken
    except (Changed, Gone):
        if wanted is None:
            raise
        return Changed
    if source.stamps([name]).get(name) == stamp:  # otherwise a new file has come
        source.delete([name])
    return None
