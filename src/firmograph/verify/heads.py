"""Checks of heads: the authoritative documents are those that plain `json` finds."""

from firmograph.verify.completeness import compare_completeness
from firmograph.verify.differences import Check, Differences
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain_contracts import PlainContract
from firmograph.verify.relations import HEAD_DOCUMENTS, PLAIN_DOCUMENTS, trees_of
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
        compare_completeness(evidence, found, contract)
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
