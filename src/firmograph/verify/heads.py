"""Checks of heads: the authoritative documents are those that plain `json` finds."""

import pyarrow as pa

from firmograph.verify.differences import Check, Differences
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain import PlainContract
from firmograph.verify.relations import HEAD_DOCUMENTS, PLAIN_DOCUMENTS, WAITING_TREES, trees_of
from firmograph.verify.rows import compare_rows

_PARENT = "parent_duns"


def check_heads(evidence: Evidence) -> Check:
    """Checks the heads, and the members of trees, against what plain `json` reads."""
    found = Differences()
    for contract in evidence.contracts:
        if not contract.delivery:
            _compare_heads(evidence, found, contract, _document_heads(contract))
            continue
        _compare_heads(evidence, found, contract, f"SELECT * FROM {trees_of(contract)}")
        _compare_pages(evidence, found, contract)
        _compare_newest(evidence, found, contract)
        compare_rows(evidence, found, contract, contract.members, [_PARENT])
    heads = evidence.number(f"SELECT count(*) FROM {HEADS}", [HEADS])
    documents = evidence.number(f"SELECT count(*) FROM {PLAIN_DOCUMENTS}")
    return Check("heads", f"{heads} heads of {documents} documents", heads, found)


def _document_heads(contract: PlainContract) -> str:
    """A query: the greatest document of each entity by (covers, source time, arrival)."""
    heads = [
        f"""(
            SELECT
                '{table.name}' AS table_name,
                entity_id,
                ingest_seq,
                source_timestamp,
                covers[{place}] AS is_complete,
                [document_id] AS document_ids
            FROM {PLAIN_DOCUMENTS}
            WHERE document_type = '{contract.name}'
            QUALIFY row_number() OVER (
                PARTITION BY entity_id
                ORDER BY covers[{place}] DESC, source_timestamp DESC, ingest_seq DESC
            ) = 1
        )"""
        for place, table in enumerate(contract.tables, 1)
    ]
    return " UNION ALL ".join(heads)


def _compare_heads(
    evidence: Evidence, found: Differences, contract: PlainContract, plain: str
) -> None:
    """Compares the heads of a document type with those of a query."""
    evidence.differ(
        found,
        "{entity_id}: its head for {table_name} is {held}; by ODS it is {said}",
        f"""
        WITH held AS (
            SELECT * RENAME (covers AS is_complete)
            FROM {HEADS}
            WHERE document_type = '{contract.name}'
        ), plain AS (
            {plain}
        )
        SELECT
            coalesce(h.entity_id, p.entity_id) AS entity_id,
            coalesce(h.table_name, p.table_name) AS table_name,
            {_describe("h")} AS held,
            {_describe("p")} AS said
        FROM held h
        FULL JOIN plain p
            ON p.entity_id = h.entity_id AND p.table_name = h.table_name
        WHERE (h.ingest_seq, h.source_timestamp, h.is_complete, h.document_ids)
            IS DISTINCT FROM (p.ingest_seq, p.source_timestamp, p.is_complete, p.document_ids)
        ORDER BY 1, 2
        """,
        [HEADS],
    )


def _describe(head: str) -> str:
    """SQL that describes a head."""
    return f"""if(
        {head}.ingest_seq IS NULL,
        'none',
        concat(
            'document ', {head}.ingest_seq, ' of ', {head}.source_timestamp,
            if({head}.is_complete, '', ', not covering'),
            ' (',
            array_to_string([left(d, 8) for d in {head}.document_ids[1:4]], ' '),
            ')'
        )
    )"""


def _compare_pages(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that the pages of a head belong to its tree."""
    evidence.differ(
        found,
        "{entity_id}: document {ingest_seq} of its head is a page of {other}",
        f"""
        SELECT DISTINCT k.entity_id, k.ingest_seq, d.entity_id AS other
        FROM {HEAD_DOCUMENTS} k
        JOIN {PLAIN_DOCUMENTS} d
            ON d.ingest_seq = k.ingest_seq
        WHERE k.document_type = '{contract.name}' AND d.entity_id <> k.entity_id
        ORDER BY ALL
        """,
    )


def _compare_newest(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that the newest page of a tree is in its complete head, unless the tree waits."""
    rows = [{"entity_id": duns} for duns in _waiting(evidence, contract)]
    evidence.engine.drop(WAITING_TREES)
    evidence.engine.load(WAITING_TREES, pa.Table.from_pylist(rows, WAITING_TREES.schema))
    evidence.differ(
        found,
        "{entity_id}: its newest page is document {ingest_seq}, {what}",
        f"""
        WITH heads AS (
            SELECT *
            FROM {HEADS}
            WHERE document_type = '{contract.name}' AND table_name = '{contract.root.name}'
        ), pages AS (
            SELECT *
            FROM {PLAIN_DOCUMENTS}
            WHERE document_type = '{contract.name}'
            QUALIFY row_number() OVER (PARTITION BY document_id ORDER BY ingest_seq DESC) = 1
        ), newest AS (
            SELECT
                entity_id,
                last(ingest_seq ORDER BY source_timestamp, ingest_seq) AS ingest_seq,
                last(document_id ORDER BY source_timestamp, ingest_seq) AS document_id
            FROM pages
            GROUP BY entity_id
        )
        SELECT
            h.entity_id,
            n.ingest_seq,
            if(
                w.entity_id IS NULL,
                'which is not in its complete head, yet the snapshot names no missing pages',
                'which is in its complete head, yet the snapshot names missing pages'
            ) AS what
        FROM heads h
        JOIN newest n
            ON n.entity_id = h.entity_id
        LEFT JOIN {WAITING_TREES} w
            ON w.entity_id = h.entity_id
        WHERE (h.covers AND list_contains(h.document_ids, n.document_id))
            = (w.entity_id IS NOT NULL)
        ORDER BY 1
        """,
        [HEADS],
    )


def _waiting(evidence: Evidence, contract: PlainContract) -> list[str]:
    """Trees that lack pages; those of all types but the first are named ``<type>:<DUNS>``."""
    named = list(evidence.snapshot.state.waiting_trees)
    first = next(other for other in evidence.contracts if other.delivery)
    if contract is first:
        return [name for name in named if ":" not in name]
    prefix = f"{contract.name}:"
    return [name.removeprefix(prefix) for name in named if name.startswith(prefix)]
