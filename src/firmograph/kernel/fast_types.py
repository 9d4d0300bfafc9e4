"""The types into which msgspec decodes documents: only what a contract declares."""

from dataclasses import dataclass, field
from typing import Any

import msgspec

from firmograph.contract.model import ColumnType, Contract
from firmograph.contract.path import Path, Scope, Step
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


class Unsupported(Exception):  # noqa: N818 - ends a compilation, never leaves the kernel
    """The contract declares shapes that one set of types cannot represent."""


@dataclass
class _Node:
    """What is declared for one place: an object's members, a list's elements, or a value."""

    children: dict[str, "_Node"] = field(default_factory=dict)
    is_list: bool = False
    leaf: Any = None
    presence: bool = False

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
                    node.children.setdefault(step.pick.field, _Node()).be_leaf(str | int)
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
        if self.leaf is not None:
            if self.children or self.is_list:
                raise Unsupported
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

    def slot(self, attributes: "Names") -> tuple[Any, Any]:
        return self.type(attributes), msgspec.UNSET if self.presence else None


class Names(dict[str, str]):
    """Attribute names for JSON keys; equal keys have equal attribute names everywhere."""

    def __missing__(self, key: str) -> str:
        self[key] = f"k{len(self)}"
        return self[key]


def document_type(contract: Contract, names: Names) -> Any:
    """The type of a whole document; adds the attribute name of each JSON key to `names`.

    Raises:
        Unsupported: if one place is declared with two shapes.
    """
    root = _Node()
    for place in contract.record_at:
        beside = root.reach(tuple(Step(key) for key in place[:-1]))
        record = beside.reach((Step(place[-1]),)) if place else root
        for key in place[:1]:
            root.children[key].presence = True
        for key in candidate_keys(contract):
            for holder in (root, beside):
                holder.reach((Step(key),))
        _declare(contract, record, beside)
    kind = root.type(names)
    return next(t for t in kind.__args__ if t is not type(None))


def _declare(contract: Contract, record: _Node, beside: _Node) -> None:
    start = {Scope.ELEMENT: record, Scope.RECORD: record, Scope.BESIDE: beside}

    def leaf(path: Path, kind: Any, element: _Node) -> None:
        node = (start[path.scope] if path.scope else element).reach(path.steps)
        if kind is not ColumnType.PRESENT:
            node.be_leaf(PYTHON_TYPES[kind])
        elif not path.steps[-1].pick or not path.steps[-1].pick.field:
            raise Unsupported

    leaf(contract.entity, ColumnType.DUNS, record)
    leaf(contract.source_time, ColumnType.TIMESTAMP, record)
    if path := contract.block_status:
        _declare_blocks(start[path.scope].reach(path.steps))
    for table in contract.results:
        element = record
        if table.each:
            element = start[table.each.scope].reach(table.each.steps)
            element.be_list()
        for column in table.read_columns:
            for path in column.paths:
                leaf(path, column.type, element)
        if table.covered_by:
            record.reach(table.covered_by.path.steps).presence = True


def _declare_blocks(blocks: _Node) -> None:
    blocks.be_list()
    for key in ("blockID", "status"):
        blocks.reach((Step(key),)).be_leaf(str)
