"""The contracts a snapshot was published under, as plain data."""

from collections.abc import Mapping
from typing import Any

from firmograph.contract.load import canonical
from firmograph.contract.registry import declared_contracts
from firmograph.verify.plain import PlainContract


def plain_contracts(bodies: Mapping[str, Any]) -> list[PlainContract]:
    """The contracts of a snapshot.

    Snapshots of the previous release lack ODS tables and parents; these are taken from the
    contracts of the package.
    """
    declared = canonical(declared_contracts().values())
    return [PlainContract(_completed(body, declared.get(name))) for name, body in bodies.items()]


def _completed(body: Mapping[str, Any], declared: Mapping[str, Any] | None) -> dict[str, Any]:
    if "ods_table" in body or declared is None:
        return dict(body)
    parents = {table["name"]: table["parent"] for table in declared["tables"]}
    tables = [{"parent": parents.get(table["name"]), **table} for table in body["tables"]]
    return {**body, "ods_table": declared["ods_table"], "tables": tables}
