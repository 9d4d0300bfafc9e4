"""Finds the files and documents that are in ODS, and copies documents from another ODS."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

import pyarrow as pa

from firmograph.control.ledger import CLOSED_RUNS, COMPLETED_SEQ, LEDGER
from firmograph.control.quarantine import QUARANTINE
from firmograph.control.snapshots import SNAPSHOTS
from firmograph.engine.base import Engine
from firmograph.ingest.decisions import KnownFiles, LeftOver
from firmograph.ingest.readings import KnownHashes, LastReadings
from firmograph.lake.files import meeting
from firmograph.lake.lake import Lake
from firmograph.sources.names import FileNames
from firmograph.storage.base import Storage

Span = tuple[int, int]
"""A span of `ingest_seq`, both ends included."""

EVERYTHING: Span = (0, 2**63 - 1)


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """The spans, sorted, without the parts that are in `holes`."""
    merged = joined(holes)
    left = []
    for first, last in sorted(spans):
        start = first
        for low, high in meeting(merged, first, last):
            if start < low:
                left.append((start, low - 1))
            start = high + 1
        if start <= last:
            left.append((start, last))
    return left


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans, sorted, with those that overlap or touch each other joined."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


def known_files(engine: Engine, names: FileNames, uploads: Storage) -> KnownFiles:
    """Finds the files in ODS.

    A run moves its files before it closes its entry in the ledger. The files of an interrupted run
    count as unsettled until a later run is closed, which completed what it left; a rebuild or
    another command may have published their documents before.

    Args:
        engine: of the lake.
        names: how the files of each document type are named.
        uploads: the upload folder.
    """
    completed = engine.query_local(COMPLETED_SEQ, [SNAPSHOTS, LEDGER])
    settled_seq = completed.column(0)[0].as_py()
    is_settled = f"ingest_seq <= {settled_seq} OR run_id IN ({CLOSED_RUNS})"
    settled = _settled(engine, is_settled)
    deliveries = sorted(filter(None, settled["delivery"].to_pylist()))
    return KnownFiles(
        KnownHashes(b"".join(settled["digest"].to_pylist())),
        KnownHashes(b"".join(deliveries)),
        _unsettled(engine, is_settled) if last_seq(engine) > settled_seq else {},
        LastReadings(engine, names, uploads).find,
        partial(names.recognise, uploads),
        _refused(engine),
    )


def _settled(engine: Engine, is_settled: str) -> pa.Table:
    """The digest of each settled file, and of its delivery where nothing of it is unsettled."""
    tables = list(engine.lake.ods_tables.values())
    documents = " UNION ALL ".join(
        f"SELECT file_sha256, file_name, ingest_seq, {is_settled} AS is_settled FROM {name}"
        for name in tables
    )
    return engine.query_local(
        f"""
        SELECT
            unhex(file_sha256) AS digest,
            CASE
                WHEN bool_and(is_settled)
                THEN unhex(sha256(file_sha256 || arg_max(file_name, ingest_seq)))
            END AS delivery
        FROM ({documents})
        GROUP BY file_sha256
        HAVING bool_or(is_settled)
        ORDER BY digest
        """,
        [*tables, LEDGER],
    )


def _unsettled(engine: Engine, is_settled: str) -> dict[tuple[str, str], LeftOver]:
    """The unsettled files, by SHA-256 and name."""
    found = {}
    for name in engine.lake.ods_tables.values():
        rows = engine.query_local(
            f"""
            WITH unsettled AS (
                SELECT file_sha256, file_name, count(*) AS document_count
                FROM {name}
                WHERE NOT ({is_settled})
                GROUP BY file_sha256, file_name
            ),
            deliveries AS (
                SELECT file_sha256, file_name, count(DISTINCT run_id) AS deliveries
                FROM {name}
                SEMI JOIN unsettled USING (file_sha256, file_name)
                GROUP BY file_sha256, file_name
            ),
            entries AS (
                SELECT file_sha256, file_name, count(*) AS counted
                FROM {LEDGER}
                SEMI JOIN unsettled USING (file_sha256, file_name)
                WHERE activity = 'ingest' AND status = 'ingested'
                GROUP BY file_sha256, file_name
            )
            SELECT
                file_sha256,
                file_name,
                document_count,
                deliveries,
                coalesce(counted, 0) AS counted
            FROM unsettled
            JOIN deliveries USING (file_sha256, file_name)
            LEFT JOIN entries USING (file_sha256, file_name)
            """,
            [name, LEDGER],
        )
        for row in rows.to_pylist():
            key = row.pop("file_sha256"), row.pop("file_name")
            found[key] = LeftOver(**row)
    return found


def _refused(engine: Engine) -> dict[str, str]:
    """The last name under which each refused file came, by SHA-256."""
    rows = engine.query_local(
        f"""
        SELECT document_id, max_by(file_name, load_timestamp) AS file_name
        FROM {QUARANTINE}
        WHERE scope = 'file'
        GROUP BY document_id
        """,
        [QUARANTINE],
    )
    return {row["document_id"]: row["file_name"] for row in rows.to_pylist()}


def last_seq(engine: Engine) -> int:
    """The highest `ingest_seq` in ODS; 0 if it is empty."""
    return max(engine.store.max_value(name) or 0 for name in engine.lake.ods_tables.values())


def copy_ods(source: Lake, engine: Engine, end: datetime) -> None:
    """Copies the documents loaded before `end` from another lake's ODS, unchanged."""
    for name in engine.lake.ods_tables.values():
        appender = engine.store.appender(name)
        for batch in engine.store.read_rows(
            name, source.specs[name].schema.names, [EVERYTHING], source
        ):
            early = [time < end for time in batch["load_timestamp"].to_pylist()]
            appender.write(pa.table(batch.filter(pa.array(early))))
        appender.commit()
