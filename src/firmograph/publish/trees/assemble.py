"""Family trees: assembles deliveries from pages, over all that ODS ever received."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from firmograph.contract.model import Contract, Table
from firmograph.engine.base import Engine, Relation
from firmograph.lake.tables import CONTROL, column_schema
from firmograph.publish.heads import HEADS, NEW_HEADS
from firmograph.publish.trees.deliveries import Assembly, Delivery, Page, assemble
from firmograph.staging.schema import PAGES as STAGED_PAGES
from firmograph.staging.schema import documents_of, rows_of

PAGES = "tb_tree_pages"
TREE, MEMBERS = "dw_family_tree", "dw_family_tree_members"

FRESH_PAGES = Relation("fresh_pages", CONTROL[PAGES].schema)
HEAD_PAGES = Relation(
    "head_pages",
    pa.schema(
        [("entity_id", pa.string()), ("ingest_seq", pa.int64()), ("page_number", pa.int64())]
    ),
)
HEAD_FACTS = Relation(
    "head_facts",
    pa.schema(
        [
            ("entity_id", pa.string()),
            ("newest_seq", pa.int64()),
            ("branches_excluded", pa.bool_()),
            ("members_expected", pa.int64()),
            ("pages_expected", pa.int64()),
            ("pages_received", pa.int64()),
            ("is_complete", pa.bool_()),
        ]
    ),
)


def assembled_of(table: Table) -> Relation:
    """The rows of the new heads in one table."""
    return Relation(f"assembled_{table.name}", column_schema(table.columns))


def _accepted(contract: Contract) -> str:
    """A query: the staged pages of accepted documents."""
    columns = ", ".join(f"p.{name}" for name in FRESH_PAGES.schema.names)
    return f"""
        SELECT {columns}
        FROM {STAGED_PAGES} p
        SEMI JOIN (SELECT * FROM {documents_of(contract)} WHERE is_accepted) d
          ON d.ingest_seq = p.ingest_seq
    """


@dataclass(frozen=True)
class WaitingTree:
    """A tree that lacks pages.

    Attributes:
        missing_pages: of its newest delivery.
        documents: `ingest_seq` of the documents that wait; none where the tree is published
            incomplete, because it was never complete.
    """

    missing_pages: list[int]
    documents: list[int]


@dataclass
class Assembled:
    """What assembling found.

    Attributes:
        heads: `ingest_seq` of the documents of each touched tree's head.
        waiting: trees that lack pages, by global DUNS, among those touched.
        touched: trees with new pages.
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
    full_refresh: bool,
) -> Assembled:
    """Assembles every tree of which a page was staged, into ``new_heads`` and ``assembled_*``.

    Args:
        engine: holds the staged pages.
        contract: of the family trees.
        read_pages: stages the rows of documents, by their `ingest_seq`.
        waiting_before: trees that lacked pages before; their documents are counted now.
        full_refresh: whether pages published before are to be forgotten.
    """
    trees = _pages(engine, contract, full_refresh=full_refresh)
    heads = _current_heads(engine) if not full_refresh else {}
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
    _stage_winners(engine, new_heads, heads, contract)
    _assemble_rows(engine, contract)
    return found


class _PageRows:
    """The staged rows of pages; those of older pages are read when they are wanted."""

    def __init__(
        self, engine: Engine, contract: Contract, read_pages: Callable[[list[int]], None]
    ) -> None:
        self._engine = engine
        self._members = next(rows_of(t) for t in contract.tables if t.name == MEMBERS)
        self._read_pages = read_pages
        found = engine.query(f"SELECT ingest_seq FROM {FRESH_PAGES}")
        self.fresh: set[int] = set(found["ingest_seq"].to_pylist())
        self._staged = set(self.fresh)

    def fetch(self, pages: Iterable[Page]) -> list[int]:
        seqs = [page.ingest_seq for page in pages]
        if absent := [seq for seq in seqs if seq not in self._staged]:
            self._read_pages(absent)
            self._staged.update(absent)
        return seqs

    def distinct_members(self, delivery: Delivery) -> int:
        listed = ", ".join(map(str, self.fetch(delivery.pages)))
        sql = f"""
            SELECT count(DISTINCT duns) AS n
            FROM {self._members}
            WHERE ingest_seq IN ({listed})
        """
        return int(self._engine.query(sql)["n"][0].as_py())


def keep_pages(engine: Engine, contract: Contract, *, full_refresh: bool) -> None:
    """Keeps the facts of the staged pages for the deliveries to come."""
    if full_refresh:
        engine.replace_all(PAGES, _accepted(contract))
        return
    new_pages = f"""
        SELECT p.*
        FROM ({_accepted(contract)}) p
        ANTI JOIN {PAGES} k
          ON k.ingest_seq = p.ingest_seq
    """
    engine.insert_into(PAGES, new_pages, [PAGES])


def _pages(engine: Engine, contract: Contract, *, full_refresh: bool) -> dict[str, list[Page]]:
    """All pages of the trees of which one was staged."""
    names = ", ".join(FRESH_PAGES.schema.names)
    engine.create_temp(FRESH_PAGES, _accepted(contract))
    sql = f"SELECT {names} FROM {FRESH_PAGES}"
    if not full_refresh:
        sql = f"""
            {sql}
            UNION ALL
            SELECT {names}
            FROM {PAGES} k
            SEMI JOIN {FRESH_PAGES} f
              ON f.global_duns = k.global_duns
            ANTI JOIN {FRESH_PAGES} g
              ON g.ingest_seq = k.ingest_seq
        """
    trees: dict[str, list[Page]] = {}
    for row in engine.query(sql, [PAGES]).to_pylist():
        trees.setdefault(row["global_duns"], []).append(Page(**row))
    return trees


def _current_heads(engine: Engine) -> dict[str, tuple[list[str], int]]:
    found = engine.query(
        f"""
        SELECT h.entity_id, h.document_ids, h.ingest_seq
        FROM {HEADS} h
        SEMI JOIN {FRESH_PAGES} f
          ON f.global_duns = h.entity_id
        WHERE h.document_type = 'family_tree' AND h.table_name = '{TREE}'
        """,
        [HEADS],
    )
    return {row["entity_id"]: (row["document_ids"], row["ingest_seq"]) for row in found.to_pylist()}


def _waiting(assembly: Assembly, counted: set[int]) -> WaitingTree | None:
    """Which of the counted documents wait: those on deliveries newer than a complete head."""
    if not assembly.is_complete:
        return WaitingTree(assembly.head.missing_pages, [])
    if not assembly.waiting:
        return None
    documents = {page.ingest_seq for d in assembly.waiting for page in d.pages}
    return WaitingTree(assembly.waiting[0].missing_pages, sorted(documents & counted))


def _stage_winners(
    engine: Engine, new_heads: Mapping[str, Assembly], heads: Mapping[str, Any], contract: Contract
) -> None:
    rows: dict[str, list[dict[str, Any]]] = {
        relation.name: [] for relation in (NEW_HEADS, HEAD_PAGES, HEAD_FACTS)
    }
    for duns, assembly in new_heads.items():
        head, newest = assembly.head, assembly.head.newest
        rows[NEW_HEADS.name] += [
            {
                "document_type": contract.name,
                "table_name": table.name,
                "entity_id": duns,
                "ingest_seq": newest.ingest_seq,
                "document_ids": [page.document_id for page in head.pages],
                "source_timestamp": newest.source_timestamp,
                "covers": assembly.is_complete,
                "may_exist": duns in heads,
            }
            for table in contract.tables
        ]
        rows[HEAD_PAGES.name] += [
            {"entity_id": duns, "ingest_seq": page.ingest_seq, "page_number": page.page_number}
            for page in head.pages
        ]
        rows[HEAD_FACTS.name].append(
            {
                "entity_id": duns,
                "newest_seq": newest.ingest_seq,
                "branches_excluded": newest.branches_excluded,
                "members_expected": head.members_expected,
                "pages_expected": head.page_count,
                "pages_received": len(head.pages),
                "is_complete": assembly.is_complete,
            }
        )
    for relation in (NEW_HEADS, HEAD_PAGES, HEAD_FACTS):
        found = Relation(f"found_{relation}", relation.schema)
        engine.drop(found)
        engine.load(found, pa.Table.from_pylist(rows[relation.name], schema=relation.schema))
        engine.create_temp(relation, f"SELECT * FROM {found}")


def _assemble_rows(engine: Engine, contract: Contract) -> None:
    """Makes the rows of the heads: a member on two pages counts once, on the first."""
    tables = {table.name: table for table in contract.tables}
    names = ", ".join(f'"{c.name}"' for c in tables[MEMBERS].columns)
    members = engine.create_temp(
        assembled_of(tables[MEMBERS]),
        f"""
        SELECT {names}
        FROM (
          SELECT
            r.*,
            row_number() OVER (
              PARTITION BY r.global_duns, r.duns
              ORDER BY h.page_number NULLS LAST, r.row_number
            ) AS place
          FROM {rows_of(tables[MEMBERS])} r
          JOIN {HEAD_PAGES} h
            ON h.ingest_seq = r.ingest_seq
        )
        WHERE place = 1
        """,
    )
    facts = {"members_received": "coalesce(m.members_received, 0) AS members_received"}
    columns = ", ".join(
        (facts.get(c.name, f'f."{c.name}"') if c.computed else f'r."{c.name}"')
        for c in tables[TREE].columns
    )
    engine.create_temp(
        assembled_of(tables[TREE]),
        f"""
        SELECT {columns}
        FROM {rows_of(tables[TREE])} r
        JOIN {HEAD_FACTS} f
          ON f.newest_seq = r.ingest_seq
        LEFT JOIN (
          SELECT global_duns, count(*) AS members_received
          FROM {members}
          GROUP BY global_duns
        ) m
          ON m.global_duns = f.entity_id
        """,
    )
