"""Corrections: refusals are closed once a later delivery corrects them.

A later document corrects a refused one if one of these holds:

- it is the same document or has its place (same file name, same record), and is of the same entity;
- the entity's head for every table of the type is later, by source time and by arrival, so that the
  refused document could not become a head any more.

A refused file is corrected by a whole file of its name.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from firmograph.control.marks import find_documents, is_set_aside, mark
from firmograph.control.quarantine import QUARANTINE, latest
from firmograph.engine.base import Engine
from firmograph.engine.sql import literal

Row = dict[str, Any]


def close_corrected(engine: Engine, published_seq: int, table_counts: Mapping[str, int]) -> int:
    """Closes the open cases that this run corrects; returns how many.

    Args:
        engine: of the lake, with the heads of this run.
        published_seq: the last document of the last snapshot; later ones are new.
        table_counts: how many tables each document type has.
    """
    rows = engine.query_local(
        f"""
        SELECT *
        FROM ({latest()})
        WHERE status = 'open'
        """,
        [QUARANTINE],
    ).to_pylist()
    if not rows:
        return 0
    reasons = _by_head(engine, rows, table_counts) | _by_place(engine, rows, published_seq)
    closed = [{**row, "reason": reasons[key]} for row in rows if (key := _key(row)) in reasons]
    mark(engine, closed, "superseded")
    return len({(_key(row), row["scope"]) for row in closed})


def _key(row: Row) -> tuple[Any, ...]:
    """What a correction refers to: a document, or a file."""
    if row["ingest_seq"] is not None:
        return (row["ingest_seq"],)
    return (row["document_id"], row["file_name"])


def _by_place(engine: Engine, rows: list[Row], published_seq: int) -> dict[tuple[Any, ...], str]:
    """The reasons of cases whose document or file arrived again in this run, and was accepted."""
    names = _listed(row["file_name"] for row in rows)
    ids = _listed(row["document_id"] for row in rows)
    condition = f"""
        ingest_seq > {published_seq} AND (file_name IN ({names}) OR document_id IN ({ids}))
    """
    fresh = [row for row in find_documents(engine, condition) if not is_set_aside(row)]
    again = {row["file_name"]: row for row in fresh}
    at_place = {(row["file_name"], row["record_number"]): row for row in fresh}
    same = {row["document_id"]: row for row in fresh}
    still_refused = {
        row["file_name"]
        for row in rows
        if row["scope"] == "file" and row["run_id"] == engine.stamp.run_id
    }
    found = {}
    for row in rows:
        if row["scope"] == "file":
            other = None if row["file_name"] in still_refused else again.get(row["file_name"])
        else:
            place = (row["file_name"], row["record_number"])
            other = same.get(row["document_id"]) or at_place.get(place)
            other = other if other and _is_later(other, row) else None
        if other:
            found[_key(row)] = _reason(other["file_name"], other["document_id"])
    return found


def _is_later(other: Row, row: Row) -> bool:
    is_same_entity = row["entity_id"] in (None, other["entity_id"])
    return bool(other["ingest_seq"] > row["ingest_seq"] and is_same_entity)


def _by_head(
    engine: Engine, rows: list[Row], table_counts: Mapping[str, int]
) -> dict[tuple[Any, ...], str]:
    """The reasons of cases whose document could not become a head any more."""
    seqs = {row["ingest_seq"] for row in rows if row["ingest_seq"] and row["entity_id"]}
    if not seqs:
        return {}
    tables = engine.lake.ods_tables
    listed = ", ".join(map(str, sorted(seqs)))
    times = " UNION ALL ".join(
        f"""
        SELECT {literal(kind)} AS document_type, ingest_seq, source_timestamp
        FROM {table}
        WHERE ingest_seq IN ({listed})
        """
        for kind, table in tables.items()
    )
    found = engine.query_local(
        f"""
        WITH documents AS (
          {times}
        ),
        refused AS (
          SELECT DISTINCT d.ingest_seq, d.source_timestamp, d.document_type, c.entity_id
          FROM ({latest()}) c
          JOIN documents d
            ON d.ingest_seq = c.ingest_seq
          WHERE c.entity_id IS NOT NULL
        ),
        heads AS (
          SELECT
            document_type,
            entity_id,
            count(*) AS tables,
            min(source_timestamp) AS source_timestamp,
            min(ingest_seq) AS first_seq,
            max(document_ids[1]) AS document_id
          FROM tb_entity_heads
          WHERE covers AND entity_id IN (SELECT entity_id FROM refused)
          GROUP BY document_type, entity_id
        )
        SELECT r.ingest_seq, h.document_type, h.tables, h.document_id
        FROM refused r
        JOIN heads h
          ON h.document_type = r.document_type
          AND h.entity_id = r.entity_id
          AND h.first_seq > r.ingest_seq
          AND h.source_timestamp >= r.source_timestamp
        """,
        [QUARANTINE, "tb_entity_heads", *tables.values()],
    ).to_pylist()
    return {
        (row["ingest_seq"],): _reason("a later delivery", row["document_id"])
        for row in found
        if row["tables"] == table_counts[row["document_type"]]
    }


def _reason(where: str, document_id: str) -> str:
    return f"corrected by document {document_id[:16]} of {where}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(literal, sorted(set(names))))
