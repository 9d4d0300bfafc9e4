"""A picture of a member's neighbourhood: the path to the top, its siblings, its children."""

import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from firmograph.queries.families import Family, Member
from firmograph.queries.text import clean
from firmograph.web.outline import siblings_of

PATH_SHOWN = 5
SIBLINGS_SHOWN = 25
CHILDREN_SHOWN = 50
WIDTH, HEIGHT = 190, 24
"""Of a box."""
_ROW, _STEP, _GAP = 30, 16, 28
"""From box to box: downwards, to the right along the path, and between columns."""
_LETTERS = 25
"""How wide a name in a box may be, in letters."""


@dataclass(frozen=True)
class Slot:
    """A member, or how many are left out.

    Attributes:
        kind: ``path``, ``focus``, ``sibling`` or ``child``.
    """

    kind: str
    member: Member | None = None
    left_out: int = 0

    @property
    def label(self) -> str:
        """What is written on it."""
        if self.member is None:
            return f"and {self.left_out:,} more".replace(",", "\N{NARROW NO-BREAK SPACE}")
        return shortened(clean(self.member.name or self.member.duns))

    @property
    def is_from_right(self) -> bool:
        """Whether it is written from the right, as its first letter says."""
        kinds = map(unicodedata.bidirectional, self.label)
        return next((kind != "L" for kind in kinds if kind in ("L", "R", "AL")), False)


@dataclass(frozen=True)
class Box:
    """A slot at its place in the picture."""

    x: int
    y: int
    slot: Slot


@dataclass(frozen=True)
class Picture:
    """Boxes and the lines between them.

    Attributes:
        lines: each an SVG path.
    """

    width: int
    height: int
    boxes: list[Box]
    lines: list[str]


def draw(family: Family, position: int) -> Picture:
    """Draws the neighbourhood of a member.

    The path comes down in steps to the member, below which are its siblings; its children are at
    its right.
    """
    path = _path(family, family.layout.path(position)[:-1])
    siblings = [one for one in siblings_of(family, position) if one != position]
    children = list(family.layout.children(position))
    boxes = [Box(place * _STEP + 1, place * _ROW + 1, slot) for place, slot in enumerate(path)]
    x, row = len(path) * _STEP + 1, len(path)
    own = [Slot("focus", family.member(position))]
    beside = _column(x, row, own + _some(family, siblings, SIBLINGS_SHOWN - 1, "sibling"))
    below = _column(x + WIDTH + _GAP, row, _some(family, children, CHILDREN_SHOWN, "child"))
    steps = pairwise([*boxes, beside[0]])
    lines = [_down(above, box) for above, box in steps]
    lines += [_down(boxes[-1], box) for box in beside[1:] if boxes]
    lines += [_across(beside[0], box) for box in below]
    width = (below or beside)[0].x + WIDTH + 1
    height = (row + max(len(beside), len(below))) * _ROW
    return Picture(width, height, [*boxes, *beside, *below], lines)


def _column(x: int, row: int, slots: list[Slot]) -> list[Box]:
    return [Box(x, place * _ROW + 1, slot) for place, slot in enumerate(slots, row)]


def _path(family: Family, path: list[int]) -> list[Slot]:
    """The members above; the one at the top and the nearest if there are many."""
    slots = [Slot("path", family.member(one)) for one in _ends(path)]
    if len(path) > PATH_SHOWN:
        slots.insert(1, Slot("path", left_out=len(path) - len(slots)))
    return slots


def _ends(path: list[int]) -> list[int]:
    return path if len(path) <= PATH_SHOWN else [path[0], *path[2 - PATH_SHOWN :]]


def _some(family: Family, positions: list[int], most: int, kind: str) -> list[Slot]:
    slots = [Slot(kind, family.member(one)) for one in positions[:most]]
    left_out = len(positions) - len(slots)
    return [*slots, Slot(kind, left_out=left_out)] if left_out else slots


def _down(above: Box, box: Box) -> str:
    """From the lower side of a box to the left side of one that is further down."""
    return f"M{above.x + _STEP // 2} {above.y + HEIGHT}V{box.y + HEIGHT // 2}H{box.x}"


def _across(left: Box, box: Box) -> str:
    """From the right side of a box to the left side of another, with two corners."""
    start, middle = left.x + WIDTH, left.x + WIDTH + _GAP // 2
    return f"M{start} {left.y + HEIGHT // 2}H{middle}V{box.y + HEIGHT // 2}H{box.x}"


def shortened(text: str, most: int = _LETTERS) -> str:
    """A text that fits: letters of East Asian scripts are twice as wide as others."""
    width = 0
    for place, letter in enumerate(text):
        width += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if width > most:
            return text[: max(0, place - 1)].rstrip() + "…"
    return text
