"""The layout of a family tree: every member exactly once, a parent above its children.

Members are numbered twice: by *row*, as they are given, and by *position*, in preorder. A member's
descendants have the positions right after its own, so that subtree sizes tell everything else.
Nothing here is recursive: a chain of owners may be as long as the tree is large.
"""

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

NONE = -1
Numbers: TypeAlias = "array[int]"
"""A number of each member: a list takes several times the memory."""


class Group(StrEnum):
    """Why a member has no parent above it."""

    ULTIMATE = "ultimate"
    """It is the global ultimate."""
    NO_PARENT = "no-parent"
    """It states no parent, and is not the global ultimate."""
    ORPHANS = "orphans"
    """Its parent is not in the tree."""
    CYCLES = "cycles"
    """It is owned by itself, directly or through others; the cycle is cut above it."""


@dataclass(frozen=True)
class Layout:
    """Where each member of a tree stands.

    Attributes:
        rows: by position, the row.
        parents: by position, the position of the parent; `NONE` if it has none above it.
        sizes: by position, how many members its subtree has, itself included.
        depths: by position, how many members are above it.
        counts: by position, how many children it has.
        tops: by group, the positions of the members that have no parent above them.
        cyclic: the positions of the members that own themselves.
    """

    rows: Sequence[int]
    parents: Sequence[int]
    sizes: Sequence[int]
    depths: Sequence[int]
    counts: Sequence[int]
    tops: dict[Group, list[int]]
    cyclic: frozenset[int]

    def children(self, position: int) -> Iterator[int]:
        """The positions of a member's children."""
        child, end = position + 1, position + self.sizes[position]
        while child < end:
            yield child
            child += self.sizes[child]

    def path(self, position: int) -> list[int]:
        """The positions from the top down to a member, itself included."""
        path = [position]
        while (position := self.parents[position]) != NONE:
            path.append(position)
        return path[::-1]

    def group(self, position: int) -> Group:
        """The group of the member at the top of a path."""
        return next(group for group, tops in self.tops.items() if position in tops)


def lay_out(duns: pa.Array, parents: pa.Array, ultimate: str) -> Layout:
    """Lays out a tree.

    Args:
        duns: of each member; siblings with equally large subtrees keep this order, after those
            with larger ones.
        parents: the DUNS of each member's parent; None if it states none.
        ultimate: the DUNS of the global ultimate.
    """
    found = pc.index_in(parents, value_set=duns, skip_nulls=True)
    links = array("l", found.fill_null(NONE).to_pylist())
    top = pc.index(duns, ultimate).as_py()
    if top != NONE and links[top] == top:  # some sources say so of the one at the top
        links[top] = NONE
    cuts, cyclic = _cut_cycles(links, duns, top)
    depths = _depths(links)
    order = array("l", sorted(range(len(links)), key=depths.__getitem__))
    sizes = _sizes(links, order)
    most = len(links) + 1
    order = array("l", sorted(order, key=lambda row: depths[row] * most - sizes[row]))
    groups = {
        row: _group(row == top, row in cuts, parents[row].as_py())
        for row in order
        if links[row] == NONE
    }
    return _placed(links, order, sizes, depths, groups, cyclic)


def _group(is_ultimate: bool, is_cut: bool, parent: str | None) -> Group:
    """The group of a member without a parent above it."""
    if is_ultimate:
        return Group.ULTIMATE
    if is_cut:
        return Group.CYCLES
    return Group.ORPHANS if parent else Group.NO_PARENT


def _cut_cycles(links: Numbers, duns: pa.Array, top: int) -> tuple[set[int], set[int]]:
    """Cuts each cycle: above the global ultimate, else above the smallest DUNS.

    Returns:
        The rows above which was cut, and all rows of cycles.
    """
    cuts, cyclic = set[int](), set[int]()
    walks = array("l", [NONE]) * len(links)  # by row, the start of the walk upwards that came by
    for start in range(len(links)):
        row = start
        while row != NONE and walks[row] == NONE:
            walks[row] = start
            row = links[row]
        if row != NONE and walks[row] == start:
            cycle = _cycle(links, row)
            cut = min(cycle, key=lambda one: (one != top, duns[one].as_py()))
            links[cut] = NONE
            cuts.add(cut)
            cyclic.update(cycle)
    return cuts, cyclic


def _cycle(links: Numbers, row: int) -> list[int]:
    cycle, above = [row], links[row]
    while above != row:
        cycle.append(above)
        above = links[above]
    return cycle


def _depths(links: Numbers) -> Numbers:
    """By row, how many members are above it."""
    depths = array("l", [NONE]) * len(links)
    for start in range(len(links)):
        row, walk = start, []
        while row != NONE and depths[row] == NONE:
            walk.append(row)
            row = links[row]
        depth = depths[row] if row != NONE else NONE
        for below in reversed(walk):
            depth += 1
            depths[below] = depth
    return depths


def _sizes(links: Numbers, order: Numbers) -> Numbers:
    """By row, the size of its subtree; in the order, parents precede their children."""
    sizes = array("l", [1]) * len(links)
    for row in reversed(order):
        if links[row] != NONE:
            sizes[links[row]] += sizes[row]
    return sizes


def _placed(
    links: Numbers,
    order: Numbers,
    sizes: Numbers,
    depths: Numbers,
    groups: dict[int, Group],
    cyclic: set[int],
) -> Layout:
    """Gives each row its position; in the order, parents precede children, siblings are sorted."""
    positions, free = array("l", [0]) * len(links), array("l", [0]) * len(links)
    tops: dict[Group, list[int]] = {}
    unused = 0
    for group in Group:
        for row in (row for row, one in groups.items() if one is group):
            positions[row], unused = unused, unused + sizes[row]
            free[row] = positions[row] + 1
            tops.setdefault(group, []).append(positions[row])
    for row in order:
        parent = links[row]
        if parent != NONE:
            positions[row] = free[parent]
            free[parent] += sizes[row]
            free[row] = positions[row] + 1
    rows = array("l", sorted(range(len(links)), key=positions.__getitem__))
    parents = array("l", (positions[links[row]] if links[row] != NONE else NONE for row in rows))
    return Layout(
        rows,
        parents,
        array("L", (sizes[row] for row in rows)),
        array("L", (depths[row] for row in rows)),
        _counts(parents),
        tops,
        frozenset(positions[row] for row in cyclic),
    )


def _counts(parents: Sequence[int]) -> Sequence[int]:
    counts = array("L", bytes(len(parents) * array("L").itemsize))
    for parent in parents:
        if parent != NONE:
            counts[parent] += 1
    return counts
