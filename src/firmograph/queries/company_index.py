"""The index of companies: what a search looks at, in memory for as long as a snapshot is open."""

import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.engine.sql import literal, quoted
from firmograph.queries.names import COMPANIES, LISTINGS, MEMBERS
from firmograph.queries.session import Session

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
_ALSO_SEARCHED = "registered_name"
_LETTERS = ("øłđðħŧıß", "olddhtis")
"""Letters that are not a letter with an accent, and those they are compared as."""
_RELATION = Relation(
    INDEX,
    pa.schema(
        [
            ("duns", pa.string()),
            *((name, pa.string()) for name in _TEXTS),
            *((name, pa.bool_()) for name in FLAGS),
            ("folded", pa.string()),
        ]
    ),
)


def build_index(session: Session) -> None:
    """Holds what is searched in memory, once for a snapshot; nothing without a company table."""
    if has_companies(session):
        session.derived(INDEX, lambda: _build(session))


def has_companies(session: Session) -> bool:
    """Whether the snapshot has a table of companies by DUNS; a user's contract may name others."""
    return "duns" in session.columns(COMPANIES)


def folded(sql: str) -> str:
    """A text as names are compared: in lower case and without accents."""
    return f"translate(strip_accents(lower({sql})), {literal(_LETTERS[0])}, {literal(_LETTERS[1])})"


def _build(session: Session) -> None:
    texts = {name: _text(session, column) for name, column in _TEXTS.items()}
    flags = {name: table for name, table in FLAGS.items() if "duns" in session.columns(table)}
    columns = ["c.duns", *(f"{sql} AS {name}" for name, sql in texts.items())]
    columns += [
        f"c.duns IN (SELECT duns FROM {FLAGS[name]}) AS {name}"
        if name in flags
        else f"false AS {name}"
        for name in FLAGS
    ]
    searched = f"concat_ws(' ', {texts['name']}, {_text(session, _ALSO_SEARCHED)})"
    with session.reader() as reader:
        reader.engine.create_temp(
            _RELATION,
            f"SELECT {', '.join(columns)}, {folded(searched)} AS folded FROM {COMPANIES} c",
            [COMPANIES, *flags.values()],
        )


def _text(session: Session, column: str) -> str:
    """A column of the companies, or NULL if a contract has it no more."""
    has_it = column in session.columns(COMPANIES)
    return f"CAST({f'c.{quoted(column)}' if has_it else 'NULL'} AS VARCHAR)"
