"""Checks of which trees are complete, and of what the snapshot says that others lack."""

import pyarrow as pa

from firmograph.control.snapshots import WaitingTree
from firmograph.verify.differences import Differences
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain_contracts import PlainContract
from firmograph.verify.relations import (
    NEWEST_PAGES,
    PLAIN_DOCUMENTS,
    PLAIN_PAGES,
    TREE_PAGES,
    WAITING_TREES,
)
from firmograph.verify.trees import is_complete

_COUNTS = {
    "is_complete",
    "members_expected",
    "members_received",
    "pages_expected",
    "pages_received",
}
_ALIKE = ("page_count", "members_count", "members_count_without_branches")
"""What differs at most a little between the pages of a delivery."""


def compare_completeness(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that complete trees prove to be so, and that nothing received is called missing."""
    rows = [
        {"entity_id": duns, "missing_pages": tree.missing_pages}
        for duns, tree in _waiting(evidence, contract).items()
    ]
    evidence.engine.drop(WAITING_TREES)
    evidence.engine.load(WAITING_TREES, pa.Table.from_pylist(rows, WAITING_TREES.schema))
    _stage_pages(evidence, contract)
    if set(contract.root.computed) >= _COUNTS:
        _compare_counts(evidence, found, contract)
    _compare_newest(evidence, found, contract)
    _compare_missing(evidence, found, contract)


def _compare_counts(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that the counts of a tree do not contradict that it is complete, or is not."""
    table, key = contract.root.name, contract.root.key[0]
    evidence.differ(
        found,
        "{entity_id}: it is {what} with {members} members and {pages} pages",
        f"""
        SELECT
            "{key}" AS entity_id,
            if(is_complete, 'complete', 'not complete') AS what,
            concat(members_received, ' of ', coalesce(members_expected::VARCHAR, 'unknown'))
                AS members,
            concat(pages_received, ' of ', coalesce(pages_expected::VARCHAR, 'unknown')) AS pages
        FROM {table}
        WHERE is_complete IS DISTINCT FROM {is_complete()}
        ORDER BY 1
        """,
        [table],
    )


def _compare_newest(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that the newest page of a tree is in its complete head, unless the tree waits."""
    evidence.differ(
        found,
        "{entity_id}: its newest page is document {ingest_seq}, {what}",
        f"""
        WITH heads AS (
            SELECT *
            FROM {HEADS}
            WHERE document_type = '{contract.name}' AND table_name = '{contract.root.name}'
        )
        SELECT
            h.entity_id,
            n.ingest_seq,
            if(
                w.entity_id IS NULL,
                'which is not in its complete head, yet the snapshot names nothing missing',
                'which is in its complete head, yet the snapshot calls it incomplete'
            ) AS what
        FROM heads h
        JOIN {NEWEST_PAGES} n
            ON n.entity_id = h.entity_id
        LEFT JOIN {WAITING_TREES} w
            ON w.entity_id = h.entity_id
        WHERE (h.covers AND list_contains(h.document_ids, n.document_id))
            = (w.entity_id IS NOT NULL)
        ORDER BY 1
        """,
        [HEADS],
    )


def _compare_missing(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Checks that no page is called missing that was received with the newest one.

    Pages of the complete head, and older ones, belong to other deliveries; so may those without a
    count to compare.
    """
    alike = " AND ".join(f"({_differs_little(f'p.{fact}', f'n.{fact}')})" for fact in _ALIKE)
    evidence.differ(
        found,
        "{entity_id}: page {page_number} is called missing, but is document {ingest_seq}",
        f"""
        WITH heads AS (
            SELECT *
            FROM {HEADS}
            WHERE document_type = '{contract.name}' AND table_name = '{contract.root.name}'
        )
        SELECT DISTINCT p.entity_id, p.page_number, p.ingest_seq
        FROM {WAITING_TREES} w
        JOIN heads h
            ON h.entity_id = w.entity_id
        JOIN {NEWEST_PAGES} n
            ON n.entity_id = w.entity_id
        JOIN {TREE_PAGES} p
            ON p.entity_id = w.entity_id AND list_contains(w.missing_pages, p.page_number)
        WHERE p.branches_excluded = n.branches_excluded
            AND coalesce(p.page_size = n.page_size, true)
            AND n.source_timestamp - p.source_timestamp <= INTERVAL 24 HOURS
            AND (
                NOT h.covers
                OR (p.source_timestamp, p.ingest_seq) > (h.source_timestamp, h.ingest_seq)
            )
            AND coalesce(
                p.members_count - n.members_count,
                p.members_count_without_branches - n.members_count_without_branches
            ) IS NOT NULL
            AND {alike}
        ORDER BY ALL
        """,
        [HEADS],
    )


def _stage_pages(evidence: Evidence, contract: PlainContract) -> None:
    """Stages the pages of trees, and the newest of each tree that lists members."""
    pages = f"""
        SELECT d.entity_id, d.document_id, d.source_timestamp, g.*
        FROM {PLAIN_DOCUMENTS} d
        JOIN {PLAIN_PAGES} g
            ON g.ingest_seq = d.ingest_seq
        WHERE d.document_type = '{contract.name}'
        QUALIFY row_number() OVER (PARTITION BY d.document_id ORDER BY d.ingest_seq DESC) = 1
    """
    newest = f"""
        SELECT *
        FROM {TREE_PAGES}
        QUALIFY row_number() OVER (
            PARTITION BY entity_id
            ORDER BY has_members DESC, source_timestamp DESC, ingest_seq DESC
        ) = 1
    """
    evidence.engine.create_temp(TREE_PAGES, pages)
    evidence.engine.create_temp(NEWEST_PAGES, newest)


def _differs_little(one: str, other: str) -> str:
    """A condition: two counts differ by at most five or one in a hundred, or are unknown."""
    return f"""coalesce(
        abs({one} - {other}) <= greatest(5, floor(0.01 * greatest({one}, {other}))), true
    )"""


def _waiting(evidence: Evidence, contract: PlainContract) -> dict[str, WaitingTree]:
    """Trees that are not complete; those of all types but the first are named ``<type>:<DUNS>``."""
    named = evidence.snapshot.state.waiting_trees
    first = next(other for other in evidence.contracts if other.delivery)
    if contract is first:
        return {name: tree for name, tree in named.items() if ":" not in name}
    prefix = f"{contract.name}:"
    return {
        name.removeprefix(prefix): tree for name, tree in named.items() if name.startswith(prefix)
    }
