"""Reads the columns of a contract's tables from YAML nodes."""

import re
from collections.abc import Mapping

import yaml

from firmograph.contract.model import Column, ColumnType, Rule
from firmograph.contract.nodes import NodeReader
from firmograph.contract.suggest import did_you_mean

COMPUTED = {
    "branches_excluded": ColumnType.BOOLEAN,
    "members_expected": ColumnType.INTEGER,
    "members_received": ColumnType.INTEGER,
    "pages_expected": ColumnType.INTEGER,
    "pages_received": ColumnType.INTEGER,
    "is_complete": ColumnType.BOOLEAN,
}
"""The columns that can be computed when pages are assembled, and their types."""
NAME_LIMIT = 100
_COLUMN_NAME = re.compile(rf"[^\W\dA-Z_][^\WA-Z]{{0,{NAME_LIMIT - 1}}}")
RESERVED = ("load_timestamp", "run_id", "ingest_seq", "row_number")


def read_columns(
    nodes: NodeReader, table: str, node: yaml.Node | None, *, can_compute: bool = False
) -> tuple[Column, ...]:
    """Reads the columns of a table.

    Args:
        nodes: collects the faults.
        table: its name.
        node: the mapping of column names to paths or bodies.
        can_compute: whether the table may have computed columns.

    Returns:
        The columns without a fault.
    """
    if node is None:
        return ()
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, f"the columns of {table} are a mapping of names")
        return ()
    columns: dict[str, Column] = {}
    for key, value in node.value:
        name = nodes.text(key)
        if name in columns:
            nodes.fault(key, f"column {name!r} is declared twice in {table}")
        if not _COLUMN_NAME.fullmatch(name):
            nodes.fault(
                key,
                f"column name {name!r} is not made of lower-case letters, digits and _, with a "
                f"letter first and at most {NAME_LIMIT} characters",
            )
        if name in RESERVED:
            nodes.fault(key, f"column name {name!r} is reserved for the run's own columns")
        column = _column(nodes, table, name, value, can_compute=can_compute)
        if column:
            columns[name] = column
    return tuple(columns.values())


def _column(
    nodes: NodeReader, table: str, name: str, node: yaml.Node, *, can_compute: bool
) -> Column | None:
    if isinstance(node, yaml.ScalarNode):
        return _read_column(nodes, name, node, {"path": node})
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, f"column {name} is a path, or {{path: …, type: …, rule: …}}")
        return None
    body = nodes.mapping(node, ("path", "type", "rule", "computed"))
    if "computed" in body:
        return _computed_column(nodes, table, name, node, body, can_compute=can_compute)
    if "path" not in body:
        nodes.fault(node, f"column {name} has no path")
        return None
    return _read_column(nodes, name, node, body)


def _computed_column(
    nodes: NodeReader,
    table: str,
    name: str,
    node: yaml.Node,
    body: Mapping[str, yaml.Node],
    *,
    can_compute: bool,
) -> Column | None:
    if not nodes.flag(body["computed"]):
        nodes.fault(node, f"'computed' of {name} must be true or left out")
    for other in ("path", "rule"):
        if other in body:
            nodes.fault(node, f"{name} is computed, so it has no {other!r}")
    if not can_compute:
        nodes.fault(
            node,
            f"{table}.{name} cannot be computed; only the first table without 'each' of a "
            "contract with `assembly: pages` has computed columns",
        )
        return None
    if name not in COMPUTED:
        nodes.fault(node, f"{table}.{name} cannot be computed; {did_you_mean(name, COMPUTED)}")
        return None
    kind = _column_type(nodes, node, body)
    if kind is not COMPUTED[name]:
        nodes.fault(node, f"{name} is computed as {COMPUTED[name]}, not {kind}")
    return Column(name, COMPUTED[name])


def _read_column(
    nodes: NodeReader, name: str, node: yaml.Node, body: Mapping[str, yaml.Node]
) -> Column | None:
    paths = nodes.paths(body["path"])
    kind = _column_type(nodes, node, body)
    rule_text = nodes.text(body.get("rule"))
    if rule_text and rule_text not in list(Rule):
        nodes.fault(body["rule"], f"unknown rule {rule_text!r}; {did_you_mean(rule_text, Rule)}")
        return None
    if kind is not ColumnType.PRESENT and any(path.steps[-1].pick for path in paths):
        nodes.fault(body["path"], f"the path of {name} ends at an element; name a field of it")
    return Column(name, kind, paths, Rule(rule_text) if rule_text else None) if paths else None


def _column_type(nodes: NodeReader, node: yaml.Node, body: Mapping[str, yaml.Node]) -> ColumnType:
    text = nodes.text(body.get("type")) or ColumnType.TEXT.value
    if text in list(ColumnType):
        return ColumnType(text)
    nodes.fault(body.get("type", node), f"unknown type {text!r}; {did_you_mean(text, ColumnType)}")
    return ColumnType.TEXT
