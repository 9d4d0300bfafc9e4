"""Moves from one store to another, which are a copy and a deletion."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from firmograph.storage.base import Moves, Storage, sha256_of
from firmograph.storage.errors import Changed, Taken

_AT_ONCE = 16
_What = TypeVar("_What")
_Result = TypeVar("_Result")


def side_by_side(work: Callable[[_What], _Result], things: Iterable[_What]) -> list[_Result]:
    """Calls a function that waits for a store, many times at once; results are in order."""
    waiting = list(things)
    if len(waiting) < 2:
        return [work(thing) for thing in waiting]
    with ThreadPoolExecutor(min(_AT_ONCE, len(waiting))) as threads:
        return list(threads.map(work, waiting))


def move_each(names: list[str], move: Callable[[str], type[Taken | Changed] | None]) -> Moves:
    """Moves files side by side by a function that returns why it left one in place."""
    outcomes = list(zip(names, side_by_side(move, names), strict=True))
    return Moves(
        [name for name, outcome in outcomes if outcome is Taken],
        [name for name, outcome in outcomes if outcome is Changed],
    )


def is_same(storage: Storage, other: Storage, name: str) -> bool:
    """Whether two storages have the same bytes under a name; reads them only if sizes are equal."""
    found = [place.stamps([name]).get(name) for place in (storage, other)]
    sizes = {stamp.size if stamp else None for stamp in found}
    if len(sizes) > 1 or None in sizes:
        return False
    return sha256_of(storage, name) == sha256_of(other, name)
