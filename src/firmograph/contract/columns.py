"""Reads the columns of a contract's tables from YAML nodes."""

import re
from collections.abc import Mapping

import yaml

from firmograph.contract.model import Column, ColumnType, Rule
from firmograph.contract.nodes import NodeReader
from firmograph.contract.path import Path
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
_KEYS = ("path", "type", "rule", "unit", "fault", "which", "computed")
_FAULTS = ("null", "refuse")
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
    lines: dict[str, yaml.Node] = {}
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
            columns[name], lines[name] = column, key
    _check_which(nodes, table, columns, lines)
    return tuple(columns.values())


def _column(
    nodes: NodeReader, table: str, name: str, node: yaml.Node, *, can_compute: bool
) -> Column | None:
    if isinstance(node, yaml.ScalarNode):
        return _read_column(nodes, name, node, {"path": node})
    if not isinstance(node, yaml.MappingNode):
        nodes.fault(node, f"column {name} is a path, or {{path: …, type: …, rule: …}}")
        return None
    body = nodes.mapping(node, _KEYS)
    if "which" in body:
        return _which_column(nodes, name, node, body)
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
    for other in ("path", "rule", "unit", "fault"):
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
    labels, paths = _labelled_paths(nodes, name, body["path"])
    kind = _column_type(nodes, node, body)
    rule_text = nodes.text(body.get("rule"))
    if rule_text and rule_text not in list(Rule):
        nodes.fault(body["rule"], f"unknown rule {rule_text!r}; {did_you_mean(rule_text, Rule)}")
        return None
    if kind is not ColumnType.PRESENT and any(path.steps[-1].pick for path in paths):
        nodes.fault(body["path"], f"the path of {name} ends at an element; name a field of it")
    unit = nodes.text(body.get("unit")) or None
    if unit and kind is not ColumnType.DOUBLE:
        nodes.fault(body["unit"], f"{name} has a unit, so its type is double, not {kind}")
    if not paths:
        return None
    return Column(
        name,
        kind,
        paths,
        Rule(rule_text) if rule_text else None,
        labels,
        unit=unit,
        refuses=_refuses(nodes, body.get("fault")),
    )


def _labelled_paths(
    nodes: NodeReader, name: str, node: yaml.Node
) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """A column's paths, and a word for each if the node is a mapping of words to paths."""
    if not isinstance(node, yaml.MappingNode):
        return (), nodes.paths(node)
    if not node.value:
        nodes.fault(node, f"column {name} has no path")
    named = [
        (word, path)
        for word, inner in nodes.mapping(node, None, word="place").items()
        for path in nodes.paths(inner)
    ]
    return tuple(word for word, _ in named), tuple(path for _, path in named)


def _refuses(nodes: NodeReader, node: yaml.Node | None) -> bool:
    text = nodes.text(node)
    if node is not None and text not in _FAULTS:
        nodes.fault(node, f"unknown fault {text!r}; {did_you_mean(text, _FAULTS)}")
    return text == "refuse"


def _which_column(
    nodes: NodeReader, name: str, node: yaml.Node, body: Mapping[str, yaml.Node]
) -> Column:
    for other in body:
        if other != "which":
            nodes.fault(node, f"{name} names the place of another column, so it has no {other!r}")
    return Column(name, ColumnType.TEXT, which=nodes.text(body["which"]))


def _check_which(
    nodes: NodeReader, table: str, columns: Mapping[str, Column], lines: Mapping[str, yaml.Node]
) -> None:
    """Checks that the columns that name places of others name those with words for them."""
    labelled = [column.name for column in columns.values() if column.labels]
    for column in columns.values():
        if column.which and column.which not in labelled:
            nodes.fault(
                lines[column.name],
                f"{column.name} names the place of {column.which!r}, which is no column of "
                f"{table} whose places have names; {did_you_mean(column.which, labelled)}",
            )


def _column_type(nodes: NodeReader, node: yaml.Node, body: Mapping[str, yaml.Node]) -> ColumnType:
    text = nodes.text(body.get("type")) or ColumnType.TEXT.value
    if text in list(ColumnType):
        return ColumnType(text)
    nodes.fault(body.get("type", node), f"unknown type {text!r}; {did_you_mean(text, ColumnType)}")
    return ColumnType.TEXT
