"""The index of companies: what a search looks at, in memory for as long as a snapshot is open."""

from typing import Any

from firmograph.engine.duckdb.held_table import HeldTable
from firmograph.engine.sql import literal, quoted
from firmograph.queries.names import COMPANIES, LISTINGS, MEMBERS
from firmograph.queries.reader import reading
from firmograph.queries.session import Row, Session

INDEX = "company_index"
FLAGS = {"listed": LISTINGS, "family": MEMBERS}
"""By column of the index that is true or false, the table that has rows of such companies."""
_TEXTS = {
    "name": "primary_name",
    "country": "primary_address_country",
    "industry": "sic_description",
    "status": "operating_status",
}
"""By column of the index, the column of the companies that it holds."""
_REPEATED = ("country", "industry", "status")
"""Columns of few different texts."""
_ALSO_SEARCHED = "registered_name"
_LETTERS = ("øłđðħŧıß", "olddhtis")
"""Letters that are not a letter with an accent, and those they are compared as."""


def build_index(session: Session) -> None:
    """Holds what is searched in memory, once for a snapshot; nothing without a company table."""
    if has_companies(session):
        _index(session)


def index_rows(session: Session, sql: str, **parameters: Any) -> list[Row]:
    """Runs a query over the index, which is built first if need be; see `Session.rows`."""
    index = _index(session)
    with reading():
        rows: list[Row] = index.query(sql, parameters).to_pylist()
        return rows


def has_companies(session: Session) -> bool:
    """Whether the snapshot has a table of companies by DUNS; a user's contract may name others."""
    return "duns" in session.columns(COMPANIES)


def folded(sql: str) -> str:
    """A text as names are compared: in lower case and without accents."""
    return f"translate(strip_accents(lower({sql})), {literal(_LETTERS[0])}, {literal(_LETTERS[1])})"


def _index(session: Session) -> HeldTable:
    return session.derived(INDEX, lambda: _build(session))


def _build(session: Session) -> HeldTable:
    texts = {name: _text(session, column) for name, column in _TEXTS.items()}
    flags = {name: table for name, table in FLAGS.items() if "duns" in session.columns(table)}
    columns = {"duns": "c.duns", **texts}
    for name, table in FLAGS.items():
        columns[name] = f"c.duns IN (SELECT duns FROM {table})" if name in flags else "false"
    searched = f"concat_ws(' ', {texts['name']}, {_text(session, _ALSO_SEARCHED)})"
    columns["folded"] = folded(searched)
    with session.reader() as reader:
        index = HeldTable(INDEX, reader.engine.store, [COMPANIES, *flags.values()])
    session.at_end(index.close)
    with reading():
        index.fill(columns, f"{COMPANIES} c", _REPEATED)
    return index


def _text(session: Session, column: str) -> str:
    """A column of the companies, or NULL if a contract has it no more."""
    has_it = column in session.columns(COMPANIES)
    return f"CAST({f'c.{quoted(column)}' if has_it else 'NULL'} AS VARCHAR)"
