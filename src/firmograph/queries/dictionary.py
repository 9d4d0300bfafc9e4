"""Every table and column with its meaning, and how the tables of DW belong together."""

from collections.abc import Mapping
from dataclasses import dataclass

from firmograph.contract.model import Contract
from firmograph.lake.tables import CONTROL, ODS
from firmograph.queries.session import Session
from firmograph.queries.table import ColumnFacts, columns_of


@dataclass(frozen=True)
class Entry:
    """A table: its zone, what it holds, and its columns."""

    table: str
    zone: str
    meaning: str
    columns: list[ColumnFacts]


@dataclass(frozen=True)
class Relation:
    """A table whose rows belong to those of another: many, or at most one, by some columns."""

    child: str
    parent: str
    columns: tuple[str, ...]
    is_many: bool


def entries(session: Session) -> list[Entry]:
    """The tables of the snapshot, by zone and name."""
    order = {zone: place for place, zone in enumerate(("dw", "app", "ods", "control"))}
    found = [
        Entry(
            name,
            session.spec(name).zone,
            _meaning(session.contracts, name),
            columns_of(session, name),
        )
        for name in session.tables
    ]
    return sorted(found, key=lambda entry: (order[entry.zone], entry.table))


def _meaning(contracts: Mapping[str, Contract], name: str) -> str:
    if name in CONTROL:
        return CONTROL[name].meaning
    for contract in contracts.values():
        if contract.ods_table == name:
            return ODS.meaning
        for table in contract.tables:
            if table.name == name:
                rows = f"one row for each element of {table.each}" if table.each else "one row"
                return f"{contract.name}: {rows} of a document's record"
    return "a mart"


def relations(contracts: Mapping[str, Contract]) -> list[Relation]:
    """The tables of contracts that belong to another one, in the order of their declaration."""
    tables = {table.name: table for contract in contracts.values() for table in contract.tables}
    return [
        Relation(table.name, table.parent, tables[table.parent].key, table.each is not None)
        for table in tables.values()
        if table.parent in tables
    ]
