"""The fast road: msgspec decodes declared fields, code generated from the contract reads them.

It may only accept. Whatever it doubts is `Doubt`, and the careful road decides.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from firmograph.contract import values
from firmograph.contract.careful import AHEAD_LIMIT
from firmograph.contract.model import Column, ColumnType, Contract, Rule, Table
from firmograph.contract.path import Path, Scope, Step
from firmograph.contract.reading import Finding, Reading

FastReader = Callable[[bytes, datetime, datetime], Reading]
"""(document bytes, reference time, load time) -> reading; raises `Doubt` or a decoding error."""

DOUBTS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
"""What decoding raises where the careful road must look."""

_PYTHON_TYPES: dict[ColumnType, Any] = {
    ColumnType.TEXT: str,
    ColumnType.DUNS: str,
    ColumnType.TIMESTAMP: str,
    ColumnType.PARTIAL_DATE: str,
    ColumnType.INTEGER: int,
    ColumnType.DOUBLE: float,
    ColumnType.BOOLEAN: bool,
}


class Doubt(Exception):  # noqa: N818 - a question, not an error: it never leaves the kernel
    """Something the fast road must not decide."""


class _Unsupported(Exception):  # noqa: N818 - ends a compilation, never leaves this module
    """The contract asks for shapes that one set of types cannot hold."""


@dataclass
class _Node:
    """What is declared of one place: an object's members, a list's elements, or a value."""

    children: dict[str, "_Node"] = field(default_factory=dict)
    is_list: bool = False
    leaf: Any = None
    presence: bool = False

    def reach(self, steps: tuple[Step, ...]) -> "_Node":
        node = self
        for step in steps:
            node = node.children.setdefault(step.key, _Node())
            if step.pick:
                node.is_list = True
                if step.pick.field:
                    node.children.setdefault(step.pick.field, _Node()).be_leaf(str | int)
        return node

    def be_leaf(self, kind: Any) -> None:
        if self.leaf not in (None, kind):
            raise _Unsupported
        self.leaf = kind

    def type(self, attributes: "_Names") -> Any:
        """The msgspec type that decodes this place."""
        if self.leaf is not None:
            if self.children:
                raise _Unsupported
            kind: Any = self.leaf | None
        else:
            fields = [
                (attributes[k], *child.slot(attributes)) for k, child in self.children.items()
            ]
            rename = {attributes[k]: k for k in self.children}
            kind = msgspec.defstruct("Node", fields, rename=rename, gc=False) | None
            if self.is_list:
                kind = list[kind] | None
        return kind | msgspec.UnsetType if self.presence else kind

    def slot(self, attributes: "_Names") -> tuple[Any, Any]:
        return self.type(attributes), msgspec.UNSET if self.presence else None


class _Names(dict[str, str]):
    """Attribute names for JSON keys: the same key has the same attribute everywhere."""

    def __missing__(self, key: str) -> str:
        self[key] = f"k{len(self)}"
        return self[key]


def compile_fast(contract: Contract) -> FastReader | None:
    """Generates a reader from a contract; None where its shapes ask for the careful road alone."""
    try:
        return _Compiler(contract).reader()
    except _Unsupported:
        return None


class _Compiler:
    """Writes the source of a reader, a line at a time."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.names = _Names()
        self.lines: list[str] = []
        self.helpers: list[str] = []
        self.constants: dict[str, Any] = {}
        self.count = 0

    def reader(self) -> FastReader:
        decoder = msgspec.json.Decoder(self.root_type())
        self.write_read()
        source = "\n".join([*self.helpers, *self.lines])
        scope: dict[str, Any] = {
            "decode": decoder.decode,
            "UNSET": msgspec.UNSET,
            "Doubt": Doubt,
            "Finding": Finding,
            "Reading": Reading,
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

    # Types

    def root_type(self) -> Any:
        root = _Node()
        for place in self.contract.record_at:
            beside = root.reach(tuple(Step(key) for key in place[:-1]))
            record = beside.reach((Step(place[-1]),)) if place else root
            for key in place[:1]:
                root.children[key].presence = True
            self.declare(record, beside)
        return self.struct(root)

    def struct(self, root: _Node) -> Any:
        kind = root.type(self.names)
        return next(t for t in kind.__args__ if t is not type(None))

    def declare(self, record: _Node, beside: _Node) -> None:
        start = {Scope.ELEMENT: record, Scope.RECORD: record, Scope.BESIDE: beside}

        def leaf(path: Path, kind: Any, element: _Node) -> None:
            node = (start[path.scope] if path.scope else element).reach(path.steps)
            if kind is not ColumnType.PRESENT:
                node.be_leaf(_PYTHON_TYPES[kind])
            elif not path.steps[-1].pick:
                raise _Unsupported

        leaf(self.contract.entity, ColumnType.DUNS, record)
        leaf(self.contract.source_time, ColumnType.TIMESTAMP, record)
        if path := self.contract.block_status:
            self.declare_blocks(start[path.scope].reach(path.steps))
        for table in self.contract.readings:
            element = record
            if table.each:
                element = start[table.each.scope].reach(table.each.steps)
                element.is_list = True
            for column in table.read_columns:
                for path in column.paths:
                    leaf(path, column.type, element)
            if table.covered_by:
                record.reach(table.covered_by.path.steps).presence = True

    @staticmethod
    def declare_blocks(blocks: _Node) -> None:
        blocks.is_list = True
        for key in ("blockID", "status"):
            blocks.reach((Step(key),)).be_leaf(str)

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
        self.line(1, "if entity is None: raise Doubt")
        column = Column("", ColumnType.TIMESTAMP, (self.contract.source_time,))
        time = self.checked(column, "record", 1)
        self.line(1, f"time = ref_time if {time} is None else {time}")
        self.line(1, "if time > load_time + AHEAD: raise Doubt")
        covers = self.write_covers()
        rows = [
            self.write_list(table) if table.each else self.write_row(table, covers)
            for table in self.contract.readings
        ]
        names = "".join(f"{covers[t.name]}, " for t in self.contract.tables)
        self.line(1, f"return Reading(entity, time, ({names}), [{', '.join(rows)}],")
        self.line(2, "findings=findings, element_count=elements)")

    def write_record(self) -> None:
        word = "if"
        for place in self.contract.record_at:
            if not place:
                continue
            self.line(1, f"{word} document.{self.names[place[0]]} is not UNSET:")
            self.line(2, "record = beside = document")
            for key in place:
                self.line(2, "beside = record")
                self.line(2, f"record = beside.{self.names[key]}")
                self.line(2, "if not record: raise Doubt")
            word = "elif"
        if word == "if":
            self.line(1, "record = beside = document")
            return
        whole = () in self.contract.record_at
        self.line(1, "else: record = beside = document" if whole else "else: raise Doubt")

    def write_covers(self) -> dict[str, str]:
        """Writes which tables are covered; returns the variable of each table."""
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
            if column.rule is Rule.MANDATORY:
                self.line(1, f"if {cell} is None: raise Doubt")
            elif column.rule is Rule.EXPECTED:
                self.line(1, f"if {cell} is None and {covers[table.name]}:")
                words = f"{table.name!r}, {column.name!r}, 'expected', entity"
                self.line(2, f"findings.append(Finding({words}))")
        row = f"({''.join(f'{cell}, ' for cell in cells)})"
        if not table.skip_empty:
            return f"[{row}]"
        others = [cell for i, cell in enumerate(cells) if i not in table.key_positions]
        filled = " or ".join(f"{cell} is not None" for cell in others)
        return f"([{row}] if {filled} else [])"

    def write_list(self, table: Table) -> str:
        """Writes the rows of a list's elements; returns the variable that holds them."""
        rows = self.fresh("rows")
        each = table.each
        assert each is not None  # noqa: S101 - the caller asked
        shared = {
            c.name: self.checked(c, "record", 1)
            for c in table.read_columns
            if all(path.scope for path in c.paths)
        }
        elements = self.get(each, "record", 1)
        self.line(1, f"{rows} = []")
        self.line(1, f"if {elements}:")
        self.line(2, f"elements += len({elements}); seen = set()")
        self.line(2, f"for element in {elements}:")
        self.line(3, "if element is None: raise Doubt")
        cells = []
        for column in table.read_columns:
            cell = shared.get(column.name) or self.checked(column, "element", 3)
            cells.append(cell)
            if column.name in table.key or column.rule is not None:
                self.line(3, f"if {cell} is None: raise Doubt")
        key = "".join(f"{cells[i]}, " for i in table.key_positions)
        self.line(3, f"key = ({key})")
        self.line(3, "if key in seen: raise Doubt")
        self.line(3, "seen.add(key)")
        self.line(3, f"{rows}.append(({''.join(f'{cell}, ' for cell in cells)}))")
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
            empty = " or None" if _PYTHON_TYPES.get(column.type) is str else ""
            self.line(inner, f"{name} = {source}{empty}")
        match column.type:
            case ColumnType.DUNS:
                self.line(depth, f"if {name} and not is_duns({name}): raise Doubt")
            case ColumnType.PARTIAL_DATE:
                self.line(depth, f"if {name} and not is_partial_date({name}): raise Doubt")
            case ColumnType.INTEGER:
                wide = f"{name} is not None and not -{2**63} <= {name} < {2**63}"
                self.line(depth, f"if {wide}: raise Doubt")
            case ColumnType.TIMESTAMP:
                self.line(depth, f"if {name}:")
                self.line(depth + 1, f"try: {name} = to_timestamp({name})")
                self.line(depth + 1, "except Unfit: raise Doubt from None")
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
        """Writes a function that picks from a list; doubts where it holds several; its name."""
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
            number = f" and {code} != {wanted}" if wanted.isdigit() and wanted[0] != "0" else ""
            self.line(2, f"if {code} != {wanted!r}{number}: continue")
        if present and not rest:
            self.line(2, "return True")
            self.line(1, "return False")
        else:
            value = self.get(Path(rest), "element", 2, present=present)
            self.line(2, f"if {value} is None or {value} == '': continue")
            self.line(2, "if found is not None: raise Doubt")
            self.line(2, f"found = {value}")
            self.line(1, "return found")
        self.helpers.extend(self.lines)
        self.lines = outer
        return name
