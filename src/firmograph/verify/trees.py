"""Assembles the expected rows of trees from pages that were read with plain `json`.

Which pages belong to a head is taken from the heads; the content of the pages is not.
"""

from firmograph.verify.differences import quoted
from firmograph.verify.evidence import Evidence
from firmograph.verify.plain_contracts import PlainContract, PlainTable
from firmograph.verify.relations import (
    HEAD_DOCUMENTS,
    PLAIN_DOCUMENTS,
    PLAIN_PAGES,
    TREE,
    expected_of,
    head_pages_of,
    plain_of,
    trees_of,
)

_TREE = f'"{TREE}"'
_PAGE_ORDER = "page_number NULLS LAST, source_timestamp DESC, h.ingest_seq DESC"
"""The order of a head's pages: by number; of equal ones, and those without, the newest first."""


def assemble_trees(evidence: Evidence) -> None:
    """Stages the facts and rows of each tree's head, as `trees_of` and `expected_of`."""
    engine = evidence.engine
    for contract in evidence.contracts:
        if not contract.delivery:
            continue
        engine.create_temp(head_pages_of(contract), _head_pages(contract))
        for table in contract.tables:
            if table.each:
                engine.create_temp(expected_of(table), _expected_elements(contract, table))
        engine.create_temp(trees_of(contract), _trees(contract))
        for table in contract.tables:
            if not table.each:
                engine.create_temp(expected_of(table), _expected_rows(contract, table))


def _head_pages(contract: PlainContract) -> str:
    return f"""
        SELECT k.table_name, k.entity_id, d.document_id, d.source_timestamp, g.*
        FROM {HEAD_DOCUMENTS} k
        JOIN {PLAIN_DOCUMENTS} d
            ON d.ingest_seq = k.ingest_seq AND d.document_type = k.document_type
        JOIN {PLAIN_PAGES} g
            ON g.ingest_seq = k.ingest_seq
        WHERE k.document_type = '{contract.name}'
    """


def _expected_elements(contract: PlainContract, table: PlainTable) -> str:
    """A query: the elements of all pages of a head; of equal keys, the first is used."""
    key = ", ".join(f"m.{column}" for column in quoted(table.key))
    return f"""
        SELECT h.entity_id AS {_TREE}, m.*
        FROM {plain_of(table)} m
        JOIN {head_pages_of(contract)} h
            ON h.ingest_seq = m.ingest_seq AND h.table_name = '{table.name}'
        QUALIFY row_number() OVER (
            PARTITION BY h.entity_id, {key}
            ORDER BY {_PAGE_ORDER}, m.row_number
        ) = 1
    """


def _trees(contract: PlainContract) -> str:
    """A query: the facts of a head, combined from its pages, one row per tree and table."""
    newest = "ORDER BY source_timestamp, ingest_seq"
    members = contract.members
    return f"""
        WITH members AS (
            SELECT {_TREE} AS entity_id, count(*) AS members
            FROM {expected_of(members)}
            GROUP BY {_TREE}
        ), counted AS (
            SELECT
                *,
                if(branches_excluded, members_count_without_branches, members_count) AS counted
            FROM {head_pages_of(contract)}
        ), summed AS (
            SELECT
                h.table_name,
                h.entity_id,
                last(ingest_seq {newest}) AS ingest_seq,
                max(source_timestamp) AS source_timestamp,
                list(document_id ORDER BY {_PAGE_ORDER}) AS document_ids,
                last(branches_excluded {newest}) AS branches_excluded,
                last(counted {newest}) FILTER (counted IS NOT NULL) AS members_expected,
                coalesce(any_value(m.members), 0) AS members_received,
                CASE
                    WHEN count(page_number) = count(*) AND count(DISTINCT page_size) < 2
                    THEN last(page_count {newest}) FILTER (page_count IS NOT NULL)
                END AS pages_expected,
                count(*) AS documents,
                list(DISTINCT page_number) AS page_numbers
            FROM counted h
            LEFT JOIN members m
                ON m.entity_id = h.entity_id
            GROUP BY h.table_name, h.entity_id
        ), paged AS (
            SELECT
                * EXCLUDE (documents, page_numbers),
                CASE
                    WHEN pages_expected IS NULL THEN documents
                    ELSE len(list_filter(page_numbers, lambda n: n <= pages_expected))
                END AS pages_received
            FROM summed
        )
        SELECT *, {is_complete()} AS is_complete
        FROM paged
    """


def is_complete() -> str:
    """A condition: what a tree's counts prove; that it is complete if so, else that it is not."""
    return """coalesce(
        members_received > 0
            AND (
                pages_received = pages_expected
                OR members_received = members_expected
                OR (pages_expected IS NULL AND members_received > members_expected)
            ),
        false
    )"""


def _expected_rows(contract: PlainContract, table: PlainTable) -> str:
    """A query: the columns read from a head's newest page, and those computed from all pages."""
    columns = [f"r.{column}" for column in quoted(c.name for c in table.read)]
    columns += [f"t.{column}" for column in quoted(table.computed)]
    return f"""
        SELECT {", ".join(columns)}
        FROM {plain_of(table)} r
        JOIN {trees_of(contract)} t
            ON t.ingest_seq = r.ingest_seq AND t.table_name = '{table.name}'
    """
