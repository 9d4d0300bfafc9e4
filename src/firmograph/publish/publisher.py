"""Publish: ODS to DW to APP, a function of ODS and the contracts only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from firmograph.contract.model import Contract
from firmograph.control.freshness import HEADS
from firmograph.control.quality import write_findings
from firmograph.control.quarantine import write_refusals
from firmograph.control.snapshots import WaitingTree
from firmograph.control.totals import DocumentTotals, Totals
from firmograph.engine.base import Engine, Relation, RowCounts
from firmograph.kernel.kernel import Kernel
from firmograph.publish.dw import head_rows, publish_tables
from firmograph.publish.heads import NEW_HEADS, choose_heads, write_heads
from firmograph.publish.refresh import REFRESHED, refreshed_of
from firmograph.publish.trees.assemble import assemble_trees
from firmograph.publish.trees.checks import check_trees
from firmograph.publish.trees.counts import count_documents, count_trees, emptied, not_staged
from firmograph.publish.trees.pages import forget_pages, keep_pages
from firmograph.publish.trees.relations import assembled_of
from firmograph.publish.trees.waiting import of_type, with_type
from firmograph.staging.schema import documents_of, entity_columns
from firmograph.staging.tables import StagingTables

ReplayRows = Callable[[Kernel, list[tuple[int, int]]], None]
"""Stages the rows of documents of one type, given by spans of `ingest_seq`."""


@dataclass
class Published:
    """What a publish did.

    Attributes:
        tables: changes by table.
        waiting_trees: trees that lack pages.
        refusal_count: rows added to the quarantine.
        finding_count: warnings counted.
    """

    tables: dict[str, RowCounts] = field(default_factory=dict)
    waiting_trees: dict[str, WaitingTree] = field(default_factory=dict)
    refusal_count: int = 0
    finding_count: int = 0


class Publisher:
    """Publishes the staged documents of one run to DW and APP.

    Args:
        engine: holds the staged documents.
        kernels: by document type.
        staging: of the run.
        replay_rows: stages the rows of documents in ODS, for trees that need older pages.
        full_refresh: whether to ignore the current heads.
        is_retry: whether the documents were received by an earlier run.
    """

    def __init__(
        self,
        engine: Engine,
        kernels: Mapping[str, Kernel],
        staging: StagingTables,
        replay_rows: ReplayRows,
        *,
        full_refresh: bool = False,
        is_retry: bool = False,
    ) -> None:
        self._engine = engine
        self._kernels = kernels
        self._staging = staging
        self._replay_rows = replay_rows
        self._full_refresh = full_refresh
        self._is_retry = is_retry
        self._paged = [k.contract for k in kernels.values() if k.contract.delivery]

    def publish(
        self,
        totals: Totals,
        waiting: Mapping[str, WaitingTree],
        tell: Callable[[str, RowCounts], None],
    ) -> Published:
        """Publishes what is staged except marts, and counts the outcomes; returns what was done.

        Args:
            totals: of this run; those of documents and elements are filled in.
            waiting: trees that lacked pages before.
            tell: called with each table and its changes.
        """
        self._staging.flush()
        done = Published(waiting_trees={} if self._full_refresh else dict(waiting))
        if any(map(self._refreshed, self._paged)):
            forget_pages(self._engine, self._paged)
        for kernel in self._kernels.values():
            contract = kernel.contract
            if not self._full_refresh and not self._has_work(contract):
                counted = self._leave(contract, waiting, done)
            elif contract.delivery:
                counted = self._publish_trees(contract, waiting, done, tell)
            else:
                counted = self._publish_documents(contract, done, tell)
            totals.documents.add(counted)
            if counted.received:
                self._add_elements(contract, totals)
        if self._full_refresh or any(map(self._has_work, self._paged)):
            keep_pages(self._engine, self._paged, full_refresh=self._full_refresh)
        self._staging.flush()
        documents = [documents_of(kernel.contract) for kernel in self._kernels.values()]
        done.refusal_count = write_refusals(self._engine, documents, is_retry=self._is_retry)
        done.finding_count = write_findings(self._engine)
        return done

    def _has_work(self, contract: Contract) -> bool:
        """Whether documents of a type are staged, or some have to leave the tables."""
        return self._engine.has_rows(documents_of(contract)) or bool(self._refreshed(contract))

    def _refreshed(self, contract: Contract) -> list[str]:
        """The entities of a document type that are published again."""
        if self._full_refresh or not self._engine.has_rows(REFRESHED):
            return []
        found: list[str] = self._engine.query(refreshed_of(contract))["entity_id"].to_pylist()
        return found

    def _leave(
        self, contract: Contract, waiting: Mapping[str, WaitingTree], done: Published
    ) -> DocumentTotals:
        """Leaves the tables of a document type as they are; returns its totals."""
        for table in contract.tables:
            done.tables[table.name] = RowCounts(rows=self._engine.store.row_count(table.name))
        count = count_documents(of_type(waiting, contract, self._paged)) if contract.delivery else 0
        return DocumentTotals(waiting_before=count, waiting=count)

    def _publish_documents(
        self, contract: Contract, done: Published, tell: Callable[[str, RowCounts], None]
    ) -> DocumentTotals:
        totals = DocumentTotals()
        for _ in self._by_range(contract):
            new_heads = choose_heads(self._engine, contract, full_refresh=self._full_refresh)
            rows = head_rows(contract, new_heads)
            published = self._write_tables(contract, new_heads, rows, done)
            totals.add(self._count_documents(contract, new_heads, published))
        self._tell(contract, done, tell)
        return totals

    def _count_documents(
        self, contract: Contract, new_heads: Relation, published: Relation
    ) -> DocumentTotals:
        row = self._engine.query(f"""
            SELECT
              count(*) AS received,
              count(*) FILTER (WHERE NOT d.is_accepted) AS quarantined,
              count(*) FILTER (WHERE p.ingest_seq IS NOT NULL) AS published,
              count(*) FILTER (WHERE p.ingest_seq IS NULL AND w.ingest_seq IS NOT NULL)
                AS unchanged,
              count(*) FILTER (WHERE d.is_accepted AND w.ingest_seq IS NULL) AS superseded
            FROM {documents_of(contract)} d
            LEFT JOIN (SELECT DISTINCT ingest_seq FROM {new_heads}) w
              ON w.ingest_seq = d.ingest_seq
            LEFT JOIN (SELECT DISTINCT ingest_seq FROM {published}) p
              ON p.ingest_seq = d.ingest_seq
        """).to_pylist()[0]
        return DocumentTotals(**row)

    def _publish_trees(
        self,
        contract: Contract,
        waiting: Mapping[str, WaitingTree],
        done: Published,
        tell: Callable[[str, RowCounts], None],
    ) -> DocumentTotals:
        engine, full_refresh = self._engine, self._full_refresh
        before = {} if full_refresh else of_type(waiting, contract, self._paged)
        before = not_staged(engine, contract, before)
        totals = DocumentTotals(waiting_before=count_documents(before))
        touched: list[str] = []
        for _ in self._by_range(contract):
            found = assemble_trees(
                engine,
                contract,
                partial(self._read_pages, contract.name),
                before,
                is_only_type=len(self._paged) == 1,
                full_refresh=full_refresh,
            )
            self._staging.add_findings(check_trees(engine, contract, found))
            rows = {t.name: f"SELECT * FROM {assembled_of(t)}" for t in contract.tables}
            published = self._write_tables(contract, NEW_HEADS, rows, done)
            for key in with_type(dict.fromkeys(found.touched), contract, self._paged):
                done.waiting_trees.pop(key, None)
            done.waiting_trees.update(with_type(found.waiting, contract, self._paged))
            totals.add(count_trees(engine, contract, found, before, published))
            touched += found.touched
        gone = emptied(before, self._refreshed(contract), touched)
        for key in with_type(gone, contract, self._paged):
            del done.waiting_trees[key]
        totals.superseded += count_documents(gone)
        self._tell(contract, done, tell)
        totals.waiting = count_documents(of_type(done.waiting_trees, contract, self._paged))
        return totals

    def _by_range(self, contract: Contract) -> Iterator[None]:
        """Processes the entities of a document type one range after another, to bound memory."""
        columns = entity_columns([contract]) | {HEADS: "entity_id", REFRESHED.name: "entity_id"}
        columns |= {table.name: table.key[0] for table in contract.tables}
        return self._engine.by_range(columns)

    def _write_tables(
        self, contract: Contract, new_heads: Relation, rows: Mapping[str, str], done: Published
    ) -> Relation:
        """Writes rows and heads; returns the documents of which a row was written."""
        engine, full_refresh = self._engine, self._full_refresh
        counts, published = publish_tables(
            engine, contract, new_heads, rows, full_refresh=full_refresh
        )
        for name, change in counts.items():
            before = done.tables.get(name, RowCounts())
            done.tables[name] = RowCounts(
                before.inserted + change.inserted,
                before.updated + change.updated,
                before.deleted + change.deleted,
                change.rows,
            )
        write_heads(engine, contract, new_heads, full_refresh=full_refresh)
        return published

    def _tell(
        self, contract: Contract, done: Published, tell: Callable[[str, RowCounts], None]
    ) -> None:
        for table in contract.tables:
            tell(table.name, done.tables[table.name])

    def _read_pages(self, document_type: str, seqs: list[int]) -> None:
        """Stages the rows of pages published or kept waiting before."""
        kernel = self._kernels[document_type]
        spans = [(seq, seq) for seq in seqs]
        self._replay_rows(kernel, spans)
        self._staging.flush()

    def _add_elements(self, contract: Contract, totals: Totals) -> None:
        row: dict[str, Any] = self._engine.query(f"""
            SELECT
              CAST(coalesce(sum(element_count), 0) AS BIGINT) AS elements,
              CAST(coalesce(sum(row_count), 0) AS BIGINT) AS row_count,
              CAST(coalesce(sum(collapsed_count), 0) AS BIGINT) AS collapsed,
              CAST(coalesce(sum(rejected_count), 0) AS BIGINT) AS rejected
            FROM {documents_of(contract)}
            WHERE is_accepted
        """).to_pylist()[0]
        totals.elements.elements += row["elements"]
        totals.elements.rows += row["row_count"]
        totals.elements.collapsed += row["collapsed"]
        totals.elements.rejected += row["rejected"]
