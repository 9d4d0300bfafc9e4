"""The tree of paths: planted from a contract, grown by documents, bounded in size."""

import re
from collections import Counter
from collections.abc import Iterator
from types import NoneType
from typing import Any

from firmograph.contract.model import Contract
from firmograph.contract.path import Path, Scope
from firmograph.drift.named_paths import named_paths, unit_paths
from firmograph.kernel.document import show_value
from firmograph.kernel.result import VALUE_LIMIT
from firmograph.kernel.values import Number, is_missing

PATH_LIMIT = 10_000
"""How many paths that a contract does not name are told apart; values at others are counted."""
DEPTH_LIMIT = 32
"""How many steps of a path are followed; values further below are counted."""

Json = dict[str, Any]

_JSON_TYPES = {
    NoneType: "null",
    bool: "boolean",
    Number: "number",
    str: "string",
    dict: "object",
    list: "array",
}
_PLAIN = ("boolean", "number", "string")


def _find_record(contract: Contract, document: Json) -> tuple[Json, Json, str | None] | None:
    """The record, the object that contains it and its key there; None without a record."""
    for keys in contract.record_at:
        if not keys or keys[0] not in document:
            continue
        record: Any = document
        for key in keys:
            beside, record = record, record.get(key)
            if not isinstance(record, dict):
                return None
        return record, beside, keys[-1]
    return (document, document, None) if () in contract.record_at else None


class Node:
    """A path with its counts, and the paths below it by key, with None for a list's elements."""

    __slots__ = ("children", "depth", "documents", "example", "holds_plain", "last_document")

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.children: dict[str | None, Node] = {}
        self.documents = 0
        self.last_document = 0
        self.holds_plain = False
        self.example: str | None = None

    @property
    def is_leaf(self) -> bool:
        """Whether it was seen with a plain value, or with nothing below it."""
        if not self.documents:
            return False
        return self.holds_plain or not any(c.documents for c in self.children.values())

    def planted(self, key: str | None) -> "Planted | None":
        """The node below it that belongs to a path of the contract; None without one."""
        child = self.children.get(key)
        return child if isinstance(child, Planted) else None

    def note(self, value: Any, document: int) -> None:
        """Counts a value of a document."""
        if self.last_document != document:
            self.last_document = document
            self.documents += 1
        if not self.holds_plain and _JSON_TYPES[type(value)] in _PLAIN and value != "":
            self.holds_plain = True
            self.example = show_value(value)


class Planted(Node):
    """A path the contract names or passes through, with the other JSON types found there.

    `read` has the JSON types that columns allow there, `passed` those that paths pass through.
    """

    __slots__ = ("changes", "examples", "named_by", "passed", "read")

    def __init__(self, depth: int = 0) -> None:
        super().__init__(depth)
        self.passed: set[str] = set()
        self.read: set[str] = set()
        self.named_by: list[str] = []
        self.changes: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    @property
    def allowed(self) -> set[str]:
        """The JSON types allowed there; empty if any is."""
        return self.read or self.passed

    def plant(self, key: str | None) -> "Planted":
        """Plants the node below; the key None stands for a list's elements, which are objects."""
        self.passed.add("array" if key is None else "object")
        child = self.planted(key) or Planted(self.depth + 1)
        if key is None:
            child.passed.add("object")
        self.children[key] = child
        return child

    def name(self, name: str) -> "Planted":
        """Adds the name of a contract's entry, such as a column, that names the path."""
        if name not in self.named_by:
            self.named_by.append(name)
        return self

    def note(self, value: Any, document: int) -> None:
        """Counts a value of a document, and its type if that is not allowed."""
        super().note(value, document)
        allowed, kind = self.allowed, _JSON_TYPES[type(value)]
        if kind in allowed or not allowed or is_missing(value):
            return
        self.changes[kind] += 1
        if kind not in self.examples:
            self.examples[kind] = show_value(value) or ""


class PathTree:
    """The tree of paths of one document type.

    Args:
        contract: of the document type.
        limit: how many paths that the contract does not name are told apart.
    """

    def __init__(self, contract: Contract, limit: int = PATH_LIMIT) -> None:
        self.contract = contract
        self._limit = limit
        self.documents = 0
        self.left_out = 0
        self._grown = 0
        self.record = Planted()
        self.beside = self.record if contract.record_at == ((),) else Planted()
        self._alternatives: dict[str, list[set[Planted]]] = {}
        for name, path, kind in named_paths(contract):
            self._alternatives.setdefault(name, []).append(self._plant(name, path, kind))
        for path in unit_paths(contract):
            self._plant_unit(path)

    def _plant_unit(self, path: Path) -> None:
        """Plants a path that need not be seen."""
        node = self.beside if path.scope is Scope.BESIDE else self.record
        for step in path.steps:
            node = node.plant(step.key)
            node = node.plant(None) if step.pick else node
        node.read.add("string")

    def _plant(self, name: str, path: Path, kind: str | None) -> set[Planted]:
        """Plants a path; returns the nodes that must be seen for it to be read."""
        node = self.beside if path.scope is Scope.BESIDE else self.record
        needed = set()
        for step in path.steps:
            node = node.plant(step.key)
            if step.pick:
                node = node.plant(None)
                if step.pick.field:
                    code = node.plant(step.pick.field).name(name)
                    code.passed.update(("string", "number"))
                    needed.add(code)
                if step.pick.newest:
                    node.plant(step.pick.newest).passed.add("string")
        node.read.update({kind} if kind else ())
        return {*needed, node.name(name)}

    # Reading

    def read(self, document: Json) -> bool:
        """Counts a document's paths; returns whether it has a record."""
        found = _find_record(self.contract, document)
        if found is None:
            return False
        self.documents += 1
        record, beside, record_key = found
        if record_key is None:
            self._follow(record, tuple(dict.fromkeys((self.record, self.beside))))
            return True
        self._follow(record, (self.record,))
        self._follow({k: v for k, v in beside.items() if k != record_key}, (self.beside,))
        return True

    def _follow(self, top: Any, roots: tuple[Node, ...]) -> None:
        """Counts all paths in a value.

        A value can belong to several nodes: content of a bare document may be in the record or
        beside it, and a single object may be the only element of a list.
        """
        values = [(top, roots)]
        while values:
            value, nodes = values.pop()
            for node in nodes:
                node.note(value, self.documents)
            if value and isinstance(value, list):
                below = self._below(nodes, None)
                values += [(element, below) for element in reversed(value) if below]
            elif value and isinstance(value, dict):
                nodes = self._with_elements(nodes, value)
                values += [
                    (inner, below)
                    for key, inner in value.items()
                    if (below := self._below(nodes, key))
                ]

    def _with_elements(self, nodes: tuple[Node, ...], value: Json) -> tuple[Node, ...]:
        """The nodes of an object, and of lists' elements where it replaces a list."""
        elements = [element for node in nodes if (element := node.planted(None))]
        for element in elements:
            element.note(value, self.documents)
        return (*elements, *nodes) if elements else nodes

    def _below(self, nodes: tuple[Node, ...], key: str | None) -> tuple[Node, ...]:
        """The nodes one step below: planted ones, else a new one; none beyond the limits."""
        if len(nodes) == 1 and (known := nodes[0].children.get(key)):
            return (known,)
        planted = tuple(child for node in nodes if (child := node.planted(key)))
        return planted or self._grow(nodes[0], key)

    def _grow(self, node: Node, key: str | None) -> tuple[Node, ...]:
        if key is not None and len(key) > VALUE_LIMIT:
            key = show_value(key)
        child = node.children.get(key)
        if child is None:
            if self._grown >= self._limit or node.depth >= DEPTH_LIMIT:
                self.left_out += 1
                return ()
            self._grown += 1
            child = node.children[key] = Node(node.depth + 1)
        return (child,)

    # Results

    def nodes(self) -> Iterator[tuple[str, Node]]:
        """Yields each path and its node."""
        roots = {self.beside: Scope.BESIDE.value, self.record: ""}
        rest: list[tuple[str, Node]] = [(path, node) for node, path in roots.items()]
        while rest:
            path, node = rest.pop()
            if node not in roots:
                yield path, node
            rest += [(_join(path, key), child) for key, child in node.children.items()]

    def is_read_elsewhere(self, node: Planted) -> bool:
        """Whether each entry that names a node has an alternative path that was seen."""
        return all(
            any(
                node not in needed and all(n.documents for n in needed)
                for needed in self._alternatives[name]
            )
            for name in node.named_by
        )


def _join(base: str, key: str | None) -> str:
    """A path one step deeper, as a contract would write it."""
    if key is None:
        return f"{base}[]"
    shown = key if re.fullmatch(r"[\w-]+", key) else f"'{key}'"
    return f"{base}.{shown}" if base else shown
