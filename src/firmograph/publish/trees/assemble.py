"""Family trees: deliveries assembled from all pages that ODS ever received."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firmograph.contract.model import Contract
from firmograph.control.freshness import HEADS
from firmograph.control.snapshots import WaitingTree
from firmograph.engine.base import Engine
from firmograph.publish.refresh import refreshed_of
from firmograph.publish.trees.deliveries import CountMembers, Page
from firmograph.publish.trees.grouping import Assembly, assemble
from firmograph.publish.trees.pages import pages_of_trees
from firmograph.publish.trees.relations import FRESH_PAGES
from firmograph.publish.trees.rows import assemble_rows, stage_heads
from firmograph.staging.schema import rows_of


@dataclass
class Assembled:
    """The trees with staged pages, assembled.

    Attributes:
        heads: the `ingest_seq` of the documents of each tree's head, by global DUNS.
        new_heads: the deliveries that become heads, by global DUNS.
        waiting: the trees whose newest delivery is not complete, by global DUNS.
        touched: the global DUNS of all of them.
    """

    heads: dict[str, list[int]] = field(default_factory=dict)
    new_heads: dict[str, Assembly] = field(default_factory=dict)
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
        waiting_before: trees that were not complete; their documents are counted again.
        is_only_type: whether no other document type comes in pages.
        full_refresh: whether to ignore pages of earlier runs.
    """
    trees = pages_of_trees(engine, contract, is_only_type=is_only_type, full_refresh=full_refresh)
    heads = _current_heads(engine, contract) if not full_refresh else {}
    found = Assembled(touched=sorted(trees))
    rows = _PageRows(engine, contract, read_pages)
    for duns, pages in sorted(trees.items()):
        count_members = rows.counter(pages)
        assembly = assemble(pages, count_members)
        documents = [page.document_id for page in assembly.head.pages]
        found.heads[duns] = [page.ingest_seq for page in assembly.head.pages]
        if (documents, assembly.head.newest.ingest_seq) != heads.get(duns):
            found.new_heads[duns] = assembly
        before = waiting_before.get(duns)
        counted = rows.fresh.intersection(page.ingest_seq for page in pages)
        counted.update(before.documents if before else ())
        if waiting := _waiting(assembly, counted, count_members):
            found.waiting[duns] = waiting
    rows.fetch(page for assembly in found.new_heads.values() for page in assembly.head.pages)
    stage_heads(engine, contract, found.new_heads, heads)
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

    def fetch(self, pages: Iterable[Page]) -> None:
        """Stages the rows of some pages unless they are staged."""
        seqs = [page.ingest_seq for page in pages]
        if absent := [seq for seq in seqs if seq not in self._staged]:
            self._read_pages(absent)
            self._staged.update(absent)

    def counter(self, tree: Iterable[Page]) -> CountMembers:
        """A function that counts the distinct members on some pages of a tree."""
        fresh = {page for page in tree if page.ingest_seq in self.fresh}
        known: dict[int, set[Any]] = {}

        def count(pages: Iterable[Page]) -> int:
            wanted = set(pages)
            if len(wanted) == 1:
                return wanted.pop().member_count
            if not known.keys() >= {page.ingest_seq for page in wanted}:
                self._load_members(wanted | fresh, known)
            return len(set().union(*(known[page.ingest_seq] for page in wanted)))

        return count

    def _load_members(self, pages: Iterable[Page], known: dict[int, set[Any]]) -> None:
        """Reads the members on some pages, by `ingest_seq`."""
        absent = [page for page in pages if page.ingest_seq not in known]
        self.fetch(absent)
        known.update((page.ingest_seq, set()) for page in absent)
        found = self._engine.query(f"""
            SELECT ingest_seq, "{self._members.key[1]}" AS member
            FROM {rows_of(self._members)}
            WHERE ingest_seq IN ({", ".join(str(page.ingest_seq) for page in absent)})
        """)
        columns = (found[name].to_pylist() for name in ("ingest_seq", "member"))
        for seq, member in zip(*columns, strict=True):
            known[seq].add(member)


def _current_heads(engine: Engine, contract: Contract) -> dict[str, tuple[list[str], int]]:
    """The documents and the newest page of each touched tree's published head.

    Trees of which a page was set aside are left out: their rows are written anew.
    """
    query = f"""
        SELECT h.entity_id, h.document_ids, h.ingest_seq
        FROM {HEADS} h
        SEMI JOIN {FRESH_PAGES} f
            ON f.global_duns = h.entity_id
        ANTI JOIN ({refreshed_of(contract)}) r
            ON r.entity_id = h.entity_id
        WHERE h.document_type = '{contract.name}'
            AND h.table_name = '{contract.root.name}'
    """
    rows: list[dict[str, Any]] = engine.query(query, [HEADS]).to_pylist()
    return {row["entity_id"]: (row["document_ids"], row["ingest_seq"]) for row in rows}


def _waiting(
    assembly: Assembly, counted: set[int], count_members: CountMembers
) -> WaitingTree | None:
    """What the newest delivery lacks, and which of the counted documents wait for it.

    Documents wait on deliveries newer than a complete head; without one, nothing waits.
    """
    if assembly.is_complete and not assembly.waiting:
        return None
    newest = assembly.waiting[0] if assembly.waiting else assembly.head
    missing = newest.missing_pages
    documents = {page.ingest_seq for d in assembly.waiting for page in d.pages}
    return WaitingTree(
        missing,
        sorted(documents & counted),
        newest.members_expected,
        None if missing else count_members(newest.pages),
    )
