"""The tables of DW as boxes with lines between them: placed by hand, others below."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from firmograph.queries.dictionary import Entry, Relation
from firmograph.queries.names import COMPANIES, FAMILIES, LISTINGS, MEMBERS

WIDTH, HEADING, ROW, GAP = 256, 26, 17, 36
_PLACES: Mapping[str, tuple[int, int]] = {
    COMPANIES: (0, 0),
    "dw_corporate_linkage": (1, 0),
    "dw_industry_code": (1, 1),
    LISTINGS: (1, 2),
    FAMILIES: (2, 0),
    MEMBERS: (2, 1),
    "app_stocks_by_company": (1, 3),
}
"""By table, its column and its place in that column."""
COLUMNS = 3


@dataclass(frozen=True)
class Box:
    """A table: where its box is, and its columns."""

    entry: Entry
    x: int
    y: int
    width: int = WIDTH

    @property
    def height(self) -> int:
        """Of the box."""
        return HEADING + ROW * len(self.entry.columns) + 8


@dataclass(frozen=True)
class Line:
    """A relation: a path from the parent's box to the child's."""

    relation: Relation
    path: str


@dataclass(frozen=True)
class Diagram:
    """The picture: its size, boxes and lines."""

    width: int
    height: int
    boxes: list[Box]
    lines: list[Line]


def draw(entries: Iterable[Entry], relations: Iterable[Relation]) -> Diagram:
    """Places the tables of DW and APP, and draws the relations between them."""
    boxes = _place([entry for entry in entries if entry.zone in ("dw", "app")])
    by_name = {box.entry.table: box for box in boxes}
    lines = [
        Line(one, _path(by_name[one.parent], by_name[one.child]))
        for one in relations
        if one.parent in by_name and one.child in by_name
    ]
    width = COLUMNS * WIDTH + (COLUMNS - 1) * 2 * GAP + 2
    height = max((box.y + box.height for box in boxes), default=0) + 2
    return Diagram(width, height, boxes, lines)


def _place(entries: Sequence[Entry]) -> list[Box]:
    known = sorted(
        (entry for entry in entries if entry.table in _PLACES), key=lambda e: _PLACES[e.table]
    )
    bottoms = [1] * COLUMNS
    boxes = []
    for entry in [*known, *(entry for entry in entries if entry.table not in _PLACES)]:
        free = min(range(COLUMNS), key=lambda column: bottoms[column])
        column = _PLACES[entry.table][0] if entry.table in _PLACES else free
        box = Box(entry, 1 + column * (WIDTH + 2 * GAP), bottoms[column])
        bottoms[column] = box.y + box.height + GAP
        boxes.append(box)
    return boxes


def _path(parent: Box, child: Box) -> str:
    """From the parent's heading to the child's: across to the next column, or down in one."""
    y1, y2 = parent.y + HEADING / 2, child.y + HEADING / 2
    if parent.x == child.x:
        left = parent.x + WIDTH + GAP / 2
        return f"M{parent.x + WIDTH} {y1}H{left}V{y2}H{child.x + WIDTH}"
    if parent.x < child.x:
        return f"M{parent.x + WIDTH} {y1}H{child.x - GAP}V{y2}H{child.x}"
    return f"M{parent.x} {y1}H{child.x + WIDTH + GAP}V{y2}H{child.x + WIDTH}"
