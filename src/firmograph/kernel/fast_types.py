"""The types into which msgspec decodes documents: only what a contract declares."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from firmograph.contract.model import Column, ColumnType, Contract, Table
from firmograph.contract.path import Scope, Step
from firmograph.kernel.candidates import candidate_keys

PYTHON_TYPES: dict[ColumnType, Any] = {
    ColumnType.TEXT: str,
    ColumnType.DUNS: str,
    ColumnType.TIMESTAMP: str,
    ColumnType.PARTIAL_DATE: str,
    ColumnType.INTEGER: int,
    ColumnType.DOUBLE: float,
    ColumnType.BOOLEAN: bool,
}


CODE = str | int | float
"""The type of a code, by which elements are picked."""


class Unsupported(Exception):  # noqa: N818 - ends a compilation, never leaves the kernel
    """The contract declares shapes that one set of types cannot represent."""


@dataclass
class _Node:
    """What is declared for one place: an object's members, a list's elements, or a value."""

    children: dict[str, "_Node"] = field(default_factory=dict)
    is_list: bool = False
    leaf: Any = None
    presence: bool = False
    counter: Iterator[int] | None = None

    def reach(self, steps: tuple[Step, ...]) -> "_Node":
        node, is_inside = self, True
        for step in steps:
            if node.is_list and not is_inside:
                raise Unsupported
            node = node.children.setdefault(step.key, _Node())
            is_inside = step.pick is not None
            if step.pick:
                node.be_list()
                if step.pick.field:
                    node.children.setdefault(step.pick.field, _Node()).be_leaf(CODE)
                if step.pick.newest:
                    node.children.setdefault(step.pick.newest, _Node()).be_leaf(str)
        return node

    def be_list(self) -> None:
        if not self.is_list and (self.children or self.leaf is not None):
            raise Unsupported
        self.is_list = True

    def be_leaf(self, kind: Any) -> None:
        if self.leaf not in (None, kind):
            raise Unsupported
        self.leaf = kind

    def type(self, attributes: "Names") -> Any:
        """The msgspec type that decodes this place."""
        if self.leaf is None and self.presence and not self.children and not self.is_list:
            kind: Any = msgspec.Raw
        elif self.leaf is not None:
            if self.children or self.is_list:
                raise Unsupported
            kind = self.leaf | None
        else:
            fields = [
                (attributes[k], *child.slot(attributes)) for k, child in self.children.items()
            ]
            rename = {attributes[k]: k for k in self.children}
            kind = self.object_type(fields, rename)
            if self.is_list:
                kind = list[kind] | None
        return kind | msgspec.UnsetType if self.presence and kind is not msgspec.Raw else kind

    def object_type(self, fields: list[Any], rename: dict[str, str]) -> Any:
        """The type of an object, or null; of a counted place only objects are taken."""
        counter = self.counter
        if counter is None:
            return msgspec.defstruct("Node", fields, rename=rename, gc=False) | None
        hooks = {"__post_init__": lambda _: next(counter)}
        return msgspec.defstruct("Node", fields, rename=rename, gc=False, namespace=hooks)

    def slot(self, attributes: "Names") -> tuple[Any, Any]:
        return self.type(attributes), msgspec.UNSET if self.presence else None


class Names(dict[str, str]):
    """Attribute names for JSON keys; equal keys have equal attribute names everywhere."""

    def __missing__(self, key: str) -> str:
        self[key] = f"k{len(self)}"
        return self[key]


def document_type(contract: Contract, names: Names, counter: Iterator[int]) -> Any:
    """The type of a whole document; adds the attribute name of each JSON key to `names`.

    A number is taken from the counter for each object on the way to a record. One whose key is
    repeated is decoded each time, although only the last one stays. Other threads may decode, too,
    so that what is counted meanwhile is too high rather than too low.

    Raises:
        Unsupported: if one place is declared with two shapes.
    """
    root = _Node()
    for place in contract.record_at:
        beside = root.reach(tuple(Step(key) for key in place[:-1]))
        record = beside.reach((Step(place[-1]),)) if place else root
        for key in place[:1]:
            root.children[key].presence = True
        for end in range(1, len(place) + 1):
            root.reach(tuple(Step(key) for key in place[:end])).counter = counter
        for key in candidate_keys(contract):
            for holder in (root, beside):
                holder.reach((Step(key),))
        _Declaration(record, beside).contract(contract)
    kind = root.type(names)
    return next(t for t in kind.__args__ if t is not type(None))


def optional_keys(contract: Contract) -> frozenset[str]:
    """The keys that some object may lack, where that differs from null."""
    covers = [table.covered_by for table in contract.tables if table.covered_by]
    paths = [path for cover in covers for path in cover.evidence]
    outer = [place[0] for place in contract.record_at if place]
    return frozenset([*(path.steps[-1].key for path in paths), *outer])


class _Declaration:
    """Declares what a contract reads of a record found at one place."""

    def __init__(self, record: _Node, beside: _Node) -> None:
        self._record = record
        self._start = {Scope.ELEMENT: record, Scope.RECORD: record, Scope.BESIDE: beside}

    def contract(self, contract: Contract) -> None:
        """Declares everything that a contract reads."""
        facts = {contract.entity: ColumnType.DUNS, contract.source_time: ColumnType.TIMESTAMP}
        for path, kind in facts.items():
            self._column(Column("", kind, (path,)), self._record)
        if blocks := contract.block_status:
            _declare_blocks(self._start[blocks.scope].reach(blocks.steps))
        for table in contract.results:
            self._table(table)

    def _table(self, table: Table) -> None:
        element = self._record
        if table.each:
            element = self._start[table.each.scope].reach(table.each.steps)
            element.be_list()
        for column in table.read_columns:
            self._column(column, element)
        for path in table.covered_by.evidence if table.covered_by else ():
            self._record.reach(path.steps).presence = True

    def _column(self, column: Column, element: _Node) -> None:
        for path in column.paths:
            begin = self._start[path.scope] if path.scope else element
            node = begin.reach(path.steps)
            if column.type is not ColumnType.PRESENT:
                node.be_leaf(PYTHON_TYPES[column.type])
            elif not path.steps[-1].pick or not path.steps[-1].pick.field:
                raise Unsupported
            for place in range(len(path.steps)) if column.unit else ():
                begin.reach((*path.steps[:place], Step(str(column.unit)))).be_leaf(str)


def _declare_blocks(blocks: _Node) -> None:
    blocks.be_list()
    for key in ("blockID", "status"):
        blocks.reach((Step(key),)).be_leaf(str)
