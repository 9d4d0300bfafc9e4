"""Reads one table of a contract from its YAML node."""

import yaml

from firmograph.contract.columns import read_columns
from firmograph.contract.model import Column, ColumnType, Cover, Table
from firmograph.contract.nodes import NodeReader
from firmograph.contract.suggest import did_you_mean

_KEYS = ("key", "each", "parent", "skip_empty", "covered_by", "columns")


def read_table(
    nodes: NodeReader, name: str, node: yaml.Node, parent: str | None, *, can_compute: bool
) -> Table | None:
    """Reads a table.

    Args:
        nodes: collects the faults.
        name: of the table.
        node: its body.
        parent: used if the body names none.
        can_compute: whether a table without a list may have computed columns.

    Returns:
        The table; None if its node is not a mapping.
    """
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, f"table {name} is a mapping with 'key' and 'columns'")
        return None
    body = nodes.mapping(node, _KEYS, required=("key", "columns"))
    columns = read_columns(
        nodes, name, body.get("columns"), can_compute=can_compute and "each" not in body
    )
    return Table(
        name=name,
        key=_key(nodes, name, body.get("key"), columns),
        columns=columns,
        each=nodes.plain_path(body.get("each")),
        skip_empty=nodes.flag(body.get("skip_empty")),
        covered_by=_cover(nodes, body.get("covered_by")),
        parent=nodes.text(body["parent"]) if "parent" in body else parent,
    )


def _key(
    nodes: NodeReader, table: str, node: yaml.Node | None, columns: tuple[Column, ...]
) -> tuple[str, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        nodes.fault(node, f"the key of {table} is a list of its columns")
        return ()
    names = [c.name for c in columns if not c.computed]
    key = tuple(nodes.text(item) for item in node.value)
    if len(set(key)) < len(key):
        nodes.fault(node, f"the key of {table} names a column twice")
    first = next((c for c in columns if c.name == key[0] and c.paths), None)
    if first and first.type is not ColumnType.DUNS:
        nodes.fault(node, f"the key of {table} begins with the entity, not with {key[0]!r}")
    for item, name in zip(node.value, key, strict=True):
        if name not in names:
            nodes.fault(item, f"key column {name!r} is not in {table}; {did_you_mean(name, names)}")
    return key


def _cover(nodes: NodeReader, node: yaml.Node | None) -> Cover | None:
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, "'covered_by' is {block: …, level: …, path: …}")
        return None
    body = nodes.mapping(node, ("block", "level", "path"), required=("path",))
    level = nodes.text(body.get("level")) or "1"
    if not level.isdigit():
        nodes.fault(node, f"level {level!r} is not a number")
        return None
    if not int(level):
        nodes.fault(node, "level 0 covers nothing; levels begin at 1")
    path = nodes.path(body.get("path"))
    if path is None:
        return None
    if path.scope or any(step.pick for step in path.steps):
        nodes.fault(node, f"the covering path {path} must be plain dotted keys")
    return Cover(nodes.text(body.get("block")) or None, int(level), path)
