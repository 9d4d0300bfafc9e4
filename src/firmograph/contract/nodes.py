"""Reads YAML nodes as text, flags, paths and mappings, and collects faults with their lines."""

from collections.abc import Iterable

import yaml

from firmograph.contract.path import Path, parse_paths
from firmograph.contract.suggest import did_you_mean

_NOT_PATHS = {f"tag:yaml.org,2002:{tag}" for tag in ("int", "float", "null", "timestamp")}
"""What YAML makes of a path that was left out, or of a constant in its place."""


class NodeReader:
    """Reads the nodes of one YAML file.

    Attributes:
        faults: each fault with its line, in the order found.
        lines: the lines of what must be unique among all contracts, by its key or name.
        parent_lines: the lines at which tables name their parents, by table.
    """

    def __init__(self) -> None:
        self.faults: list[tuple[int, str]] = []
        self.lines: dict[str, int] = {}
        self.parent_lines: dict[str, int] = {}

    def fault(self, node: yaml.Node, message: str) -> None:
        """Adds a fault at a node's line."""
        self.fault_at(line_of(node), message)

    def fault_at(self, line: int, message: str) -> None:
        """Adds a fault at a line."""
        self.faults.append((line, message))

    def mapping(
        self,
        node: yaml.MappingNode,
        known: Iterable[str] | None,
        *,
        required: Iterable[str] = (),
        word: str = "key",
    ) -> dict[str, yaml.Node]:
        """Reads a mapping; returns its values by key.

        Args:
            node: the mapping.
            known: the keys allowed; None for any.
            required: keys that must be there.
            word: what a key is called in a fault.
        """
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self.text(key)
            if known is not None and name not in known:
                self.fault(key, f"unknown {word} {name!r}; {did_you_mean(name, known)}")
            elif name in found:
                self.fault(key, f"{word} {name!r} is declared twice")
            else:
                found[name] = value
        for name in required:
            if name not in found:
                self.fault(node, f"{word} {name!r} is missing")
        return found

    def text(self, node: yaml.Node | None) -> str:
        """The text of a scalar; empty if there is no node."""
        if node is None:
            return ""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.fault(node, "a word is expected here, not a list or mapping")
        return ""

    def flag(self, node: yaml.Node | None) -> bool:
        """The value of ``true`` or ``false``; false if there is no node."""
        text = self.text(node) if node is not None else "false"
        if node is not None and text not in ("true", "false"):
            self.fault(node, f"{text!r} is neither true nor false")
        return text == "true"

    def count(self, node: yaml.Node, name: str) -> int | None:
        """A whole number from 1; `name` is what a fault calls it."""
        text = self.text(node)
        if not (text.isascii() and text.isdigit()):
            self.fault(node, f"{name} {text!r} is not a number")
            return None
        return int(text[:9])

    def plain_path(self, node: yaml.Node | None) -> Path | None:
        """A path that consists of dotted keys only."""
        path = self.path(node)
        if node is not None and path and any(step.pick for step in path.steps):
            self.fault(node, f"the path {path} must be plain dotted keys, without a pick")
            return None
        return path

    def record_paths(self, node: yaml.Node | None) -> tuple[Path, ...]:
        """A list of paths of dotted keys that begin at the record."""
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self.fault(node, "a list of paths is expected here, such as [name, address.city]")
            return ()
        found = []
        for item in node.value:
            path = self.plain_path(item)
            if path and path.scope:
                self.fault(item, f"the path {path} must begin at the record")
            elif path:
                found.append(path)
        return tuple(found)

    def path(self, node: yaml.Node | None) -> Path | None:
        """One path, without alternatives."""
        paths = self.paths(node) if node is not None else ()
        if len(paths) > 1 and node is not None:
            self.fault(node, "one path is expected here, without |")
        return paths[0] if paths else None

    def paths(self, node: yaml.Node) -> tuple[Path, ...]:
        """A path and its alternatives; empty if it cannot be parsed."""
        if isinstance(node, yaml.ScalarNode) and node.tag in _NOT_PATHS:
            shown = node.value or "nothing"
            self.fault(node, f"a path is expected, not {shown}; put a key of that name in quotes")
            return ()
        try:
            return parse_paths(self.text(node))
        except ValueError as error:
            self.fault(node, str(error))
            return ()


def line_of(node: yaml.Node) -> int:
    """The line a node begins at, from 1."""
    return int(node.start_mark.line) + 1
