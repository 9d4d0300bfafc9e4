"""The outline of a tree around one member: the path from the top, siblings and children."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from firmograph.queries.families import Family, Member
from firmograph.queries.family_layout import NONE, Group

SHOWN = 50
"""How many children are shown at once."""
PATH_SHOWN = 8
"""How many members of a path are shown; what is left out is between the first and the others."""
GROUPS = {
    Group.NO_PARENT: "Members that state no parent",
    Group.ORPHANS: "Members whose parent is not in the tree",
    Group.CYCLES: "Cycles of members that own each other",
}
"""The groups that are an entry of the outline, which their members are below."""


@dataclass
class Entry:
    """An entry of the outline.

    Attributes:
        key: the DUNS of its member, or its group.
        member: None for a group.
        children: how many it has.
        level: in the outline, from 1.
        place: among its siblings, from 1.
        siblings: how many there are, itself included.
        left_out: how many levels are left out between this entry and the one below it.
        below: the entries below it; None if it is closed.
    """

    key: str
    member: Member | None
    children: int
    level: int
    place: int
    siblings: int
    left_out: int = 0
    below: "Entries | None" = None


@dataclass
class Entries:
    """Some of the children of an entry.

    Attributes:
        of: the key of the entry.
        entries: those shown.
        level: of the children in the outline.
        first: how many children are before those shown.
        count: how many children there are.
        words: what the children shown are narrowed down by, as it was typed.
        is_path: whether one entry alone is shown, because it is on the way to another.
    """

    of: str
    entries: list[Entry]
    level: int
    first: int
    count: int
    words: str = ""
    is_path: bool = False

    @property
    def before(self) -> int:
        """How many more could be shown at once before these."""
        return min(self.first, SHOWN)

    @property
    def after(self) -> int:
        """How many more could be shown at once after these."""
        return max(0, min(self.count - self.first - len(self.entries), SHOWN))


@dataclass
class Filter:
    """Words that the children of a member are narrowed down by."""

    text: str = ""
    words: Sequence[str] = field(default_factory=list)


def children_of(family: Family, key: str, narrowed: Filter | None = None) -> list[int] | None:
    """The positions of the children of an entry; None if there is no such entry."""
    if key in GROUPS:
        found = list(family.tops(Group(key)))
    else:
        position = family.position(key)
        if position is None:
            return None
        found = list(family.layout.children(position))
    if narrowed and narrowed.words:
        containing = set(family.containing(narrowed.words))
        found = [position for position in found if position in containing]
    return found


def some_entries(
    family: Family, key: str, level: int, first: int = 0, narrowed: Filter | None = None
) -> Entries | None:
    """Some of the children of an entry, from a place on; None if there is no such entry."""
    found = children_of(family, key, narrowed)
    if found is None:
        return None
    shown = found[first : first + SHOWN]
    entries = [
        _entry(family, position, level, place, len(found))
        for place, position in enumerate(shown, first + 1)
    ]
    return Entries(key, entries, level, first, len(found), narrowed.text if narrowed else "")


def make_outline(
    family: Family, focus: str, narrowed: Filter, first: int = 0
) -> list[Entry] | None:
    """The entries of the first level, opened down to one member and its children.

    Args:
        family: the tree.
        focus: the DUNS of the member, or a group.
        narrowed: narrows down the children of that member.
        first: how many of these children come before those shown.

    Returns:
        None if the tree has no such member.
    """
    tops = _tops(family)
    if focus in GROUPS:
        chain = [focus]
    else:
        position = family.position(focus)
        if position is None:
            return None
        chain = _chain(family, position)
    entry = next((top for top in tops if top.key == chain[0]), None)
    if entry is None:
        return None
    for key in chain[1:]:
        entry.below = _step(family, entry, key, is_last=key == chain[-1])
        entry = next(one for one in entry.below.entries if one.key == key)
    entry.below = some_entries(family, entry.key, entry.level + 1, first, narrowed)
    return tops


def _chain(family: Family, position: int) -> list[str]:
    """The keys from the first level of the outline down to a member."""
    path = family.layout.path(position)
    group = family.layout.group(path[0])
    duns = [family.members["duns"][one].as_py() for one in _shortened(path)]
    return duns if group is Group.ULTIMATE else [group.value, *duns]


def _shortened(path: list[int]) -> list[int]:
    return path if len(path) <= PATH_SHOWN else path[:1] + path[1 - PATH_SHOWN :]


def _tops(family: Family) -> list[Entry]:
    """The entries of the first level: the global ultimate, and the groups."""
    groups = [group for group in GROUPS if family.tops(group)]
    ultimate = list(family.tops(Group.ULTIMATE))
    count = len(groups) + len(ultimate)
    return [
        *(_entry(family, one, 1, 1, count) for one in ultimate),
        *(
            Entry(group.value, None, len(family.tops(group)), 1, place, count)
            for place, group in enumerate(groups, len(ultimate) + 1)
        ),
    ]


def _entry(family: Family, position: int, level: int, place: int, siblings: int) -> Entry:
    member = family.member(position)
    return Entry(member.duns, member, member.children, level, place, siblings)


def _step(family: Family, entry: Entry, key: str, *, is_last: bool) -> Entries:
    """What is below an entry on the way to a member: that one alone, or the last with siblings."""
    position = family.position(key) or 0
    layout, level = family.layout, entry.level + 1
    siblings = siblings_of(family, position)
    place = siblings.index(position)
    if is_last:
        first = place - place % SHOWN
        shown = siblings[first : first + SHOWN]
    else:
        first, shown = place, [position]
        above = entry.member.depth if entry.member else NONE
        entry.left_out = layout.depths[position] - above - 1
    entries = [
        _entry(family, one, level, number, len(siblings))
        for number, one in enumerate(shown, first + 1)
    ]
    parent = layout.parents[position]
    of = entry.key if parent == NONE else family.members["duns"][parent].as_py()
    return Entries(of, entries, level, first, len(siblings), is_path=not is_last)


def siblings_of(family: Family, position: int) -> list[int]:
    """The positions of the children of a member's parent, or of its group's members."""
    parent = family.layout.parents[position]
    if parent != NONE:
        return list(family.layout.children(parent))
    return list(family.tops(family.layout.group(position)))
