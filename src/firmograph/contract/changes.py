"""What differs between the contracts a lake was published under and today's."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class ContractChanges(NamedTuple):
    """The differences.

    Attributes:
        added: columns that are new, as ``table.column``; they are NULL in older rows.
        breaking: sentences about all that asks for a rebuild.
    """

    added: list[str]
    breaking: list[str]


def compare_contracts(before: Mapping[str, Any], after: Mapping[str, Any]) -> ContractChanges:
    """Compares two sets of contracts as `canonical` gives them."""
    added: list[str] = []
    breaking: list[str] = []
    for name, contract in after.items():
        old = before.get(name)
        if old is None:
            continue
        breaking += [
            f"{name}: {key} differs"
            for key in contract
            if key != "tables" and contract[key] != old.get(key)
        ]
        tables = {table["name"]: table for table in old["tables"]}
        for table in contract["tables"]:
            _compare_table(tables.get(table["name"], {}), table, added, breaking)
    return ContractChanges(added, breaking)


def _compare_table(
    old: Mapping[str, Any], new: Mapping[str, Any], added: list[str], breaking: list[str]
) -> None:
    name = new["name"]
    breaking += [
        f"{name}: {key} differs" for key in new if key != "columns" and new[key] != old.get(key)
    ]
    before = {column["name"]: column for column in old.get("columns", ())}
    after = {column["name"]: column for column in new["columns"]}
    breaking += [f"{name}.{column} is gone" for column in before if column not in after]
    for column, body in after.items():
        if column not in before:
            if body["rule"] == "mandatory":
                breaking.append(f"{name}.{column} is new and mandatory")
            added.append(f"{name}.{column}")
        elif _meaning(body) != _meaning(before[column]):
            breaking.append(f"{name}.{column} differs")
        elif body["rule"] == "mandatory" != before[column]["rule"]:
            breaking.append(f"{name}.{column} is mandatory now")


def _meaning(column: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in column.items() if key != "rule"}
