"""Counts of tree pages: how each document of a run ended."""

from collections.abc import Iterable, Mapping

from firmograph.contract.model import Contract
from firmograph.control.snapshots import WaitingTree
from firmograph.control.totals import DocumentTotals
from firmograph.engine.base import Engine, Relation
from firmograph.publish.trees.assemble import Assembled
from firmograph.staging.schema import documents_of


def count_documents(trees: Mapping[str, WaitingTree]) -> int:
    """How many documents wait."""
    return sum(len(tree.documents) for tree in trees.values())


def not_staged(
    engine: Engine, contract: Contract, waiting: Mapping[str, WaitingTree]
) -> dict[str, WaitingTree]:
    """Waiting trees without the documents that are staged again, which are counted as such."""
    found = engine.query(f"SELECT ingest_seq FROM {documents_of(contract)}")
    staged = set(found["ingest_seq"].to_pylist())
    return {
        duns: WaitingTree(tree.missing_pages, [d for d in tree.documents if d not in staged])
        for duns, tree in waiting.items()
    }


def count_trees(
    engine: Engine,
    contract: Contract,
    found: Assembled,
    before: Mapping[str, WaitingTree],
    published: Relation,
) -> DocumentTotals:
    """Counts the outcomes of the staged pages, and of those that waited before."""
    documents = engine.query(
        f"SELECT ingest_seq, entity_id, is_accepted FROM {documents_of(contract)}"
    ).to_pylist()
    written = engine.query(f"SELECT DISTINCT ingest_seq FROM {published}")
    changed = set(written["ingest_seq"].to_pylist())
    totals = DocumentTotals(
        received=len(documents), quarantined=sum(not d["is_accepted"] for d in documents)
    )
    fresh = {d["ingest_seq"]: d["entity_id"] for d in documents if d["is_accepted"]}
    for duns in found.touched:
        if duns in before:
            fresh.update(dict.fromkeys(before[duns].documents, duns))
    for seq, duns in fresh.items():
        head = found.heads.get(duns, [])
        if duns in found.waiting and seq in found.waiting[duns].documents:
            continue
        if seq not in head:
            totals.superseded += 1
        elif changed.intersection(head):
            totals.published += 1
        else:
            totals.unchanged += 1
    return totals


def emptied(
    before: Mapping[str, WaitingTree], refreshed: Iterable[str], touched: Iterable[str]
) -> dict[str, WaitingTree]:
    """The trees that waited, and of which no page is left."""
    return {duns: before[duns] for duns in {*refreshed} - {*touched} if duns in before}
