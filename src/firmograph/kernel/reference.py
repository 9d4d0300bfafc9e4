"""The careful road: walks a parsed document, keeps number literals, lists every violation.

It alone refuses. It is slower than the fast road and must find the same rows.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from firmograph.contract.model import Column, ColumnType, Contract, Rule, Table
from firmograph.contract.path import Path, Pick, Scope, Step
from firmograph.kernel.document import Refused, join_path, not_utf8, parse, placed, show_value
from firmograph.kernel.result import Finding, Result, Violation
from firmograph.kernel.values import ALLOWED, Unfit, block_level, convert, is_missing
from firmograph.kernel.vendor_errors import vendor_error

AHEAD_LIMIT = timedelta(days=1)


class _Place(NamedTuple):
    """A value and where it stands; `in_list` once a picked list element was entered."""

    value: Any
    path: str
    in_list: bool = False


def read_reference(
    contract: Contract, raw: bytes, ref_time: datetime, load_time: datetime
) -> Result:
    """Reads one document.

    Args:
        contract: what to read.
        raw: the document's exact bytes.
        ref_time: the source time where the document names none.
        load_time: when the document was loaded; a source time a day after it is refused.
    """
    try:
        text = raw.decode("utf-8")
        document = parse(text)
    except Refused as refused:
        return Result(None, None, violations=[refused.violation])
    except UnicodeDecodeError as error:
        return Result(None, None, violations=[not_utf8(raw, error)])
    result = _Walk(contract, document).result(ref_time, load_time)
    result.violations = placed(text, result.violations)
    result.rejected = placed(text, result.rejected)
    return result


class _Walk:
    """One document's walk: where it stands and what was found so far."""

    def __init__(self, contract: Contract, document: Any) -> None:
        self.contract = contract
        self.document = document
        self.violations: dict[tuple[str, str], Violation] = {}
        self.rejected: list[Violation] = []
        self.findings: list[Finding] = []
        self.element_count = self.collapsed_count = self.rejected_count = 0
        self.entity: str | None = None
        self.covered_tables: frozenset[str] = frozenset()
        self.record = self.beside = _Place(document, "$")

    def result(self, ref_time: datetime, load_time: datetime) -> Result:
        """Walks the document and sums up."""
        if not isinstance(self.document, dict):
            self.refuse("shape", _Place(self.document, "$"), "the document is not a JSON object")
            return self.refused(None)
        if not self.find_record():
            return self.refused(None)
        self.entity = self.entity_id()
        if self.entity is None and (error := vendor_error(self.document)):
            self.violations = {(error.rule, error.json_path): error}
            return self.refused(None)
        source_time = self.source_time(ref_time, load_time)
        self.covered_tables = self.covers()
        rows = [self.rows(table) for table in self.contract.results]
        if self.violations:
            return self.refused(source_time)
        return Result(
            self.entity,
            source_time,
            tuple(t.name in self.covered_tables for t in self.contract.tables),
            rows,
            rejected=self.rejected,
            findings=self.findings,
            element_count=self.element_count,
            collapsed_count=self.collapsed_count,
            rejected_count=self.rejected_count,
        )

    def refused(self, source_time: datetime | None) -> Result:
        reasons = [*self.violations.values(), *self.rejected]
        return Result(self.entity, source_time, violations=reasons)

    def refuse(self, rule: str, place: _Place, reason: str) -> None:
        violation = Violation(rule, place.path, show_value(place.value), reason)
        self.violations.setdefault((rule, place.path), violation)

    # Where things stand

    def find_record(self) -> bool:
        """Finds the record and the object it stands in; False where a wrong shape is refused."""
        for keys in self.contract.record_at:
            if not keys or keys[0] not in self.document:
                continue
            place = _Place(self.document, "$")
            for key in keys:
                beside, place = place, _Place(place.value.get(key), join_path(place.path, key))
                if not isinstance(place.value, dict):
                    if error := vendor_error(self.document):
                        self.violations[error.rule, error.json_path] = error
                    self.refuse("shape", place, f"{place.path} is not a JSON object")
                    return False
            self.record, self.beside = place, beside
            return True
        if () in self.contract.record_at:
            return True
        self.refuse("shape", _Place(None, "$"), "the document holds no record where one is known")
        return False

    def entity_id(self) -> str | None:
        column = Column("entity", ColumnType.DUNS, (self.contract.entity,), Rule.MANDATORY)
        value = self.value(self.contract.name, column, self.record, self.violations)
        return value if isinstance(value, str) else None

    def source_time(self, ref_time: datetime, load_time: datetime) -> datetime | None:
        column = Column("source_time", ColumnType.TIMESTAMP, (self.contract.source_time,))
        value = self.value(self.contract.name, column, self.record, self.violations)
        time = value if isinstance(value, datetime) else ref_time
        if time > load_time + AHEAD_LIMIT:
            found = self.find(self.contract.source_time, self.record) if value else iter(())
            self.refuse(
                "source_time",
                next(found, _Place(ref_time.date().isoformat(), "$")),
                f"the document's time {time.isoformat()} lies over a day after it was loaded",
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
        value: Any = self.record.value
        for step in cover.path.steps:
            if not isinstance(value, dict) or step.key not in value:
                return False
            value = value[step.key]
        return True

    def blocks(self) -> dict[str, int] | None:
        """Level of each block with status ok; None where the document names no blocks."""
        path = self.contract.block_status
        if path is None:
            return None
        listed = self.reach(self.start(path, self.record), path.steps)
        if is_missing(listed.value):
            return None
        if not isinstance(listed.value, list):
            self.refuse("shape", listed, f"{listed.path} is not a list")
            return None
        levels: dict[str, int] = {}
        for index, block in enumerate(listed.value):
            if is_missing(block):
                continue
            if not isinstance(block, dict):
                place = _Place(block, join_path(listed.path, index))
                self.refuse("shape", place, f"{place.path} is not a JSON object")
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
                self.key_value(table, c, self.record, self.violations) for c in table.read_columns
            )
            return [] if table.skip_empty and self.is_empty(table, row) else [row]
        shared = {
            c.name: self.key_value(table, c, self.record, self.violations)
            for c in table.read_columns
            if all(path.scope for path in c.paths)
        }
        rows: dict[tuple[Any, ...], tuple[Any, ...]] = {}
        for element in self.elements(table.each):
            self.element(table, element, shared, rows)
        return list(rows.values())

    @staticmethod
    def is_empty(table: Table, row: tuple[Any, ...]) -> bool:
        return all(v is None for i, v in enumerate(row) if i not in table.key_positions)

    def elements(self, each: Path) -> Iterator[_Place]:
        place = self.reach(self.start(each, self.record), each.steps)
        if is_missing(place.value):
            return
        if isinstance(place.value, dict):
            self.findings.append(Finding("", str(each), "single_object", self.entity or ""))
            self.element_count += 1
            yield place
            return
        if not isinstance(place.value, list):
            self.refuse("shape", place, f"{place.path} is not a list")
            return
        self.element_count += len(place.value)
        for index, value in enumerate(place.value):
            yield _Place(value, join_path(place.path, index))

    def element(
        self,
        table: Table,
        element: _Place,
        shared: dict[str, Any],
        rows: dict[tuple[Any, ...], tuple[Any, ...]],
    ) -> None:
        """Adds an element's row to `rows`, or rejects it."""
        faults: dict[tuple[str, str], Violation] = {}
        if not is_missing(element.value) and not isinstance(element.value, dict):
            fault = self.shape_fault(element, "a JSON object")
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
        self.rejected.extend(faults.values())

    def key_value(
        self,
        table: Table,
        column: Column,
        element: _Place,
        faults: dict[tuple[str, str], Violation],
    ) -> Any:
        if column.name in table.key:
            column = Column(column.name, column.type, column.paths, Rule.MANDATORY)
        return self.value(table.name, column, element, faults)

    # Values

    def value(
        self,
        table: str,
        column: Column,
        element: _Place,
        faults: dict[tuple[str, str], Violation],
    ) -> Any:
        """A column's value; faults go to `faults`, those inside a picked element to `rejected`."""
        for path in column.paths:
            try:
                places = list(self.find(path, element))
            except Refused as refused:
                self.take_fault(column, refused, faults)
                return None
            if not places:
                continue
            if len(places) > 1 and column.type is not ColumnType.PRESENT:
                self.finding(table, column, "ambiguous")
            return self.converted(table, column, places[0], faults)
        if column.rule is Rule.MANDATORY:
            name = _plain(column.paths[0])
            where = self.start(column.paths[0], element).path
            for step in column.paths[0].steps:
                where = join_path(where, step.key)
            reason = f"{name} is missing; {table} cannot do without it"
            faults.setdefault(("mandatory", where), Violation("mandatory", where, None, reason))
        elif column.rule is Rule.EXPECTED and table in self.covered_tables:
            self.finding(table, column, "expected")
        return False if column.type is ColumnType.PRESENT else None

    def take_fault(
        self, column: Column, refused: Refused, faults: dict[tuple[str, str], Violation]
    ) -> None:
        """Keeps a wrong shape; inside a picked element it rejects that element alone."""
        fault = refused.violation
        if refused.in_list and column.rule is not Rule.MANDATORY:
            self.rejected.append(fault)
        else:
            faults.setdefault((fault.rule, fault.json_path), fault)

    def converted(
        self,
        table: str,
        column: Column,
        place: _Place,
        faults: dict[tuple[str, str], Violation],
    ) -> Any:
        try:
            value, warning = convert(column.type, place.value)
        except Unfit:
            name = place.path.rsplit(".", 1)[-1]
            reason = f"{name} is not {ALLOWED[column.type]}"
            fault = Violation("type", place.path, show_value(place.value), reason)
            if place.in_list and column.rule is not Rule.MANDATORY:
                self.rejected.append(fault)
            else:
                faults.setdefault((fault.rule, fault.json_path), fault)
            return None
        if warning:
            self.finding(table, column, warning)
        return value

    def finding(self, table: str, column: Column, rule: str) -> None:
        self.findings.append(Finding(table, column.name, rule, self.entity or ""))

    def start(self, path: Path, element: _Place) -> _Place:
        return {
            Scope.ELEMENT: element,
            Scope.RECORD: self.record,
            Scope.BESIDE: self.beside,
        }[path.scope]

    def reach(self, place: _Place, steps: tuple[Step, ...]) -> _Place:
        """Follows plain keys; a wrong shape on the way is refused and reads as missing."""
        for step in steps:
            if is_missing(place.value):
                return _Place(None, join_path(place.path, step.key))
            if not isinstance(place.value, dict):
                self.refuse("shape", place, f"{place.path} is not a JSON object")
                return _Place(None, place.path)
            place = _Place(place.value.get(step.key), join_path(place.path, step.key))
        return place

    def find(self, path: Path, element: _Place) -> Iterator[_Place]:
        """Yields each value a path finds; more than one only where a list holds several."""
        yield from self.follow(self.start(path, element), path.steps)

    def follow(self, place: _Place, steps: tuple[Step, ...]) -> Iterator[_Place]:
        if is_missing(place.value):
            return
        if not steps:
            yield place
            return
        if not isinstance(place.value, dict):
            raise Refused(self.shape_fault(place, "a JSON object"), in_list=place.in_list)
        step = steps[0]
        inner = _Place(place.value.get(step.key), join_path(place.path, step.key), place.in_list)
        if step.pick is None:
            yield from self.follow(inner, steps[1:])
        else:
            for element in self.picked(inner, step.pick):
                yield from self.follow(element, steps[1:])

    def picked(self, place: _Place, pick: Pick) -> Iterator[_Place]:
        if is_missing(place.value):
            return
        if isinstance(place.value, dict):
            self.findings.append(Finding("", place.path, "single_object", self.entity or ""))
            elements = [_Place(place.value, place.path, in_list=True)]
        elif isinstance(place.value, list):
            elements = [
                _Place(value, join_path(place.path, index), in_list=True)
                for index, value in enumerate(place.value)
            ]
        else:
            raise Refused(self.shape_fault(place, "a list"), in_list=place.in_list)
        for element in elements:
            if is_missing(element.value):
                continue
            if not isinstance(element.value, dict):
                raise Refused(self.shape_fault(element, "a JSON object"), in_list=True)
            if pick.field is None or element.value.get(pick.field) == pick.value:
                yield element

    @staticmethod
    def shape_fault(place: _Place, wanted: str) -> Violation:
        name = place.path.rsplit(".", 1)[-1]
        return Violation("shape", place.path, show_value(place.value), f"{name} is not {wanted}")


def _plain(path: Path) -> str:
    return ".".join(step.key for step in path.steps)
