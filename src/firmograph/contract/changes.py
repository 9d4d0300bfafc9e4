"""Compares the contracts under which a lake was published with today's."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

FREE = ("file_token", "ods_table", "parent")
"""Keys that do not affect what rows hold; a changed `ods_table` is refused elsewhere."""


class ContractChanges(NamedTuple):
    """The differences.

    Attributes:
        added: columns that are new, as ``table.column``; they are NULL in older rows.
        breaking: a sentence for each change that requires a rebuild.
        extended: columns of an earlier release that look in further places now.
    """

    added: list[str]
    breaking: list[str]
    extended: Sequence[str] = ()


def compare_contracts(before: Mapping[str, Any], after: Mapping[str, Any]) -> ContractChanges:
    """Compares two sets of contracts in the form that `canonical` returns.

    A new document type requires nothing. A key that the earlier contracts lack counts as unchanged,
    so that a lake of an earlier release requires no rebuild.
    """
    added: list[str] = []
    breaking: list[str] = []
    extended: list[str] = []
    for name, contract in after.items():
        old = before.get(name)
        if old is None:
            continue
        breaking += _different_keys(name, old, contract, "tables")
        tables = {table["name"]: table for table in old["tables"]}
        for table in contract["tables"]:
            table_before = tables.pop(table["name"], None)
            if table_before is None:
                breaking.append(f"{table['name']} is a new table")
            else:
                _compare_table(table_before, table, added, breaking, extended)
        breaking += [f"{table} is gone" for table in tables]
    return ContractChanges(added, breaking, tuple(extended))


def _different_keys(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], apart: str
) -> list[str]:
    keys = [key for key in new if key in old and key not in (*FREE, apart)]
    same = {key for key in keys if _is_same(_meaning(old[key]), _meaning(new[key]))}
    return [f"{name}: {key} differs" for key in keys if key not in same]


def _compare_table(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    added: list[str],
    breaking: list[str],
    extended: list[str],
) -> None:
    name = new["name"]
    breaking += _different_keys(name, old, new, "columns")
    before = {column["name"]: column for column in old["columns"]}
    after = {column["name"]: column for column in new["columns"]}
    breaking += [f"{name}.{column} is gone" for column in before if column not in after]
    for column, body in after.items():
        if column not in before:
            if body["rule"] == "mandatory":
                breaking.append(f"{name}.{column} is new and mandatory")
            added.append(f"{name}.{column}")
        elif _is_extended(before[column], body):
            extended.append(f"{name}.{column}")
        elif not _is_same(_without_rule(before[column]), _without_rule(body)):
            breaking.append(f"{name}.{column} differs")
        elif body["rule"] == "mandatory" != before[column]["rule"]:
            breaking.append(f"{name}.{column} is mandatory now")


def _is_extended(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a column of an earlier release, whose places had no names, has places added."""
    count = len(old["paths"])
    if "labels" in old or len(new["paths"]) <= count:
        return False
    return _is_same(_without_rule(old), {**_without_rule(new), "paths": new["paths"][:count]})


def _is_same(old: Any, new: Any) -> bool:
    """Whether two values are equal; a key that an earlier release lacked counts as unchanged."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return all(_is_same(old[key], new[key]) for key in old if key in new)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(_is_same, old, new))
    return bool(old == new)


def _meaning(value: Any) -> Any:
    """A value without the keys in `FREE`, which the delivery has, too, being a table."""
    if isinstance(value, Mapping):
        return {key: inner for key, inner in value.items() if key not in FREE}
    return value


def _without_rule(column: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in column.items() if key != "rule"}
