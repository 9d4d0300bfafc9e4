"""Corrections: refusals are closed once a later delivery corrects them.

A later document corrects a refused one if one of these holds:

- it is the same document or has its place (same file name, same record), and is of the same entity;
- the entity's head for every table that the refused document covers is later, by source time and by
  arrival, so that it could not become a head any more.

A refused file is corrected by a whole file of its name, though documents in that may be refused.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from firmograph.control.marks import find_documents, is_set_aside, mark
from firmograph.control.quarantine import LATEST, SET_ASIDE, query_latest
from firmograph.engine.base import Engine
from firmograph.engine.sql import literal
from firmograph.lake.raw_data import decode_raw
from firmograph.staging.schema import REFUSALS

Row = dict[str, Any]


class Coverage(NamedTuple):
    """Which tables documents cover.

    Attributes:
        tables: all tables of each document type.
        find: those that a document of a type covers, given its bytes, though it is refused.
    """

    tables: Mapping[str, Collection[str]]
    find: Callable[[str, bytes], Collection[str]]


def close_corrected(engine: Engine, published_seq: int, coverage: Coverage) -> int:
    """Closes the open cases that this run corrects; returns how many.

    Args:
        engine: of the lake, with the heads of this run.
        published_seq: the last document of the last snapshot; later ones are new.
        coverage: which tables documents cover.
    """
    rows = query_latest(engine, f"SELECT * FROM {LATEST} WHERE status = 'open'")
    if not rows:
        return 0
    reasons = _by_head(engine, rows, published_seq, coverage)
    reasons |= _by_place(engine, rows, published_seq)
    closed = [{**row, "reason": reasons[key]} for row in rows if (key := _key(row)) in reasons]
    mark(engine, closed, "superseded")
    return len({(_key(row), row["scope"]) for row in closed})


def _key(row: Row) -> tuple[Any, ...]:
    """What a correction refers to: a document, or a file."""
    if row["ingest_seq"] is not None:
        return (row["ingest_seq"],)
    return (row["document_id"], row["file_name"])


def _by_place(engine: Engine, rows: list[Row], published_seq: int) -> dict[tuple[Any, ...], str]:
    """The reasons of cases whose document was accepted in this run, or whose file was read."""
    still_open = f"FROM {LATEST} WHERE status = 'open'"
    condition = f"""
        ingest_seq > {published_seq} AND (
          file_name IN (SELECT file_name {still_open})
          OR document_id IN (SELECT document_id {still_open})
        )
    """
    fresh = [row for row in find_documents(engine, condition) if row["status"] not in SET_ASIDE]
    again = {row["file_name"]: row for row in fresh}
    same, at_place = defaultdict[str, list[Row]](list), defaultdict[Any, list[Row]](list)
    for row in reversed(fresh):
        if not is_set_aside(row):
            same[row["document_id"]].append(row)
            at_place[row["file_name"], row["record_number"]].append(row)
    staged = engine.query(f"SELECT DISTINCT file_name FROM {REFUSALS} WHERE scope = 'file'")
    still_refused = set(staged["file_name"].to_pylist())
    found = {}
    for row in rows:
        if row["scope"] == "file":
            other = None if row["file_name"] in still_refused else again.get(row["file_name"])
        else:
            place = (row["file_name"], row["record_number"])
            others = (*same[row["document_id"]], *at_place[place])
            other = next((one for one in others if _is_later(one, row)), None)
        if other:
            found[_key(row)] = _reason(other["file_name"], other["document_id"])
    return found


def _is_later(other: Row, row: Row) -> bool:
    is_same_entity = row["entity_id"] in (None, other["entity_id"])
    return bool(other["ingest_seq"] > row["ingest_seq"] and is_same_entity)


def _by_head(
    engine: Engine, rows: list[Row], published_seq: int, coverage: Coverage
) -> dict[tuple[Any, ...], str]:
    """The reasons of cases whose document could not become a head any more."""
    seqs = {row["ingest_seq"] for row in rows if row["ingest_seq"] and row["entity_id"]}
    if not seqs:
        return {}
    found = {}
    for row in _with_later_heads(engine, seqs, published_seq):
        tables = coverage.tables[row["document_type"]]
        later, known = set(row["later"]), set(row["known"])
        # the document is parsed only if a head is new: else an earlier run has decided
        if not later.issuperset(tables) and row["last_seq"] > published_seq:
            raw = decode_raw(row["raw_data"], row["raw_encoding"])
            covered = coverage.find(row["document_type"], raw)
            tables = covered if covered and known.issuperset(tables) else tables
        if later.issuperset(tables):
            found[row["ingest_seq"],] = _reason("a later delivery", row["head_id"])
    return found


def _with_later_heads(engine: Engine, seqs: Iterable[int], published_seq: int) -> list[Row]:
    """Refused documents, with the tables whose head is later.

    Args:
        engine: of the lake.
        seqs: of the documents.
        published_seq: the bytes of a document are returned if a head after this one is among them.

    Returns:
        For each: in `later` the tables whose head covers them, in `known` those whose head covers
        them or is later; the last such head is `head_id`.
    """
    tables = engine.lake.ods_tables
    return query_latest(
        engine,
        f"""
        SELECT
          ingest_seq,
          document_type,
          any_value(raw_data) FILTER (
            covers AND is_later AND head_seq > {published_seq}
          ) AS raw_data,
          any_value(raw_encoding) AS raw_encoding,
          list(table_name) FILTER (covers AND is_later) AS later,
          list(table_name) FILTER (covers OR is_later) AS known,
          max(head_seq) FILTER (covers AND is_later) AS last_seq,
          max_by(document_id, head_seq) FILTER (covers AND is_later) AS head_id
        FROM ({_compared(tables, ", ".join(map(str, sorted(seqs))))})
        GROUP BY ingest_seq, document_type
        HAVING count(*) FILTER (covers AND is_later) > 0
        """,
        ["tb_entity_heads", *tables.values()],
    )


def _compared(tables: Mapping[str, str], listed: str) -> str:
    """A query: refused documents, given by `ingest_seq`, beside the heads of their entities."""
    return f"""
        WITH documents AS (
          {_documents(tables, listed)}
        ),
        cases AS (
          SELECT DISTINCT ingest_seq, entity_id
          FROM {LATEST}
          WHERE entity_id IS NOT NULL AND ingest_seq IN ({listed})
        )
        SELECT
          d.*,
          h.table_name,
          h.covers,
          h.ingest_seq AS head_seq,
          h.document_ids[1] AS document_id,
          h.ingest_seq > d.ingest_seq AND h.source_timestamp >= d.source_timestamp AS is_later
        FROM cases c
        JOIN documents d
          ON d.ingest_seq = c.ingest_seq
        JOIN tb_entity_heads h
          ON h.document_type = d.document_type
          AND h.entity_id = c.entity_id
    """


def _documents(tables: Mapping[str, str], listed: str) -> str:
    """A query: documents of ODS, given by `ingest_seq`."""
    return " UNION ALL ".join(
        f"""
        SELECT
          {literal(kind)} AS document_type,
          ingest_seq,
          source_timestamp,
          raw_data,
          raw_encoding
        FROM {table}
        WHERE ingest_seq IN ({listed})
        """
        for kind, table in tables.items()
    )


def _reason(where: str, document_id: str) -> str:
    return f"corrected by document {document_id[:16]} of {where}"
