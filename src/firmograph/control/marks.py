"""Marks: the statuses of documents that people, rollbacks and later deliveries decide.

A mark is one more attempt of the document's case in the quarantine; an accepted document has no
case before its first mark. Marks order by attempt, and never by time, since clocks step back.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from firmograph.control.quarantine import (
    CASE,
    LATEST,
    QUARANTINE,
    SET_ASIDE,
    check_id,
    check_is_one,
    find_case,
    query_latest,
    seqs_of,
)
from firmograph.engine.base import Engine
from firmograph.engine.sql import listed, literal
from firmograph.errors import UsageError

Row = Mapping[str, Any]

_ODS_COLUMNS = (
    "file_name",
    "document_id",
    "entity_id",
    "record_number",
    "ingest_seq",
    "file_sha256",
)


def mark(engine: Engine, cases: Iterable[Row], status: str, reason: str | None = None) -> None:
    """Appends a status to some cases.

    Args:
        engine: of the lake.
        cases: rows of the quarantine, or documents as `find_documents` returns them.
        status: the new one; also the rule of the row.
        reason: why, in a sentence; by default each row's own.
    """
    distinct = {tuple(row[name] for name in CASE): row for row in cases}
    append(engine, [marked(row, status, reason) for row in distinct.values()])


def marked(row: Row, status: str, reason: str | None = None) -> dict[str, Any]:
    """The row of a case with a new status, which is also its rule."""
    absent = dict.fromkeys(("value", "line", "column"))
    found = {**row, **absent, "rule": status, "json_path": "$", "status": status}
    return found if reason is None else {**found, "reason": reason}


def append(engine: Engine, rows: Iterable[Row]) -> None:
    """Appends rows as the next attempt of their cases, stamped by this run."""
    stamp = engine.stamp
    stamped = [
        {
            **row,
            "attempt": row["attempt"] + 1,
            "run_id": stamp.run_id,
            "load_timestamp": stamp.now,
        }
        for row in rows
    ]
    schema = engine.lake.specs[QUARANTINE].schema
    engine.store.append(QUARANTINE, schema.empty_table().from_pylist(stamped, schema))


def find_documents(engine: Engine, condition: str) -> list[dict[str, Any]]:
    """Documents of ODS, each with the status and the attempt of its case; None and 0 without one.

    Args:
        engine: of the lake.
        condition: in DuckDB's dialect, over the columns of ODS and `status`.
    """
    tables = engine.lake.ods_tables
    columns = listed(_ODS_COLUMNS)
    documents = " UNION ALL ".join(
        f"SELECT {literal(kind)} AS document_type, {columns} FROM {table}"
        for kind, table in tables.items()
    )
    return query_latest(
        engine,
        f"""
        WITH documents AS (
          {documents}
        ),
        cases AS (
          SELECT DISTINCT ingest_seq, status, attempt
          FROM {LATEST}
          WHERE scope = 'document'
        ),
        found AS (
          SELECT d.*, 'document' AS scope, c.status, coalesce(c.attempt, 0) AS attempt
          FROM documents d
          LEFT JOIN cases c
            ON c.ingest_seq = d.ingest_seq
        )
        SELECT *
        FROM found
        WHERE {condition}
        ORDER BY ingest_seq
        """,
        list(tables.values()),
    )


def find_document(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    """The rows in ODS of the one document whose id begins with `document_id`.

    Raises:
        UsageError: if no document or several match.
    """
    check_id(document_id)
    prefix = literal(document_id.lower())
    rows = find_documents(engine, f"starts_with(document_id, {prefix})")
    if not rows:
        raise UsageError(
            f"no document in ODS has an id that begins with {document_id!r}",
            hint="the column document_id of the ODS tables and of tb_entity_heads holds them",
        )
    check_is_one(rows, document_id, "documents")
    return rows


def count_withdrawn(engine: Engine, spans: Collection[tuple[int, int]]) -> int:
    """How many documents are withdrawn, by rollbacks and one by one.

    Args:
        engine: of the lake.
        spans: of `ingest_seq` that rollbacks withdrew.
    """
    seqs = set(seqs_of(engine, ["withdrawn"]))
    if spans:
        seqs |= {row["ingest_seq"] for row in find_documents(engine, " OR ".join(_within(spans)))}
    return len(seqs)


def find_withdrawn(
    engine: Engine, spans: Collection[tuple[int, int]], hashes: Iterable[str]
) -> list[dict[str, Any]]:
    """Withdrawn documents of some files; see `find_documents`.

    Args:
        engine: of the lake.
        spans: of `ingest_seq` that rollbacks withdrew.
        hashes: the SHA-256 of the files.
    """
    conditions = _within(spans)
    if seqs_of(engine, ["withdrawn"]):
        conditions.append("status = 'withdrawn'")
    if not conditions:
        return []  # as nearly always: then ODS is not read
    files = ", ".join(map(literal, hashes))
    return find_documents(engine, f"file_sha256 IN ({files}) AND ({' OR '.join(conditions)})")


def _within(spans: Iterable[tuple[int, int]]) -> list[str]:
    return [f"ingest_seq BETWEEN {low} AND {high}" for low, high in spans]


def parts_of(engine: Engine, documents: Iterable[Row], status: str) -> list[dict[str, Any]]:
    """The cases of elements of some documents that have a status."""
    seqs = {row["ingest_seq"] for row in documents}
    return [row for row in parts_with(engine, status) if row["ingest_seq"] in seqs]


def is_set_aside(document: Row) -> bool:
    """Whether a document is kept out of the tables by its status."""
    return document["status"] in ("open", *SET_ASIDE)


def discard(engine: Engine, document_ids: Iterable[str], why: str) -> list[str]:
    """Closes the open cases of some documents for good; returns the names of their files.

    Raises:
        UsageError: if one of them has no open case; then none is closed.
    """
    rows = [row for document_id in document_ids for row in _open_rows(engine, document_id)]
    mark(engine, rows, "discarded", why)
    return sorted({str(row["file_name"]) for row in rows})


def _open_rows(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    found = find_case(engine, document_id)
    rows = [row for row in found if row["status"] == "open"]
    if not rows:
        raise UsageError(
            f"document {found[0]['document_id'][:16]} is not open in the quarantine: it is "
            f"{found[-1]['status']}",
            hint="`firmograph quarantine list` lists what is open",
        )
    return rows


def parts_with(engine: Engine, status: str) -> list[dict[str, Any]]:
    """The cases of elements and of files that have a status."""
    return query_latest(
        engine,
        f"SELECT * FROM {LATEST} WHERE status = {literal(status)} AND scope <> 'document'",
    )
