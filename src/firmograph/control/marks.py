"""Marks: the statuses of documents that people, rollbacks and later deliveries decide.

A mark is one more attempt of the document's case in the quarantine; an accepted document has no
case before its first mark. Marks order by attempt, and never by time, since clocks step back.
"""

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from firmograph.control.quarantine import (
    CASE,
    QUARANTINE,
    SET_ASIDE,
    check_id,
    find_case,
    latest,
    seqs_of,
)
from firmograph.engine.base import Engine
from firmograph.engine.sql import listed, literal
from firmograph.errors import UsageError
from firmograph.staging.schema import REFUSALS

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
    rows: list[dict[str, Any]] = engine.query_local(
        f"""
        WITH documents AS (
          {documents}
        ),
        cases AS (
          SELECT DISTINCT ingest_seq, status, attempt
          FROM ({latest()})
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
        [QUARANTINE, *tables.values()],
    ).to_pylist()
    return rows


def find_document(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    """The rows in ODS of the one document whose id begins with `document_id`.

    Raises:
        UsageError: if no document or several match.
    """
    check_id(document_id)
    prefix = literal(document_id.lower())
    rows = find_documents(engine, f"starts_with(document_id, {prefix})")
    ids = sorted({row["document_id"] for row in rows})
    if not ids:
        raise UsageError(
            f"no document in ODS has an id that begins with {document_id!r}",
            hint="the column document_id of the ODS tables and of tb_entity_heads holds them",
        )
    if len(ids) > 1:
        shown = ", ".join(name[:16] for name in ids[:5])
        raise UsageError(
            f"{len(ids)} documents have ids that begin with {document_id!r}: {shown}",
            hint="give more digits",
        )
    return rows


def count_withdrawn(engine: Engine, spans: Collection[tuple[int, int]]) -> int:
    """How many documents are withdrawn, by rollbacks and one by one.

    Args:
        engine: of the lake.
        spans: of `ingest_seq` that rollbacks withdrew.
    """
    seqs = set(seqs_of(engine, ["withdrawn"]))
    if spans:
        within = " OR ".join(f"ingest_seq BETWEEN {low} AND {high}" for low, high in spans)
        seqs |= {row["ingest_seq"] for row in find_documents(engine, within)}
    return len(seqs)


def parts_of(engine: Engine, documents: Iterable[Row], status: str) -> list[dict[str, Any]]:
    """The cases of elements of some documents that have a status."""
    seqs = {row["ingest_seq"] for row in documents}
    return [row for row in _parts(engine, status) if row["ingest_seq"] in seqs]


def is_set_aside(document: Row) -> bool:
    """Whether a document is kept out of the tables by its status."""
    return document["status"] in ("open", *SET_ASIDE)


def discard(engine: Engine, document_id: str, why: str) -> list[str]:
    """Closes the open cases of a document for good; returns the names of their files."""
    found = find_case(engine, document_id)
    rows = [row for row in found if row["status"] == "open"]
    if not rows:
        raise UsageError(
            f"document {found[0]['document_id'][:16]} is not open in the quarantine: it is "
            f"{found[-1]['status']}",
            hint="`firmograph quarantine list` lists what is open",
        )
    mark(engine, rows, "discarded", why)
    return sorted({str(row["file_name"]) for row in rows})


def supersede(
    engine: Engine, documents: Iterable[Row], files: Mapping[tuple[str, str], str]
) -> list[dict[str, Any]]:
    """Marks documents as superseded, accepted and refused ones, and closes refusals of files.

    Documents that were discarded, withdrawn or superseded before stay so.

    Args:
        engine: of the lake.
        documents: as `find_documents` returns them, each with its `reason`.
        files: the reason, by SHA-256 and name of the deliveries whose open refusals are closed.

    Returns:
        The documents that were not set aside, whose rows must leave the tables.
    """
    fresh = [dict(row) for row in documents if row["status"] not in SET_ASIDE]
    reasons = {row["ingest_seq"]: row["reason"] for row in fresh}
    parts = [
        {**row, "reason": reason}
        for row in _parts(engine)
        if (
            reason := reasons.get(row["ingest_seq"])
            or files.get((row["document_id"], row["file_name"]))
        )
    ]
    mark(engine, [*fresh, *parts], "superseded")
    return [row for row in fresh if not is_set_aside(row)]


def supersede_delivery(
    engine: Engine, file_sha256: str, file_name: str, reason: str
) -> list[dict[str, Any]]:
    """Marks all documents of one delivery as superseded; see `supersede`.

    Args:
        engine: of the lake.
        file_sha256: of the delivery.
        file_name: under which it was ingested or refused.
        reason: names the delivery that supersedes it.
    """
    condition = f"file_sha256 = {literal(file_sha256)} AND file_name = {literal(file_name)}"
    documents = [{**row, "reason": reason} for row in find_documents(engine, condition)]
    return supersede(engine, documents, {(file_sha256, file_name): reason})


def supersede_earlier(engine: Engine, published_seq: int) -> list[dict[str, Any]]:
    """Marks earlier deliveries of bytes that were ingested again; see `supersede`.

    The same bytes are ingested again only under a name with another meaning, so the last delivery
    is the authoritative one, unless all its documents are refused: then the last one before it that
    has others is. This follows from ODS alone, so that an interrupted run loses nothing.

    Args:
        engine: of the lake; holds the staged refusals.
        published_seq: the last document of the last snapshot; later ones are new.
    """
    refused = _parts(engine)
    hashes = [row["document_id"] for row in refused if row["scope"] == "file"]
    newest: dict[str, str] = {}
    earlier: list[int] = []
    found = _deliveries(engine, published_seq, hashes)
    absent = _absent(engine) if found else set()
    for _, group in groupby(found, key=itemgetter("file_sha256")):
        deliveries = list(group)
        sound = (n for n, row in enumerate(deliveries) if not absent.issuperset(row["seqs"]))
        first = next(sound, 0)
        newest[deliveries[0]["file_sha256"]] = deliveries[first]["file_name"]
        earlier += [seq for row in deliveries[first + 1 :] for seq in row["seqs"]]
    reasons = {
        sha256: f"the same bytes were delivered again as {n}" for sha256, n in newest.items()
    }
    files = {
        (row["document_id"], row["file_name"]): reasons[row["document_id"]]
        for row in refused
        if row["scope"] == "file"
        and row["document_id"] in newest
        and row["file_name"] != newest[row["document_id"]]
    }
    if not earlier and not files:
        return []
    seqs = ", ".join(map(str, earlier)) or "NULL"
    documents = find_documents(engine, f"ingest_seq IN ({seqs})")
    return supersede(
        engine, [{**row, "reason": reasons[row["file_sha256"]]} for row in documents], files
    )


def _absent(engine: Engine) -> set[int]:
    """The documents that are not published: refused now or before, or set aside."""
    refused = engine.query(f"SELECT DISTINCT ingest_seq FROM {REFUSALS} WHERE scope = 'document'")
    return {*refused["ingest_seq"].to_pylist(), *seqs_of(engine, ("open", *SET_ASIDE))}


def _deliveries(
    engine: Engine, published_seq: int, hashes: Collection[str]
) -> list[dict[str, Any]]:
    """Deliveries of new bytes that came more than once or have one of some hashes, newest first."""
    tables = engine.lake.ods_tables.values()
    documents = " UNION ALL ".join(
        f"SELECT file_sha256, file_name, run_id, ingest_seq FROM {table}" for table in tables
    )
    wanted = ", ".join(map(literal, hashes)) or "NULL"
    rows: list[dict[str, Any]] = engine.query_local(
        f"""
        WITH documents AS (
          {documents}
        ),
        deliveries AS (
          SELECT
            file_sha256,
            file_name,
            list(ingest_seq) AS seqs,
            row_number() OVER (PARTITION BY file_sha256 ORDER BY max(ingest_seq) DESC) AS place,
            count(*) OVER (PARTITION BY file_sha256) AS times
          FROM documents
          WHERE file_sha256 IN (
            SELECT file_sha256 FROM documents WHERE ingest_seq > {published_seq}
          )
          GROUP BY file_sha256, file_name, run_id
        )
        SELECT file_sha256, file_name, seqs, place
        FROM deliveries
        WHERE times > 1 OR coalesce(file_sha256 IN ({wanted}), false)
        ORDER BY file_sha256, place
        """,
        list(tables),
    ).to_pylist()
    return rows


def _parts(engine: Engine, status: str = "open") -> list[dict[str, Any]]:
    """The cases of elements and of files that have a status."""
    rows: list[dict[str, Any]] = engine.query_local(
        f"""
        SELECT *
        FROM ({latest()})
        WHERE status = {literal(status)} AND scope <> 'document'
        """,
        [QUARANTINE],
    ).to_pylist()
    return rows
