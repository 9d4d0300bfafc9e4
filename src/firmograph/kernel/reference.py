"""The reference path: walks a parsed document, keeps number literals, lists every violation.

Only it refuses documents. It is slower than the fast path and must find the same rows.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from firmograph.contract.model import Column, ColumnType, Contract, Rule, Table
from firmograph.contract.path import Path
from firmograph.kernel.candidates import find_candidate
from firmograph.kernel.cells import CellReader
from firmograph.kernel.document import Refused, join_path, parse, placed, show_value
from firmograph.kernel.flood import summarised
from firmograph.kernel.malformed import not_utf8
from firmograph.kernel.page_facts import no_members
from firmograph.kernel.result import Result, Violation
from firmograph.kernel.values import block_level, is_missing
from firmograph.kernel.vendor_errors import vendor_error
from firmograph.kernel.walk import Faults, Place, Walk, shape_fault

AHEAD_LIMIT = timedelta(days=1)


def read_reference(
    contract: Contract, raw: bytes, ref_time: datetime, load_time: datetime
) -> Result:
    """Reads one document.

    Args:
        contract: of the document type.
        raw: the document's exact bytes.
        ref_time: the source time if the document has none.
        load_time: when the document was loaded; a source time more than a day later is refused.
    """
    try:
        text = raw.decode("utf-8")
        document = parse(text)
    except Refused as refused:
        return Result(None, None, violations=[refused.violation])
    except UnicodeDecodeError as error:
        return Result(None, None, violations=[not_utf8(raw, error)])
    result = _Reference(contract, document).result(ref_time, load_time)
    result.violations = placed(text, summarised(result.violations))
    result.rejected = placed(text, summarised(result.rejected))
    return result


class _Reference:
    """Reads one document."""

    def __init__(self, contract: Contract, document: Any) -> None:
        self.contract = contract
        self.document = document
        self.walk = Walk(document)
        self.cells = CellReader(self.walk)
        self.element_count = self.collapsed_count = self.rejected_count = 0

    def result(self, ref_time: datetime, load_time: datetime) -> Result:
        """Returns the document's rows, or the reasons to refuse it."""
        if not isinstance(self.document, dict):
            self.walk.refuse(
                "shape", Place(self.document, "$"), "the document is not a JSON object"
            )
            return self.refused(None)
        if candidate := find_candidate(self.contract, self.document):
            self.walk.violations = {(candidate.rule, candidate.json_path): candidate}
            return self.refused(None)
        if not self.find_record():
            return self.refused(None)
        self.walk.entity = self.entity_id()
        if self.walk.entity is None and (error := vendor_error(self.document)):
            self.walk.violations = {(error.rule, error.json_path): error}
            return self.refused(None)
        source_time = self.source_time(ref_time, load_time)
        self.cells.covered_tables = self.covers()
        rows = [self.rows(table) for table in self.contract.results]
        if self.contract.delivery:
            self.check_members(rows)
        if self.walk.violations:
            return self.refused(source_time)
        return Result(
            self.walk.entity,
            source_time,
            tuple(t.name in self.cells.covered_tables for t in self.contract.tables),
            rows,
            rejected=self.walk.rejected,
            findings=self.walk.findings,
            element_count=self.element_count,
            collapsed_count=self.collapsed_count,
            rejected_count=self.rejected_count,
        )

    def refused(self, source_time: datetime | None) -> Result:
        reasons = [*self.walk.violations.values(), *self.walk.rejected]
        return Result(self.walk.entity, source_time, violations=reasons)

    def find_record(self) -> bool:
        """Finds the record and the object that contains it; False if it is refused."""
        for keys in self.contract.record_at:
            if not keys or keys[0] not in self.document:
                continue
            place = Place(self.document, "$")
            for key in keys:
                beside, place = place, Place(place.value.get(key), join_path(place.path, key))
                if not isinstance(place.value, dict):
                    if error := vendor_error(self.document):
                        self.walk.violations[error.rule, error.json_path] = error
                    self.walk.refuse("shape", place, f"{place.path} is not a JSON object")
                    return False
            self.walk.record, self.walk.beside = place, beside
            return True
        if () in self.contract.record_at:
            return True
        self.walk.refuse(
            "shape", Place(None, "$"), "the document holds no record where one is known"
        )
        return False

    def entity_id(self) -> str | None:
        column = Column("entity", ColumnType.DUNS, (self.contract.entity,), Rule.MANDATORY)
        value = self.cells.value(self.contract.name, column, self.walk.record, self.walk.violations)
        return value if isinstance(value, str) else None

    def source_time(self, ref_time: datetime, load_time: datetime) -> datetime | None:
        column = Column("source_time", ColumnType.TIMESTAMP, (self.contract.source_time,))
        value = self.cells.value(self.contract.name, column, self.walk.record, self.walk.violations)
        time = value if isinstance(value, datetime) else ref_time
        if time > load_time + AHEAD_LIMIT:
            found = (
                self.walk.find(self.contract.source_time, self.walk.record) if value else iter(())
            )
            self.walk.refuse(
                "source_time",
                next(found, Place(ref_time.date().isoformat(), "$")),
                f"the document's time {time.isoformat()} is more than a day after it was loaded",
            )
        return time

    def covers(self) -> frozenset[str]:
        blocks = self.blocks()
        return frozenset(t.name for t in self.contract.tables if self.covered(t, blocks))

    def covered(self, table: Table, blocks: dict[str, int] | None) -> bool:
        cover = table.covered_by
        if cover is None:
            return True
        if blocks is not None and cover.block:
            return blocks.get(cover.block, 0) >= cover.level
        value: Any = self.walk.record.value
        for step in cover.path.steps:
            if not isinstance(value, dict) or step.key not in value:
                return False
            value = value[step.key]
        return True

    def blocks(self) -> dict[str, int] | None:
        """The level of each block with status ok; None if the document lists no blocks."""
        path = self.contract.block_status
        if path is None:
            return None
        listed = self.walk.reach(self.walk.start(path, self.walk.record), path.steps)
        if is_missing(listed.value):
            return None
        if not isinstance(listed.value, list):
            self.walk.refuse("shape", listed, f"{listed.path} is not a list")
            return None
        levels: dict[str, int] = {}
        for index, block in enumerate(listed.value):
            if is_missing(block):
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

    # Rows

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        if table.each is None:
            row = tuple(
                self.key_value(table, c, self.walk.record, self.walk.violations)
                for c in table.read_columns
            )
            return [] if table.skip_empty and self.is_empty(table, row) else [row]
        shared = {
            c.name: self.key_value(table, c, self.walk.record, self.walk.violations)
            for c in table.read_columns
            if all(path.scope for path in c.paths)
        }
        rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for element in self.elements(table.each):
            self.element(table, element, shared, rows)
        return list(rows.values())

    def check_members(self, rows: list[list[tuple[Any, ...]]]) -> None:
        """Refuses a page without members, which would replace those of a tree by nothing."""
        members = self.contract.members
        if members.each is None or rows[self.contract.tables.index(members)]:
            return
        listed = self.walk.reach(
            self.walk.start(members.each, self.walk.record), members.each.steps
        )
        count = len(listed.value) if isinstance(listed.value, list) else 0
        if reason := no_members(rows[-1][0], count):
            self.walk.refuse("no_members", Place(None, listed.path), reason)

    @staticmethod
    def is_empty(table: Table, row: tuple[Any, ...]) -> bool:
        return all(v is None for i, v in enumerate(row) if i not in table.key_positions)

    def elements(self, each: Path) -> Iterator[Place]:
        place = self.walk.reach(self.walk.start(each, self.walk.record), each.steps)
        if is_missing(place.value):
            return
        if isinstance(place.value, dict):
            self.walk.finding("", str(each), "single_object")
            self.element_count += 1
            yield place
            return
        if not isinstance(place.value, list):
            self.walk.refuse("shape", place, f"{place.path} is not a list")
            return
        self.element_count += len(place.value)
        for index, value in enumerate(place.value):
            yield Place(value, join_path(place.path, index))

    def element(
        self,
        table: Table,
        element: Place,
        shared: dict[str, Any],
        rows: dict[tuple[Any, ...], tuple[Any, ...]],
    ) -> None:
        """Adds an element's row to `rows`, or rejects it."""
        faults: Faults = {}
        if not is_missing(element.value) and not isinstance(element.value, dict):
            fault = shape_fault(element, "a JSON object")
            faults[fault.rule, fault.json_path] = fault
        else:
            row = tuple(
                shared[c.name] if c.name in shared else self.key_value(table, c, element, faults)
                for c in table.read_columns
            )
        if not faults:
            key = tuple(row[i] for i in table.key_positions)
            if rows.setdefault(key, row) is row:
                return
            if rows[key] == row:
                self.collapsed_count += 1
                return
            shown = ", ".join(f"{n} {v}" for n, v in zip(table.key, key, strict=True))
            reason = f"an earlier element of {table.name} holds the same key with other values"
            faults["key", ""] = Violation("key", element.path, show_value(shown), reason)
        self.rejected_count += 1
        self.walk.rejected.extend(faults.values())

    def key_value(
        self,
        table: Table,
        column: Column,
        element: Place,
        faults: Faults,
    ) -> Any:
        if column.name in table.key:
            column = Column(column.name, column.type, column.paths, Rule.MANDATORY)
        return self.cells.value(table.name, column, element, faults)
