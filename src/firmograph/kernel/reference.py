"""The reference path: walks a parsed document, keeps number literals, lists every violation.

Only it refuses documents. It is slower than the fast path and must find the same rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from firmograph.contract.model import Column, ColumnType, Contract, Rule, Table
from firmograph.contract.path import Path
from firmograph.kernel.candidates import find_candidate
from firmograph.kernel.cells import Cell, CellReader
from firmograph.kernel.coverage import Coverage
from firmograph.kernel.document import Refused, join_path, parse, placed, show_value
from firmograph.kernel.flood import summarised
from firmograph.kernel.malformed import not_utf8
from firmograph.kernel.page_facts import no_members
from firmograph.kernel.result import Result, Violation
from firmograph.kernel.vendor_errors import vendor_error
from firmograph.kernel.walk import Faults, Place, Walk, shape_fault
from firmograph.kernel.whereabouts import whereabouts

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


def covered_tables(contract: Contract, raw: bytes) -> frozenset[str]:
    """The tables that a document covers, though it may be refused; none if it cannot be read."""
    try:
        reference = _Reference(contract, parse(raw.decode("utf-8")))
    except (Refused, UnicodeDecodeError):
        return frozenset()
    is_read = isinstance(reference.document, dict) and reference.find_record()
    return reference.coverage.tables() if is_read else frozenset()


class _Reference:
    """Reads one document."""

    def __init__(self, contract: Contract, document: Any) -> None:
        self.contract = contract
        self.document = document
        self.walk = Walk(document, frozenset(contract.missing_values))
        self.cells = CellReader(self.walk)
        self.coverage = Coverage(contract, self.walk)
        self.element_count = self.collapsed_count = self.rejected_count = 0

    def result(self, ref_time: datetime, load_time: datetime) -> Result:
        """Returns the document's rows, or the reasons to refuse it."""
        if not isinstance(self.document, dict):
            reason = "the document is not a JSON object"
            if isinstance(self.document, str) and self.document.lstrip()[:1] in ("{", "["):
                reason += ", but text that holds JSON: it was written as JSON twice; decode it once"
            elif isinstance(self.document, list):
                reason += ", but a list within a list: documents stand in one list, or one a line"
            self.walk.refuse("shape", Place(self.document, "$"), reason)
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
        if self.walk.entity is None and self.walk.record.value is self.document:
            self.explain_missing()
        source_time = self.source_time(ref_time, load_time)
        self.cells.covered_tables = self.coverage.tables()
        rows = [self.rows(table) for table in self.contract.results]
        if self.contract.delivery and not self.walk.violations:
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
        places = " or ".join(".".join(keys) for keys in self.contract.record_at)
        reason = (
            f"the document holds no record of {self.contract.name}: one is expected at {places}"
        )
        self.walk.refuse("shape", Place(None, "$"), reason)
        return False

    def entity_id(self) -> str | None:
        column = Column("entity", ColumnType.DUNS, (self.contract.entity,), Rule.MANDATORY)
        value = self.fact(column)
        return value if isinstance(value, str) else None

    def explain_missing(self) -> None:
        """Adds to the missing entity what the document holds, which may be of another type."""
        for which, fault in self.walk.violations.items():
            if fault.rule == "mandatory":
                held = whereabouts(self.document, self.contract.entity.steps[-1].key)
                self.walk.violations[which] = fault._replace(reason=f"{fault.reason}; {held}")

    def fact(self, column: Column) -> Any:
        """A fact about the whole document."""
        name = self.contract.name
        return self.cells.cell(name, column, self.walk.record, self.walk.violations).value

    def source_time(self, ref_time: datetime, load_time: datetime) -> datetime | None:
        paths = (self.contract.source_time,)
        value = self.fact(Column("source_time", ColumnType.TIMESTAMP, paths, refuses=True))
        time = value if isinstance(value, datetime) else ref_time
        if time > load_time + AHEAD_LIMIT:
            self.refuse_time(time if value else None, ref_time)
        return time

    def refuse_time(self, time: datetime | None, ref_time: datetime) -> None:
        """Refuses a document whose time is ahead; None if it is the date in its file's name."""
        place = Place(ref_time.date().isoformat(), "$")
        what = f"the document has no time of its own, and the date {place.value} in its file's name"
        if time is not None:
            place = next(self.walk.find(self.contract.source_time, self.walk.record), place)
            what = f"the document's time {time:%Y-%m-%d %H:%M:%S} UTC"
        reason = f"{what} is more than a day after it was loaded"
        self.walk.refuse("source_time", place, reason)

    # Rows

    def rows(self, table: Table) -> list[tuple[Any, ...]]:
        if table.each is None:
            row = self.row(table, self.walk.record, self.walk.violations)
            return [] if table.skip_empty and self.is_empty(table, row) else [row]
        shared = {
            c.name: self.cell(table, c, self.walk.record, self.walk.violations)
            for c in table.read_columns
            if c.paths and all(path.scope for path in c.paths)
        }
        rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for element in self.elements(table, table.each):
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

    def elements(self, table: Table, each: Path) -> Iterator[Place]:
        if fault := self.coverage.unfit_list(each):
            if table.covered_by:
                self.walk.unfit(table.name, "", fault)
            else:
                self.walk.violations.setdefault((fault.rule, fault.json_path), fault)
            return
        place = self.walk.reach(self.walk.start(each, self.walk.record), each.steps)
        if self.walk.is_missing(place.value):
            return
        if isinstance(place.value, dict):
            self.walk.finding("", str(each), "single_object", place.path)
            self.element_count += 1
            yield place
            return
        self.element_count += len(place.value)
        for index, value in enumerate(place.value):
            yield Place(value, join_path(place.path, index))

    def element(
        self,
        table: Table,
        element: Place,
        shared: dict[str, Cell],
        rows: dict[tuple[Any, ...], tuple[Any, ...]],
    ) -> None:
        """Adds an element's row to `rows`, or rejects it."""
        faults: Faults = {}
        if not self.walk.is_missing(element.value) and not isinstance(element.value, dict):
            fault = shape_fault(element, "a JSON object")
            faults[fault.rule, fault.json_path] = fault
        else:
            row = self.row(table, element, faults, shared)
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

    def row(
        self,
        table: Table,
        element: Place,
        faults: Faults,
        shared: Mapping[str, Cell] = MappingProxyType({}),
    ) -> tuple[Any, ...]:
        """The values of a row; `shared` are the cells read already."""
        cells = {
            c.name: shared.get(c.name) or self.cell(table, c, element, faults)
            for c in table.read_columns
            if c.which is None
        }
        return tuple(
            cells[c.name].value if c.which is None else cells[c.which].label
            for c in table.read_columns
        )

    def cell(self, table: Table, column: Column, element: Place, faults: Faults) -> Cell:
        if column.name in table.key:
            column = replace(column, rule=Rule.MANDATORY)
        return self.cells.cell(table.name, column, element, faults)
