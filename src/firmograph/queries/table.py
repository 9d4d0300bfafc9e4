"""One table: its columns, how far they are filled, and some of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from firmograph.contract.model import Contract
from firmograph.engine.sql import quoted
from firmograph.lake.tables import CHANGED_BY, CONTROL, ODS
from firmograph.queries.company import path_of
from firmograph.queries.session import Row, Session

SAMPLE_ROWS = 50
COUNTED_TOGETHER = 4
"""How many columns are counted in one query, each of which takes memory."""
LONG_TEXT = 300
"""How many characters of a text a sample shows."""


@dataclass(frozen=True)
class ColumnFacts:
    """A column.

    Attributes:
        name: of the column.
        type: as the contract has it, else as the table has it.
        meaning: of a fixed table's column, or the paths in the documents.
        is_key: whether it belongs to the key.
        filled: in how many rows it is not NULL; None if not counted.
    """

    name: str
    type: str
    meaning: str
    is_key: bool
    filled: int | None = None


def columns_of(session: Session, table: str) -> list[ColumnFacts]:
    """The columns of a table, with what they mean."""
    spec = session.spec(table)
    meanings = meanings_of(session.contracts, table)
    return [
        ColumnFacts(
            field.name, *meanings.get(field.name, (str(field.type), "")), field.name in spec.key
        )
        for field in spec.schema
    ]


def meanings_of(contracts: Mapping[str, Contract], table: str) -> dict[str, tuple[str, str]]:
    """The type and meaning of each column of a table; nothing about a mart."""
    if table in CONTROL:
        return {f.name: (str(f.type), f.meaning) for f in CONTROL[table].fields}
    if any(contract.ods_table == table for contract in contracts.values()):
        return {f.name: (str(f.type), f.meaning) for f in ODS.fields}
    declared = [one for c in contracts.values() for one in c.tables if one.name == table]
    found = {c.name: (str(c.type), path_of(c)) for one in declared for c in one.columns}
    stamps = {f.name: (str(f.type), f.meaning) for f in CHANGED_BY}
    return found | stamps if declared else {}


def fill_counts(session: Session, table: str) -> dict[str, int]:
    """In how many rows each column is not NULL."""
    names = [name for name in session.columns(table) if name != "raw_data"]
    found: dict[str, int] = {}
    for start in range(0, len(names), COUNTED_TOGETHER):
        some = names[start : start + COUNTED_TOGETHER]
        counts = ", ".join(f"count({quoted(name)}) AS {quoted(name)}" for name in some)
        found |= session.row(f"SELECT {counts} FROM {quoted(table)}", [table])
    return found


def sample(session: Session, table: str) -> list[Row]:
    """Some rows of a table, the longest texts cut off; documents as received are left out."""
    spec = session.spec(table)
    shown = ", ".join(
        f"left({quoted(f.name)}, {LONG_TEXT}) AS {quoted(f.name)}"
        if str(f.type) == "string"
        else quoted(f.name)
        for f in spec.schema
        if f.name != "raw_data"  # a file's documents are read together
    )
    return session.rows(f"SELECT {shown} FROM {quoted(table)} LIMIT {SAMPLE_ROWS}", [table])
