"""The fast path: msgspec decodes declared fields, and code generated from the contract reads them.

It may only accept. If it cannot decide, it raises `Fallback`, and the reference path decides.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from firmograph.contract.model import Column, ColumnType, Contract, Rule, Table
from firmograph.contract.path import Path, Scope, Step
from firmograph.contract.rules import FindingRule
from firmograph.kernel import values
from firmograph.kernel.candidates import candidate_keys
from firmograph.kernel.fast_types import PYTHON_TYPES, Names, Unsupported, document_type
from firmograph.kernel.reference import AHEAD_LIMIT
from firmograph.kernel.result import Finding, Result

FastReader = Callable[[bytes, datetime, datetime], Result]
"""(document bytes, reference time, load time) -> result; raises `Fallback` or a decoding error."""

FALLBACKS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""The exceptions of decoding after which the reference path must decide."""


class Fallback(Exception):  # noqa: N818 - not an error: it never leaves the kernel
    """Something the fast path must not decide."""


def compile_fast(contract: Contract) -> FastReader | None:
    """Generates a reader from a contract; None if only the reference path supports its shapes."""
    try:
        return _Compiler(contract).reader()
    except Unsupported:
        return None


class _Compiler:
    """Writes the source of a reader, line by line."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.names = Names()
        self.lines: list[str] = []
        self.helpers: list[str] = []
        self.constants: dict[str, Any] = {}
        self.count = 0

    def reader(self) -> FastReader:
        decoder = msgspec.json.Decoder(document_type(self.contract, self.names))
        self.write_read()
        source = "\n".join([*self.helpers, *self.lines])
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
            "Unfit": values.Unfit,
            "block_level": values.block_level,
            **self.constants,
        }
        exec(compile(source, f"<{self.contract.name}>", "exec"), scope)  # noqa: S102 - our own text
        reader: FastReader = scope["read"]
        return reader

    # Source

    def line(self, depth: int, text: str) -> None:
        self.lines.append("    " * depth + text)

    def fresh(self, prefix: str = "v") -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def constant(self, value: Any) -> str:
        name = self.fresh("C")
        self.constants[name] = value
        return name

    def write_read(self) -> None:
        self.line(0, "def read(raw, ref_time, load_time):")
        self.line(1, "document = decode(raw)")
        self.line(1, "findings = []; elements = 0")
        self.write_record()
        entity = self.checked(Column("", ColumnType.DUNS, (self.contract.entity,)), "record", 1)
        self.line(1, f"entity = {entity}")
        self.line(1, "if entity is None: raise Fallback")
        column = Column("", ColumnType.TIMESTAMP, (self.contract.source_time,))
        time = self.checked(column, "record", 1)
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
            word = "elif"
        if word == "if":
            self.line(1, "record = beside = document")
            return
        whole = () in self.contract.record_at
        self.line(1, "else: record = beside = document" if whole else "else: raise Fallback")

    def write_covers(self) -> dict[str, str]:
        """Writes the check which tables are covered; returns the variable of each table."""
        covers: dict[str, str] = {}
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
                self.line(1, f"if blocks: {name} = levels.get({cover.block!r}, 0) >= {cover.level}")
                self.line(1, "else:")
            else:
                self.line(1, "if True:")
            inner = self.follow("record", cover.path.steps, 2, default="UNSET")
            self.line(2, f"{name} = {inner} is not UNSET")
        return covers

    def write_row(self, table: Table, covers: dict[str, str]) -> str:
        """Writes the one row of a record; returns the expression of the table's rows."""
        cells = []
        for column in table.read_columns:
            cell = self.checked(column, "record", 1)
            cells.append(cell)
            if column.rule is Rule.MANDATORY or column.name in table.key:
                self.line(1, f"if {cell} is None: raise Fallback")
            elif column.rule is Rule.EXPECTED and table.name in covers:
                self.line(1, f"if {cell} is None and {covers[table.name]}:")
                rule: FindingRule = "expected"
                words = f"{table.name!r}, {column.name!r}, {rule!r}, entity"
                self.line(2, f"findings.append(Finding({words}))")
        row = f"({''.join(f'{cell}, ' for cell in cells)})"
        if not table.skip_empty:
            return f"[{row}]"
        others = [cell for i, cell in enumerate(cells) if i not in table.key_positions]
        filled = " or ".join(f"{cell} is not None" for cell in others) or "False"
        return f"([{row}] if {filled} else [])"

    def write_list(self, table: Table) -> str:
        """Writes the rows of a list's elements; returns the variable that holds them."""
        rows = self.fresh("rows")
        each = table.each
        assert each is not None  # noqa: S101 - the caller asked
        shared = {}
        for column in table.read_columns:
            if all(path.scope for path in column.paths):
                shared[column.name] = self.checked(column, "record", 1)
                if column.rule is not None or column.name in table.key:
                    self.line(1, f"if {shared[column.name]} is None: raise Fallback")
        elements = self.get(each, "record", 1)
        self.line(1, f"{rows} = []")
        self.line(1, f"if {elements}:")
        self.line(2, f"elements += len({elements}); seen = set()")
        self.line(2, f"for element in {elements}:")
        self.line(3, "if element is None: raise Fallback")
        cells = []
        for column in table.read_columns:
            cell = shared.get(column.name) or self.checked(column, "element", 3)
            cells.append(cell)
            if column.name in table.key or column.rule is not None:
                self.line(3, f"if {cell} is None: raise Fallback")
        key = "".join(f"{cells[i]}, " for i in table.key_positions)
        self.line(3, f"key = ({key})")
        self.line(3, "if key in seen: raise Fallback")
        self.line(3, "seen.add(key)")
        self.line(3, f"{rows}.append(({''.join(f'{cell}, ' for cell in cells)}))")
        if self.contract.delivery and table is self.contract.members:
            self.line(1, f"if not {rows}: raise Fallback")
        return rows

    def checked(self, column: Column, element: str, depth: int) -> str:
        """Writes the lookup and the check of a column; returns the variable of its value."""
        name = self.fresh()
        for place, path in enumerate(column.paths):
            inner = depth
            if place:
                self.line(depth, f"if {name} is None:")
                inner += 1
            source = self.get(path, element, inner, present=column.type is ColumnType.PRESENT)
            empty = " or None" if PYTHON_TYPES.get(column.type) is str else ""
            self.line(inner, f"{name} = {source}{empty}")
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
                self.line(depth, f"if {name}:")
                self.line(depth + 1, f"try: {name} = to_timestamp({name})")
                self.line(depth + 1, "except Unfit: raise Fallback from None")
            case _:
                pass
        return name

    def get(self, path: Path, element: str, depth: int, *, present: bool = False) -> str:
        """Writes the lookup of a path; returns the variable of what it finds."""
        start = {Scope.ELEMENT: element, Scope.RECORD: "record", Scope.BESIDE: "beside"}
        picks = [i for i, step in enumerate(path.steps) if step.pick]
        if not picks:
            return self.follow(start[path.scope], path.steps, depth)
        first = picks[0]
        elements = self.follow(start[path.scope], path.steps[: first + 1], depth)
        helper = self.pick_helper(path.steps[first], path.steps[first + 1 :], present=present)
        name = self.fresh()
        missing = "False" if present else "None"
        self.line(depth, f"{name} = {helper}({elements}) if {elements} else {missing}")
        return name

    def follow(
        self, start: str, steps: tuple[Step, ...], depth: int, *, default: str = "None"
    ) -> str:
        current = start
        for place, step in enumerate(steps):
            name = self.fresh()
            lookup = f"{current}.{self.names[step.key]}"
            guarded = lookup if place == 0 else f"{lookup} if {current} else {default}"
            self.line(depth, f"{name} = {guarded}")
            current = name
        if default == "None" and steps:
            self.line(depth, f"if {current} is UNSET: {current} = None")
        return current

    def pick_helper(self, step: Step, rest: tuple[Step, ...], *, present: bool) -> str:
        """Writes a function that picks from a list, and falls back on several; returns its name."""
        pick = step.pick
        assert pick is not None  # noqa: S101 - the caller looked
        outer, self.lines = self.lines, []
        name = self.fresh("pick")
        self.line(0, f"def {name}(elements):")
        self.line(1, "found = None")
        self.line(1, "for element in elements:")
        self.line(2, "if element is None: continue")
        if pick.field:
            code = f"element.{self.names[pick.field]}"
            wanted = str(pick.value)
            number = f" and {code} != {wanted}" if _is_plain_integer(wanted) else ""
            self.line(2, f"if {code} != {wanted!r}{number}: continue")
        if present and not rest:
            self.line(2, "return True")
            self.line(1, "return False")
        else:
            value = self.get(Path(rest), "element", 2, present=present)
            self.line(2, f"if {value} is None or {value} == '': continue")
            self.line(2, "if found is not None: raise Fallback")
            self.line(2, f"found = {value}")
            self.line(1, "return found")
        self.helpers.extend(self.lines)
        self.lines = outer
        return name


def _is_plain_integer(text: str) -> bool:
    return text.removeprefix("-").isdigit() and str(int(text)) == text
