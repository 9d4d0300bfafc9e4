"""Family trees: deliveries assembled from all pages that ODS ever received."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmograph.contract.model import Contract
from firmograph.control.snapshots import WaitingTree
from firmograph.engine.base import Engine
from firmograph.publish.heads import HEADS
from firmograph.publish.trees.deliveries import Assembly, Delivery, Page, assemble
from firmograph.publish.trees.pages import pages_of_trees
from firmograph.publish.trees.relations import FRESH_PAGES
from firmograph.publish.trees.rows import assemble_rows, stage_heads
from firmograph.staging.schema import rows_of


@dataclass
class Assembled:
    """The trees with staged pages, assembled.

    Attributes:
        heads: the `ingest_seq` of the documents of each tree's head, by global DUNS.
        waiting: those that lack pages, by global DUNS.
        touched: the global DUNS of all of them.
    """

    heads: dict[str, list[int]] = field(default_factory=dict)
    waiting: dict[str, WaitingTree] = field(default_factory=dict)
    touched: list[str] = field(default_factory=list)


def assemble_trees(
    engine: Engine,
    contract: Contract,
    read_pages: Callable[[list[int]], None],
    waiting_before: Mapping[str, WaitingTree],
    *,
    is_only_type: bool,
    full_refresh: bool,
) -> Assembled:
    """Assembles every tree of which a page was staged, and stages its head and its rows.

    Args:
        engine: holds the staged pages.
        contract: of a document type that comes in pages.
        read_pages: stages the rows of documents, by their `ingest_seq`.
        waiting_before: trees that lacked pages before; their documents are counted again.
        is_only_type: whether no other document type comes in pages.
        full_refresh: whether to ignore pages of earlier runs.
    """
    trees = pages_of_trees(engine, contract, is_only_type=is_only_type, full_refresh=full_refresh)
    heads = _current_heads(engine, contract) if not full_refresh else {}
    found = Assembled(touched=sorted(trees))
    rows = _PageRows(engine, contract, read_pages)
    new_heads: dict[str, Assembly] = {}
    for duns, pages in sorted(trees.items()):
        assembly = assemble(pages, rows.distinct_members)
        documents = [page.document_id for page in assembly.head.pages]
        found.heads[duns] = [page.ingest_seq for page in assembly.head.pages]
        if (documents, assembly.head.newest.ingest_seq) != heads.get(duns):
            new_heads[duns] = assembly
        before = waiting_before.get(duns)
        counted = rows.fresh.intersection(page.ingest_seq for page in pages)
        counted.update(before.documents if before else ())
        if waiting := _waiting(assembly, counted):
            found.waiting[duns] = waiting
    rows.fetch(page for assembly in new_heads.values() for page in assembly.head.pages)
    stage_heads(engine, contract, new_heads, heads)
    assemble_rows(engine, contract)
    return found


class _PageRows:
    """The staged rows of pages; those of older pages are read from ODS when needed."""

    def __init__(
        self, engine: Engine, contract: Contract, read_pages: Callable[[list[int]], None]
    ) -> None:
        self._engine = engine
        self._members = contract.members
        self._read_pages = read_pages
        found = engine.query(f"SELECT ingest_seq FROM {FRESH_PAGES}")
        self.fresh: set[int] = set(found["ingest_seq"].to_pylist())
        self._staged = set(self.fresh)

    def fetch(self, pages: Iterable[Page]) -> list[int]:
        """Stages the rows of some pages unless they are staged; returns their `ingest_seq`."""
        seqs = [page.ingest_seq for page in pages]
        if absent := [seq for seq in seqs if seq not in self._staged]:
            self._read_pages(absent)
            self._staged.update(absent)
        return seqs

    def distinct_members(self, delivery: Delivery) -> int:
        """How many distinct members the pages of a delivery hold."""
        listed = ", ".join(map(str, self.fetch(delivery.pages)))
        found = self._engine.query(f"""
            SELECT count(DISTINCT "{self._members.key[1]}") AS members
            FROM {rows_of(self._members)}
            WHERE ingest_seq IN ({listed})
        """)
        return int(found["members"][0].as_py())


def _current_heads(engine: Engine, contract: Contract) -> dict[str, tuple[list[str], int]]:
    """The documents and the newest page of each touched tree's published head."""
    query = f"""
        SELECT h.entity_id, h.document_ids, h.ingest_seq
        FROM {HEADS} h
        SEMI JOIN {FRESH_PAGES} f
            ON f.global_duns = h.entity_id
        WHERE h.document_type = '{contract.name}'
            AND h.table_name = '{contract.root.name}'
    """
    rows: list[dict[str, Any]] = engine.query(query, [HEADS]).to_pylist()
    return {row["entity_id"]: (row["document_ids"], row["ingest_seq"]) for row in rows}


def _waiting(assembly: Assembly, counted: set[int]) -> WaitingTree | None:
    """Which of the counted documents wait: those on deliveries newer than a complete head."""
    if not assembly.is_complete:
        return WaitingTree(assembly.head.missing_pages, [])
    if not assembly.waiting:
        return None
    documents = {page.ingest_seq for d in assembly.waiting for page in d.pages}
    return WaitingTree(assembly.waiting[0].missing_pages, sorted(documents & counted))
