"""Coverage: which tables a document is authoritative for."""

from typing import Any

from firmograph.contract.model import Contract, Cover, Table
from firmograph.contract.path import Path
from firmograph.kernel.document import Refused, join_path
from firmograph.kernel.result import Violation
from firmograph.kernel.values import Unfit, block_level, convert
from firmograph.kernel.walk import Place, Walk, shape_fault

ABSENT = object()
"""Stands for a key that is not there, unlike null."""


class Coverage:
    """Decides which tables one document covers.

    Args:
        contract: of the document type.
        walk: the document while it is read.
    """

    def __init__(self, contract: Contract, walk: Walk) -> None:
        self.contract = contract
        self.walk = walk

    def tables(self) -> frozenset[str]:
        """The tables that the document covers."""
        blocks = self._blocks()
        return frozenset(t.name for t in self.contract.tables if self._covered(t, blocks))

    def _covered(self, table: Table, blocks: dict[str, int] | None) -> bool:
        cover = table.covered_by
        if cover is None:
            return True
        if table.each and self.unfit_list(table.each):
            return False
        if blocks is not None and cover.block:
            return blocks.get(cover.block, 0) >= cover.level and not self._proves_nothing(
                table, cover
            )
        present = sum(self._at(path) is not ABSENT for path in cover.keys)
        return (
            self._at(cover.path) is not ABSENT
            and present >= cover.at_least
            and (not cover.value_at or self._has_value(table, cover))
        )

    def _proves_nothing(self, table: Table, cover: Cover) -> bool:
        """Whether an object stands at the table's path, but without the values it must hold."""
        held = self._at(cover.path)
        is_there = held is not ABSENT and not self.walk.is_missing(held)
        return bool(cover.value_at) and is_there and not self._has_value(table, cover)

    def _at(self, path: Path) -> Any:
        """What the record holds at plain keys; `ABSENT` if a key is not there."""
        value: Any = self.walk.record.value
        for step in path.steps:
            if not isinstance(value, dict) or step.key not in value:
                return ABSENT
            value = value[step.key]
        return value

    def _has_value(self, table: Table, cover: Cover) -> bool:
        """Whether one of the values that a table must hold is there, and fits its column."""
        return any(
            (value := self._at(path)) is not ABSENT
            and not self.walk.is_missing(value)
            and _fits(table, path, value)
            for path in cover.value_at
        )

    def _blocks(self) -> dict[str, int] | None:
        """The level of each block with status ok; None if the document lists no blocks."""
        path = self.contract.block_status
        if path is None:
            return None
        try:
            listed = self.walk.reach(self.walk.start(path, self.walk.record), path.steps)
        except Refused as refused:
            fault = refused.violation
            self.walk.violations.setdefault((fault.rule, fault.json_path), fault)
            return None
        if self.walk.is_missing(listed.value):
            return None
        blocks = listed.value
        if isinstance(blocks, dict):
            self.walk.finding("", listed.path, "single_object")
            blocks = [blocks]
        if not isinstance(blocks, list):
            self.walk.refuse("shape", listed, f"{listed.path} is not a list")
            return None
        levels: dict[str, int] = {}
        for index, block in enumerate(blocks):
            if self.walk.is_missing(block):
                continue
            if not isinstance(block, dict):
                place = Place(block, join_path(listed.path, index))
                self.walk.refuse("shape", place, f"{place.path} is not a JSON object")
                continue
            block_id, status = block.get("blockID"), block.get("status")
            level = block_level(block_id) if isinstance(block_id, str) else None
            if level and status == "ok":
                levels[level[0]] = max(level[1], levels.get(level[0], 0))
        return levels

    def unfit_list(self, each: Path) -> Violation | None:
        """The fault of what stands in place of a list; None for a list."""
        try:
            place = self.walk.reach(self.walk.start(each, self.walk.record), each.steps)
        except Refused as refused:
            return refused.violation
        if self.walk.is_missing(place.value) or isinstance(place.value, dict | list):
            return None
        return shape_fault(place, "a list")


def _fits(table: Table, path: Path, value: Any) -> bool:
    """Whether a value fits the columns that are read from its place."""
    try:
        for column in table.read_columns:
            if any(path.steps == other.steps for other in column.paths):
                convert(column.type, value)
    except Unfit:
        return False
    return True
