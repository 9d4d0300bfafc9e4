"""Reads one table of a contract from its YAML node."""

from collections.abc import Mapping

import yaml

from firmograph.contract.columns import read_columns
from firmograph.contract.model import Column, ColumnType, Cover, Table
from firmograph.contract.nodes import NodeReader, line_of
from firmograph.contract.path import Path
from firmograph.contract.suggest import did_you_mean

_KEYS = ("key", "each", "parent", "skip_empty", "covered_by", "columns")
_COVER_KEYS = ("block", "level", "path", "keys", "at_least", "value_at")


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
    if "parent" in body:
        nodes.parent_lines[name] = line_of(body["parent"])
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


def check_parents(
    nodes: NodeReader, contract: str, tables: list[Table], lines: Mapping[str, int]
) -> None:
    """Checks that each parent holds every entity, and has no parent itself.

    Args:
        nodes: collects the faults.
        contract: the name of the contract.
        tables: those of it that could be read.
        lines: the line of each table's name, also of those that could not be read.
    """
    by_name = {table.name: table for table in tables}
    for table in tables:
        if table.parent is None or (table.parent in lines and table.parent not in by_name):
            continue
        others = [name for name in lines if name != table.name]
        parent = by_name.get(table.parent)
        if parent is None or parent is table:
            fault = f"is not another table of {contract}; {did_you_mean(table.parent, others)}"
        elif not parent.holds_every_entity:
            why = "'each'" if parent.each else "'skip_empty'"
            fault = f"has {why}, so it does not hold every entity"
        elif parent.parent is not None:
            fault = f"has a parent of its own; name {parent.parent!r}"
        else:
            continue
        line = nodes.parent_lines.get(table.name, lines[table.name])
        nodes.fault_at(line, f"parent {table.parent!r} of {table.name} {fault}")


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
        column = next((c for c in columns if c.name == name and not c.computed), None)
        if column is None:
            nodes.fault(item, f"key column {name!r} is not in {table}; {did_you_mean(name, names)}")
        elif column.which or column.type is ColumnType.PRESENT:
            nodes.fault(item, f"key column {name!r} has no value of its own to tell rows apart")
    return key


def _cover(nodes: NodeReader, node: yaml.Node | None) -> Cover | None:
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, "'covered_by' is {block: …, level: …, path: …}")
        return None
    body = nodes.mapping(node, _COVER_KEYS, required=("path",))
    level = nodes.count(body["level"], "level") if "level" in body else 1
    if level is None:
        return None
    if not level:
        nodes.fault(node, "level 0 covers nothing; levels begin at 1")
    path = nodes.path(body.get("path"))
    if path is None:
        return None
    if path.scope or any(step.pick for step in path.steps):
        nodes.fault(node, f"the covering path {path} must be plain dotted keys")
    keys = nodes.record_paths(body.get("keys"))
    return Cover(
        block=nodes.text(body.get("block")) or None,
        level=level,
        path=path,
        keys=keys,
        at_least=_at_least(nodes, body.get("at_least"), keys),
        value_at=nodes.record_paths(body.get("value_at")),
    )


def _at_least(nodes: NodeReader, node: yaml.Node | None, keys: tuple[Path, ...]) -> int:
    """How many of the keys must be there: all of them, unless a number is given."""
    if node is None:
        return len(keys)
    count = nodes.count(node, "at_least")
    if count is not None and not 1 <= count <= len(keys):
        nodes.fault(node, f"at_least {count} is not between 1 and the number of keys, {len(keys)}")
    return count or 0
