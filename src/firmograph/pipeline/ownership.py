"""Checks that every document in ODS still has the contract of its document type."""

from collections.abc import Mapping
from typing import Any

from firmograph.errors import ContractError
from firmograph.lake.lake import Lake, table_folders
from firmograph.lake.tables import ODS, TableSpec


def check_owners(lake: Lake, published: Mapping[str, Any]) -> None:
    """Refuses a lake with documents that no contract claims.

    Args:
        lake: under today's contracts.
        published: the contracts of the last snapshot, as plain data.

    Raises:
        ContractError: if a table of ODS with documents no longer belongs to a document type, or
            belongs to another one than before.
    """
    if faults := find_unclaimed(lake, published):
        raise ContractError(
            "; ".join(faults),
            hint="put the contract back into the contracts folder, with the ods_table it had; "
            "nothing was run",
        )


def find_unclaimed(lake: Lake, published: Mapping[str, Any]) -> list[str]:
    """The tables of ODS with documents that no contract claims, each as a sentence.

    Args:
        lake: under today's contracts.
        published: the contracts of the last snapshot, as plain data.
    """
    owners = {table: name for name, table in lake.ods_tables.items()}
    before = {body["ods_table"]: name for name, body in published.items() if "ods_table" in body}
    return [
        _fault(name, before.get(name), owners.get(name))
        for name in table_folders(lake.root, "ods")
        if (name not in owners or before.get(name, owners[name]) != owners[name])
        and _holds_rows(lake, name)
    ]


def _holds_rows(lake: Lake, name: str) -> bool:
    found = Lake(lake.root, {name: TableSpec(name, "ods", ODS.schema)})
    return found.exists(name) and bool(found.open(name).file_uris())


def _fault(table: str, before: str | None, now: str | None) -> str:
    whose = f"documents of type {before}" if before else "documents"
    if now is None:
        return f"{table} holds {whose}, but no contract names it as its ods_table"
    return f"{table} holds {whose}, but the contract of {now} names it as its ods_table"
