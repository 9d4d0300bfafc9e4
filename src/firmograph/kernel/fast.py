"""The fast path: msgspec decodes declared fields, and code generated from the contract reads them.

It may only accept. If it cannot decide, it raises `Fallback`, and the reference path decides.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache, partial
from itertools import count
from typing import Any

import msgspec

from firmograph.contract.model import Column, ColumnType, Contract, Cover, Rule, Table
from firmograph.contract.path import Path
from firmograph.contract.rules import FindingRule
from firmograph.kernel import figures, values
from firmograph.kernel.candidates import candidate_keys
from firmograph.kernel.fast_lookups import LookupWriter, is_empty
from firmograph.kernel.fast_types import Unsupported, document_type, optional_keys
from firmograph.kernel.reference import AHEAD_LIMIT
from firmograph.kernel.result import Finding, Result

Paths = tuple[Path, ...]
FastReader = Callable[[bytes, datetime, datetime], Result]
"""(document bytes, reference time, load time) -> result; raises `Fallback` or a decoding error."""

SINGLE_UNITS = frozenset(("SingleUnits", "Single Units"))
"""The units of nearly all documents, which need no conversion."""
FALLBACKS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError, values.Unfit)
"""The exceptions after which the reference path must decide."""


class Fallback(Exception):  # noqa: N818 - not an error: it never leaves the kernel
    """Something the fast path must not decide."""


@lru_cache(maxsize=32)
def compile_fast(contract: Contract) -> FastReader | None:
    """Generates a reader from a contract; None if only the reference path supports its shapes."""
    try:
        return _Compiler(contract).reader()
    except Unsupported:
        return None


def _holds(missing_values: frozenset[str], value: Any) -> bool:
    """Whether a decoded value of any type is a value, not one of the spellings of NULL."""
    if isinstance(value, str):
        return not values.is_missing(value, missing_values)
    if value is None or value is msgspec.UNSET or isinstance(value, bool | int | float):
        return value is not None and value is not msgspec.UNSET
    raise Fallback


class _Compiler(LookupWriter):
    """Writes the source of a reader."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(optional_keys(contract), contract.missing_values)
        self.contract = contract
        self._checked: dict[tuple[object, ...], tuple[str, str]] = {}

    def reader(self) -> FastReader:
        objects = count()
        decoder = msgspec.json.Decoder(document_type(self.contract, self.names, objects))
        self.write_read()
        source = "\n".join([*self.helpers, *self.lines])
        missing_values = frozenset(self.contract.missing_values)
        scope: dict[str, Any] = {
            "decode": decoder.decode,
            "UNSET": msgspec.UNSET,
            "Fallback": Fallback,
            "Finding": Finding,
            "Result": Result,
            "AHEAD": AHEAD_LIMIT,
            "is_duns": values.is_duns,
            "is_partial_date": values.is_partial_date,
            "to_timestamp": values.to_timestamp,
            "to_single_units": figures.to_single_units,
            "is_code": figures.is_code,
            "is_empty": is_empty,
            "holds": partial(_holds, missing_values),
            "SINGLE": SINGLE_UNITS,
            "block_level": values.block_level,
            "objects": objects,
        }
        exec(compile(source, f"<{self.contract.name}>", "exec"), scope)  # noqa: S102 - our own text
        reader: FastReader = scope["read"]
        return reader

    def write_read(self) -> None:
        self.line(0, "def read(raw, ref_time, load_time):")
        self.line(1, "before = next(objects)")
        self.line(1, "document = decode(raw)")
        self.line(1, "decoded = next(objects) - before - 1")
        self.line(1, "findings = []; elements = 0")
        self.write_record()
        entity, _ = self.checked(Column("", ColumnType.DUNS, (self.contract.entity,)), "record", 1)
        self.line(1, f"entity = {entity}")
        self.line(1, "if entity is None: raise Fallback")
        column = Column("", ColumnType.TIMESTAMP, (self.contract.source_time,))
        time, _ = self.checked(column, "record", 1)
        self.line(1, f"time = ref_time if {time} is None else {time}")
        self.line(1, "if time > load_time + AHEAD: raise Fallback")
        covers = self.write_covers()
        rows = [
            self.write_list(table) if table.each else self.write_row(table, covers)
            for table in self.contract.results
        ]
        names = "".join(f"{covers[t.name]}, " for t in self.contract.tables)
        self.line(1, f"return Result(entity, time, ({names}), [{', '.join(rows)}],")
        self.line(2, "findings=findings, element_count=elements)")

    def write_record(self) -> None:
        self.write_record_place()
        for key in sorted(candidate_keys(self.contract)):
            for holder in ("document", "beside"):
                self.line(1, f"if {holder}.{self.names[key]} is not None: raise Fallback")

    def write_record_place(self) -> None:
        word = "if"
        for place in self.contract.record_at:
            if not place:
                continue
            self.line(1, f"{word} document.{self.names[place[0]]} is not UNSET:")
            self.line(2, "record = beside = document")
            for key in place:
                self.line(2, "beside = record")
                self.line(2, f"record = beside.{self.names[key]}")
                self.line(2, "if not record: raise Fallback")
            # a record that another one of the same key hides
            self.line(2, f"if decoded != {len(place)}: raise Fallback")
            word = "elif"
        if word == "if":
            self.line(1, "record = beside = document")
            return
        whole = () in self.contract.record_at
        self.line(1, "else: record = beside = document" if whole else "else: raise Fallback")

    def write_covers(self) -> dict[str, str]:
        """Writes the check which tables are covered; returns the variable of each table."""
        covers: dict[str, str] = {}
        counts: dict[Paths, str] = {}
        if path := self.contract.block_status:
            self.line(1, f"blocks = {self.get(path, 'record', 1)}")
            self.line(1, "if blocks:")
            self.line(2, "levels = {}")
            self.line(2, "for b in blocks:")
            self.line(3, "if b is None: continue")
            status, block_id = self.names["status"], self.names["blockID"]
            self.line(3, f"level = block_level(b.{block_id}) if b.{block_id} else None")
            self.line(3, f"if level and b.{status} == 'ok' and levels.get(level[0], 0) < level[1]:")
            self.line(4, "levels[level[0]] = level[1]")
        for table in self.contract.tables:
            cover, name = table.covered_by, self.fresh("covers")
            covers[table.name] = name
            if cover is None:
                self.line(1, f"{name} = True")
                continue
            if self.contract.block_status and cover.block:
                self.line(1, "if blocks:")
                self.line(2, f"{name} = levels.get({cover.block!r}, 0) >= {cover.level}")
                self.write_proof(cover, name)
                self.line(1, "else:")
                self.line(2, f"{name} = {self.evidence(cover, counts)}")
            else:
                self.line(1, "if True:")
                self.line(2, f"{name} = {self.evidence(cover, {})}")
        return covers

    def evidence(self, cover: Cover, counts: dict[Paths, str]) -> str:
        """Writes the lookups of what a document without blocks needs; returns the condition.

        `counts` are the variables that hold how many of some paths are not there.
        """
        conditions = [f"{self.look(cover.path)} is not UNSET"]
        if cover.keys:
            if cover.keys not in counts:
                counts[cover.keys] = self.fresh("absent")
                looked = "".join(f"{self.look(path)}, " for path in cover.keys)
                self.line(2, f"{counts[cover.keys]} = ({looked}).count(UNSET)")
            conditions.append(f"{counts[cover.keys]} <= {len(cover.keys) - cover.at_least}")
        if cover.value_at:
            conditions.append(f"({self.held(cover)})")
        return " and ".join(conditions)

    def write_proof(self, cover: Cover, covers: str) -> None:
        """Writes what may cover a table of a delivered block: values, or nothing at its path."""
        if not cover.value_at:
            return
        there = self.look(cover.path)
        key = json.dumps(cover.path.steps[-1].key).encode()
        is_unproven = f"{there} is not UNSET and {there} is not None and not ({self.held(cover)})"
        self.line(2, f"if {covers} and {is_unproven}:")
        self.line(3, f"if not is_empty(raw, {key!r}): raise Fallback")

    def held(self, cover: Cover) -> str:
        """Writes the lookups of what must have a value; returns the condition that one has."""
        return " or ".join(f"holds({self.look(path)})" for path in cover.value_at)

    def look(self, path: Path) -> str:
        """Writes the lookup of plain keys; its value is `UNSET` if a key is not there."""
        if len(path.steps) == 1:
            return f"record.{self.names[path.steps[0].key]}"
        name, _ = self.follow("record", path.steps, 2, default="UNSET", reuse=False)
        return name

    def write_row(self, table: Table, covers: dict[str, str]) -> str:
        """Writes the one row of a record; returns the expression of the table's rows."""
        cells = self.write_cells(table, "record", 1, {})
        for column in table.read_columns:
            cell = cells[column.name]
            if column.rule is Rule.MANDATORY or column.name in table.key:
                self.line(1, f"if {cell} is None: raise Fallback")
            elif column.rule is Rule.EXPECTED and table.name in covers:
                self.line(1, f"if {cell} is None and {covers[table.name]}:")
                rule: FindingRule = "expected"
                words = f"{table.name!r}, {column.name!r}, {rule!r}, entity"
                self.line(2, f"findings.append(Finding({words}))")
        row = f"({''.join(f'{cell}, ' for cell in cells.values())})"
        if not table.skip_empty:
            return f"[{row}]"
        others = [cell for name, cell in cells.items() if name not in table.key]
        filled = " or ".join(f"{cell} is not None" for cell in others) or "False"
        return f"([{row}] if {filled} else [])"

    def write_list(self, table: Table) -> str:
        """Writes the rows of a list's elements; returns the variable that holds them."""
        rows = self.fresh("rows")
        each = table.each
        assert each is not None  # noqa: S101 - the caller asked
        shared = {}
        for column in table.read_columns:
            if column.paths and not column.labels and all(path.scope for path in column.paths):
                shared[column.name], _ = self.checked(column, "record", 1)
                if column.rule is not None or column.name in table.key:
                    self.line(1, f"if {shared[column.name]} is None: raise Fallback")
        elements = self.get(each, "record", 1)
        self.line(1, f"{rows} = []")
        self.line(1, f"if {elements}:")
        self.line(2, f"elements += len({elements}); seen = set()")
        self.line(2, f"for element in {elements}:")
        self.line(3, "if element is None: raise Fallback")
        with self.another_element():
            cells = self.write_cells(table, "element", 3, shared)
        for column in table.read_columns:
            if column.name in table.key or column.rule is not None:
                self.line(3, f"if {cells[column.name]} is None: raise Fallback")
        key = "".join(f"{cells[name]}, " for name in table.key)
        self.line(3, f"key = ({key})")
        self.line(3, "if key in seen: raise Fallback")
        self.line(3, "seen.add(key)")
        self.line(3, f"{rows}.append(({''.join(f'{cell}, ' for cell in cells.values())}))")
        if self.contract.delivery and table is self.contract.members:
            self.line(1, f"if not {rows}: raise Fallback")
        return rows

    def checked(self, column: Column, element: str, depth: int) -> tuple[str, str]:
        """Writes the lookup and the check of a column; returns what `column` does."""
        key = (element, column.type, column.paths, column.labels, column.unit)
        if key in self._checked:
            return self._checked[key]
        name, label = self.column(column, element, depth)
        match column.type:
            case ColumnType.DUNS:
                self.line(depth, f"if {name} and not is_duns({name}): raise Fallback")
            case ColumnType.PARTIAL_DATE:
                self.line(depth, f"if {name} and not is_partial_date({name}): raise Fallback")
            case ColumnType.INTEGER:
                wide = f"{name} is not None and not -{2**63} <= {name} < {2**63}"
                self.line(depth, f"if {wide}: raise Fallback")
            case ColumnType.DOUBLE:
                self.line(depth, f"if {name} is not None: {name} += 0.0")
            case ColumnType.TIMESTAMP:
                time = self.fresh("time")
                self.line(depth, f"{time} = to_timestamp({name}) if {name} else None")
                name = time
            case _:
                pass
        if depth == 1:
            self._checked[key] = name, label
        return name, label

    def write_cells(
        self, table: Table, element: str, depth: int, shared: Mapping[str, str]
    ) -> dict[str, str]:
        """Writes the cells of a row; returns their variables by column."""
        cells: dict[str, str] = {}
        labels: dict[str, str] = {}
        for column in table.read_columns:
            if column.name in shared:
                cells[column.name] = shared[column.name]
            elif column.which is None:
                cells[column.name], labels[column.name] = self.checked(column, element, depth)
        return {c.name: labels[c.which] if c.which else cells[c.name] for c in table.read_columns}
