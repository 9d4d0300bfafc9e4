"""How objects are moved: copied, and deleted once it is sure what was copied."""

import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

import obstore

from firmograph.storage.base import Changed, FileStamp, Gone, Moves, Storage, Taken
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import WRITE, told
from firmograph.storage.same import is_same

_AT_ONCE = 16
_What = TypeVar("_What")
_Result = TypeVar("_Result")


class Objects(Storage, Protocol):
    """A storage in a bucket."""

    @property
    def client(self) -> Client:
        """The client of the bucket."""

    def key(self, name: str) -> str:
        """The name that a file has in the bucket."""


def side_by_side(work: Callable[[_What], _Result], things: Iterable[_What]) -> list[_Result]:
    """Calls a function that waits for the store, many times at once; results are in order."""
    waiting = list(things)
    if len(waiting) < 2:
        return [work(thing) for thing in waiting]
    with ThreadPoolExecutor(min(_AT_ONCE, len(waiting))) as threads:
        return list(threads.map(work, waiting))


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
        work = partial(_move_one, source, target, Path(folder), expected)
        outcomes = dict(zip(names, side_by_side(work, enumerate(names)), strict=True))
    return Moves(
        [name for name, outcome in outcomes.items() if outcome is Taken],
        [name for name, outcome in outcomes.items() if outcome is Changed],
    )


def _move_one(
    source: Objects,
    target: Storage,
    folder: Path,
    expected: Mapping[str, FileStamp],
    numbered: tuple[int, str],
) -> type[Taken | Changed] | None:
    """Moves an object; returns why it was left in place."""
    number, name = numbered
    wanted = expected.get(name)
    copy = folder / str(number)
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
