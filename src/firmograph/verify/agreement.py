"""Checks of what documents say against what the tables hold: heads, and rows value for value."""

from collections.abc import Sequence

import pyarrow as pa

from firmograph.verify.differences import Check, Differences, quoted
from firmograph.verify.evidence import HEADS, Evidence
from firmograph.verify.plain import PlainContract, PlainTable
from firmograph.verify.relations import (
    HEAD_PAGES,
    PLAIN_TREES,
    WAITING_TREES,
    expected_members,
    expected_trees,
)

TREE, MEMBERS = "dw_family_tree", "dw_family_tree_members"
PARENT = "parent_duns"
SHOWN = 60
"""Characters shown of a value that differs."""


def assemble_trees(evidence: Evidence) -> None:
    """Puts the pages of each tree's head together, into ``plain_trees`` and ``expected_*``.

    Which pages are a head's is taken from the heads; what they say is not.
    """
    tables = {table.name: table for contract, table in evidence.tables if contract.delivery}
    if not tables:
        return
    pages = (
        "SELECT k.table_name, k.entity_id, d.document_id, d.source_timestamp, g.* FROM speaks k "
        "JOIN plain_documents d ON d.ingest_seq = k.ingest_seq "
        "AND d.document_type = k.document_type JOIN plain_pages g ON g.ingest_seq = k.ingest_seq"
    )
    evidence.engine.create_temp(HEAD_PAGES, pages)
    key = ", ".join(f"m.{c}" for c in quoted(tables[MEMBERS].key))
    evidence.engine.create_temp(
        expected_members(tables[MEMBERS]),
        f"SELECT h.entity_id AS tree, m.* "
        f"FROM plain_{MEMBERS} m JOIN head_pages h ON h.ingest_seq = m.ingest_seq "
        f"AND h.table_name = '{MEMBERS}' QUALIFY row_number() OVER "
        f"(PARTITION BY h.entity_id, {key} ORDER BY h.page_number, m.row_number) = 1",
    )
    _sum_up_pages(evidence)
    columns = [f'r."{c.name}"' for c in tables[TREE].read]
    columns += [f't."{name}"' for name in tables[TREE].computed]
    evidence.engine.create_temp(
        expected_trees(tables[TREE]),
        f"SELECT {', '.join(columns)} FROM plain_{TREE} r "
        f"JOIN plain_trees t ON t.ingest_seq = r.ingest_seq AND t.table_name = '{TREE}'",
    )


def _sum_up_pages(evidence: Evidence) -> None:
    newest = "ORDER BY source_timestamp, ingest_seq"
    evidence.engine.create_temp(
        PLAIN_TREES,
        "SELECT *, coalesce(page_numbers = last_page OR "
        "members_received >= members_expected, false) AS is_complete FROM ("
        f"SELECT h.table_name, h.entity_id, last(ingest_seq {newest}) AS ingest_seq, "
        "max(source_timestamp) AS source_timestamp, "
        "list(document_id ORDER BY page_number) AS document_ids, "
        f"last(branches_excluded {newest}) AS branches_excluded, "
        "first(if(branches_excluded, members_count_without_branches, members_count) "
        "ORDER BY page_number) AS members_expected, "
        "coalesce(any_value(m.members), 0) AS members_received, "
        "any_value(first_count) AS pages_expected, count(*) AS pages_received, "
        "any_value(last_page) AS last_page, count(DISTINCT page_number) "
        "FILTER (page_number BETWEEN 1 AND last_page) AS page_numbers FROM ("
        "SELECT *, first_value(page_count) OVER numbered AS first_count, "
        "coalesce(first_count, max(page_number) OVER (PARTITION BY table_name, entity_id)) "
        "AS last_page FROM head_pages "
        "WINDOW numbered AS (PARTITION BY table_name, entity_id ORDER BY page_number)) h "
        f"LEFT JOIN (SELECT tree, count(*) AS members FROM expected_{MEMBERS} GROUP BY tree) m "
        "ON m.tree = h.entity_id GROUP BY h.table_name, h.entity_id)",
    )


def check_heads(evidence: Evidence) -> Check:
    """The documents that speak are those that plain `json` finds; trees have their members."""
    found = Differences()
    for contract in evidence.contracts:
        if not contract.delivery:
            _compare_heads(evidence, found, contract, _document_heads(contract))
            continue
        _compare_heads(evidence, found, contract, "SELECT * FROM plain_trees")
        _compare_newest(evidence, found, contract)
        members = next(table for table in contract.tables if table.name == MEMBERS)
        _compare_rows(evidence, found, contract, members, [PARENT])
    heads = evidence.number(f"SELECT count(*) FROM {HEADS}", [HEADS])
    documents = evidence.number("SELECT count(*) FROM plain_documents")
    return Check("heads", f"{heads} heads of {documents} documents", heads, found)


def _document_heads(contract: PlainContract) -> str:
    """The greatest document of each entity by (covers the table, source time, arrival)."""
    return " UNION ALL ".join(
        f"(SELECT '{table.name}' AS table_name, entity_id, ingest_seq, source_timestamp, "
        f"covers[{place}] AS is_complete, [document_id] AS document_ids FROM plain_documents "
        f"WHERE document_type = '{contract.name}' QUALIFY row_number() OVER (PARTITION BY "
        f"entity_id ORDER BY covers[{place}] DESC, source_timestamp DESC, ingest_seq DESC) = 1)"
        for place, table in enumerate(contract.tables, 1)
    )


def _compare_heads(
    evidence: Evidence, found: Differences, contract: PlainContract, plain: str
) -> None:
    evidence.differ(
        found,
        "{entity_id}: its head for {table_name} is {held}; by ODS it is {said}",
        "SELECT coalesce(h.entity_id, p.entity_id) AS entity_id, "
        "coalesce(h.table_name, p.table_name) AS table_name, "
        f"{_translate_errors('h')} AS held, {_translate_errors('p')} AS said FROM ("
        f"SELECT * RENAME (covers AS is_complete) FROM {HEADS} "
        f"WHERE document_type = '{contract.name}') h FULL JOIN ({plain}) p "
        "ON p.entity_id = h.entity_id AND p.table_name = h.table_name "
        "WHERE (h.ingest_seq, h.source_timestamp, h.is_complete, h.document_ids) "
        "IS DISTINCT FROM (p.ingest_seq, p.source_timestamp, p.is_complete, p.document_ids) "
        "ORDER BY 1, 2",
        [HEADS],
    )


def _translate_errors(head: str) -> str:
    """SQL that tells of a head in words."""
    ids = f"array_to_string([left(d, 8) for d in {head}.document_ids[1:4]], ' ')"
    return (
        f"if({head}.ingest_seq IS NULL, 'none', concat('document ', {head}.ingest_seq, ' of ', "
        f"{head}.source_timestamp, if({head}.is_complete, '', ', not covering'), ' (', {ids}, ')'))"
    )


def _compare_newest(evidence: Evidence, found: Differences, contract: PlainContract) -> None:
    """Pages are their tree's; its newest page is in its head, unless the tree waits for more."""
    evidence.differ(
        found,
        "{entity_id}: document {ingest_seq} of its head is a page of {other}",
        "SELECT DISTINCT k.entity_id, k.ingest_seq, d.entity_id AS other FROM speaks k "
        "JOIN plain_documents d ON d.ingest_seq = k.ingest_seq "
        f"WHERE k.document_type = '{contract.name}' AND d.entity_id <> k.entity_id ORDER BY ALL",
    )
    waiting = [{"entity_id": duns} for duns in evidence.snapshot.sums.get("waiting_trees", {})]
    evidence.engine.load(WAITING_TREES, pa.Table.from_pylist(waiting, WAITING_TREES.schema))
    evidence.differ(
        found,
        "{entity_id}: its newest page is document {ingest_seq}, {what}",
        "SELECT h.entity_id, n.ingest_seq, if(w.entity_id IS NULL, "
        "'which is not in its complete head, yet the snapshot does not say that pages lack', "
        "'which is in its complete head, yet the snapshot says that pages lack') AS what FROM ("
        f"SELECT * FROM {HEADS} WHERE table_name = '{TREE}') h JOIN ("
        "SELECT entity_id, last(ingest_seq ORDER BY source_timestamp, ingest_seq) AS ingest_seq, "
        "last(document_id ORDER BY source_timestamp, ingest_seq) AS document_id FROM ("
        f"SELECT * FROM plain_documents WHERE document_type = '{contract.name}' QUALIFY "
        "row_number() OVER (PARTITION BY document_id ORDER BY ingest_seq DESC) = 1) "
        "GROUP BY entity_id) n ON n.entity_id = h.entity_id "
        "LEFT JOIN waiting_trees w ON w.entity_id = h.entity_id "
        "WHERE (h.covers AND list_contains(h.document_ids, n.document_id)) "
        "= (w.entity_id IS NOT NULL) ORDER BY 1",
        [HEADS],
    )


def check_rows(evidence: Evidence) -> Check:
    """The rows of every table are what the heads' documents say, value for value."""
    found, count = Differences(), 0
    for contract, table in evidence.tables:
        _compare_rows(evidence, found, contract, table, table.names)
        count += evidence.number(f"SELECT count(*) FROM ({_expected(contract, table)})")
    looked = evidence.number("SELECT count(*) FROM sampled")
    held = evidence.number(
        f"SELECT count(DISTINCT (document_type, entity_id)) FROM {HEADS}", [HEADS]
    )
    seen = f"{count} rows, of {looked} of {held} companies and trees"
    return Check("rows", seen, count, found)


def _expected(contract: PlainContract, table: PlainTable) -> str:
    if contract.delivery:
        return f"SELECT * FROM expected_{table.name}"
    return (
        f"SELECT p.* FROM plain_{table.name} p JOIN speaks k ON k.ingest_seq = p.ingest_seq "
        f"AND k.document_type = '{contract.name}' AND k.table_name = '{table.name}'"
    )


def _compare_rows(
    evidence: Evidence,
    found: Differences,
    contract: PlainContract,
    table: PlainTable,
    columns: Sequence[str],
) -> None:
    """Compares some columns of a table's rows with what is expected of them, by key."""
    keys = quoted(table.key)
    shown = ", ".join(f"coalesce(e.{c}, t.{c})::VARCHAR" for c in keys)
    compared = [name for name in table.names if name in columns and name not in table.key]
    values = ", ".join(["''", *(_difference(name) for name in compared)])
    evidence.differ(
        found,
        f"{table.name}: row ({{key}}) {{what}}",
        f"SELECT concat_ws(', ', {shown}) AS key, CASE "
        f"WHEN e.{keys[0]} IS NULL THEN 'is in the table, but not in the document' "
        f"WHEN t.{keys[0]} IS NULL THEN 'is in the document, but not in the table' "
        f"ELSE array_to_string(list_filter([{values}], lambda v: v <> ''), '; ') END AS what "
        f"FROM (SELECT * FROM {table.name} SEMI JOIN (SELECT * FROM sampled "
        f"WHERE document_type = '{contract.name}') s ON s.entity_id = {keys[0]}) t "
        f"FULL JOIN ({_expected(contract, table)}) e "
        f"ON {' AND '.join(f't.{c} = e.{c}' for c in keys)} LEFT JOIN (SELECT * FROM older_runs "
        f"WHERE table_name = '{table.name}') o ON o.run_id = t.run_id "
        f"WHERE what <> '' AND NOT ({_not_yet(evidence, table)}) ORDER BY ALL",
        [table.name],
    )


def _difference(name: str) -> str:
    """SQL that tells how a value differs.

    A row that was written before the column was added is NULL there until a rebuild.
    """
    held, said = (f"coalesce(left({x}.\"{name}\"::VARCHAR, {SHOWN}), 'NULL')" for x in "te")
    return (
        f'CASE WHEN t."{name}" IS DISTINCT FROM e."{name}" AND NOT (t."{name}" IS NULL '
        f"AND o.run_id IS NOT NULL AND NOT list_contains(o.names, '{name}')) "
        f"THEN concat('holds {name} ', {held}, ', its document says ', {said}) END"
    )


def _not_yet(evidence: Evidence, table: PlainTable) -> str:
    """SQL of rows that may lack: those left out as empty, but for columns added since."""
    added = evidence.added(table) if table.skip_empty else set()
    if not added:
        return "false"
    first, *rest = quoted(table.key)
    older = [c for c in quoted(n for n in table.names if n not in added) if c not in (first, *rest)]
    return " AND ".join([f"t.{first} IS NULL", *(f"e.{c} IS NULL" for c in older)])
