"""One company: its rows in every table, and the documents they come from."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from firmograph.contract.model import Assembly, Column, Contract
from firmograph.control.freshness import HEADS
from firmograph.engine.sql import listed, quoted
from firmograph.queries.names import COMPANIES, MEMBERS
from firmograph.queries.session import Row, Session

ROWS_SHOWN = 200
"""How many rows of one table are shown."""
DOCUMENTS_SHOWN = 50
_DOCUMENT = (
    "ingest_seq",
    "document_id",
    "file_name",
    "record_number",
    "source_timestamp",
    "load_timestamp",
    "run_id",
)


@dataclass(frozen=True)
class Field:
    """A column: its type, and where in the documents its value stands."""

    name: str
    type: str
    path: str


@dataclass(frozen=True)
class Document:
    """A document about the company, as ODS holds it.

    Attributes:
        document_type: such as ``data_blocks``.
        speaks_for: the tables whose rows are from it.
    """

    document_type: str
    ingest_seq: int
    document_id: str
    file_name: str
    record_number: int | None
    source_timestamp: datetime
    load_timestamp: datetime
    run_id: str
    speaks_for: list[str]


@dataclass(frozen=True)
class Part:
    """The company's rows in one table.

    Attributes:
        table: the table.
        fields: its columns, without the entity's own.
        rows: at most `ROWS_SHOWN`, in the order of the key.
        is_list: whether there can be several rows.
        ingest_seq: of the document they are from; None if none speaks for the table.
    """

    table: str
    fields: list[Field]
    rows: list[Row]
    is_list: bool
    ingest_seq: int | None


@dataclass(frozen=True)
class Company:
    """A company.

    Attributes:
        duns: of the company.
        name: its primary name, or the one a family tree has; None if neither has one.
        parts: its rows, table by table; those of its own table first.
        families: the trees it is a member of, by their global ultimate.
        documents: the newest first, at most `DOCUMENTS_SHOWN`.
    """

    duns: str
    name: str | None
    parts: list[Part]
    families: list[str]
    documents: list[Document]

    @property
    def own_row(self) -> Row:
        """Its row in the table of companies; empty if it has none."""
        rows = [row for part in self.parts if part.table == COMPANIES for row in part.rows]
        return rows[0] if rows else {}

    @property
    def is_known(self) -> bool:
        """Whether anything is known about it."""
        return bool(self.families or self.documents or any(part.rows for part in self.parts))


def find_company(session: Session, duns: str) -> Company:
    """Everything the snapshot has of a company."""
    single, documents = _single(session), documents_about(session, duns)
    speakers = {table: d.ingest_seq for d in documents for table in d.speaks_for}
    parts = [part for contract in single for part in _parts(session, contract, duns, speakers)]
    found = Company(duns, None, parts, families_of(session, duns), documents[:DOCUMENTS_SHOWN])
    names = [found.own_row.get("primary_name"), *names_in_families(session, duns)]
    return replace(found, name=next((str(name) for name in names if name), None))


def documents_about(session: Session, duns: str) -> list[Document]:
    """All documents about a company that ODS holds, the newest first."""
    found = [one for contract in _single(session) for one in _documents(session, contract, duns)]
    return sorted(found, key=lambda document: document.ingest_seq, reverse=True)


def _single(session: Session) -> list[Contract]:
    return [c for c in session.contracts.values() if c.assembly is Assembly.SINGLE]


def families_of(session: Session, duns: str) -> list[str]:
    """The trees that a company is a member of, by their global ultimate."""
    return [
        row["root"]
        for contract in session.contracts.values()
        if contract.assembly is Assembly.PAGES and session.has(contract.members.name)
        for row in session.rows(
            f"""
            SELECT {quoted(contract.members.key[0])} AS root
            FROM {contract.members.name}
            WHERE {quoted(contract.members.key[-1])} = $duns
            ORDER BY root
            """,
            [contract.members.name],
            duns=duns,
        )
    ]


def names_in_families(session: Session, duns: str) -> list[str | None]:
    """The names that trees have for a member."""
    if "primary_name" not in session.columns(MEMBERS):
        return []
    sql = f"SELECT primary_name FROM {MEMBERS} WHERE duns = $duns ORDER BY global_duns"
    return [row["primary_name"] for row in session.rows(sql, [MEMBERS], duns=duns)]


def _documents(session: Session, contract: Contract, duns: str) -> Iterator[Document]:
    """The documents of one type about a company, and the tables they speak for."""
    if not session.has(contract.ods_table):
        return
    heads = session.rows(
        f"""
        SELECT table_name, ingest_seq
        FROM {HEADS}
        WHERE entity_id = $duns AND document_type = $document_type
        ORDER BY table_name
        """,
        [HEADS],
        duns=duns,
        document_type=contract.name,
    )
    found = session.rows(
        f"""
        SELECT {listed(_DOCUMENT)}
        FROM {contract.ods_table}
        WHERE entity_id = $duns AND ingest_seq <= $last
        """,
        [contract.ods_table],
        duns=duns,
        last=session.published_seq,
    )
    for row in found:
        speaks_for = [h["table_name"] for h in heads if h["ingest_seq"] == row["ingest_seq"]]
        yield Document(contract.name, **row, speaks_for=speaks_for)


def _parts(
    session: Session, contract: Contract, duns: str, speakers: dict[str, int]
) -> Iterator[Part]:
    """A company's rows in the tables of one contract."""
    for table in contract.tables:
        if not session.has(table.name):
            continue
        entity = table.key[0]
        others = [column for column in table.columns if column.name != entity]
        shown = others or list(table.columns)
        rows = session.rows(
            f"""
            SELECT {listed([column.name for column in shown])}
            FROM {table.name}
            WHERE {quoted(entity)} = $duns
            ORDER BY {listed(table.key)}
            LIMIT {ROWS_SHOWN}
            """,
            [table.name],
            duns=duns,
        )
        fields = [Field(column.name, column.type, path_of(column)) for column in shown]
        yield Part(table.name, fields, rows, table.each is not None, speakers.get(table.name))


def path_of(column: Column) -> str:
    """Where in the documents a column's value stands."""
    if column.which:
        return f"which of the paths of {column.which} was used"
    if not column.paths:
        return "computed"
    if column.labels:
        named = zip(column.labels, column.paths, strict=True)
        return " | ".join(f"{label}: {path}" for label, path in named)
    return " | ".join(map(str, column.paths))
