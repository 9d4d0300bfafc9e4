"""Checks of what a snapshot counts and keys, in SQL over the tables."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from firmograph.control.snapshots import Snapshot
from firmograph.lake.tables import CONTROL, ODS_TABLES
from firmograph.verify.differences import Check, Differences, add_rows, quoted
from firmograph.verify.evidence import HEADS, LEDGER, REFUSED, Evidence
from firmograph.verify.relations import PUBLISHED

PARENTS = {"data_blocks": "dw_company_data", "family_tree": "dw_family_tree"}
"""The table of each document type that holds every entity."""


def check_sums(evidence: Evidence) -> Check:
    """Each document is refused, withdrawn or accepted; what was counted is still there."""
    found = Differences()
    found.take(evidence.damaged)
    for snapshot in evidence.snapshots:
        for sentence in _open_sums(snapshot.sums):
            found.add(f"snapshot {snapshot.snapshot_id}: {sentence}")
    evidence.differ(
        found,
        "ingest_seq {ingest_seq} stands {n} times in ODS",
        "SELECT ingest_seq, count(*) AS n FROM standing GROUP BY 1 HAVING n > 1 ORDER BY 1",
    )
    _compare_received(evidence, found)
    _compare_control(evidence, found)
    _compare_ledger(evidence, found)
    counts = {
        word: evidence.number(f"SELECT count(*) FROM standing WHERE standing = '{word}'")
        for word in ("accepted", "refused", "withdrawn")
    }
    shown = " + ".join(f"{count} {word}" for word, count in counts.items())
    total = sum(counts.values())
    return Check("sums", f"{total} documents = {shown}", total, found)


def _open_sums(sums: dict[str, Any]) -> Iterator[str]:
    """The sums of a snapshot that do not close."""
    files, documents, elements = (
        dict(sums.get(name) or {}) for name in ("files", "documents", "elements")
    )
    came = {
        "files": files.pop("seen", 0),
        "documents": sum(documents.pop(n, 0) for n in ("received", "waiting_before", "retried")),
        "list elements": elements.pop("elements", 0),
    }
    for (name, left), went in zip(came.items(), (files, documents, elements), strict=True):
        right = sum(went.values())
        if left != right:
            yield f"{left} {name} came in, {right} are accounted for"


def _compare_received(evidence: Evidence, found: Differences) -> None:
    """Each snapshot's documents are those its run received; a rebuild receives older ones too."""
    rows, low = [], 0
    for snapshot in reversed(evidence.snapshots):
        rows.append(_published(snapshot, low))
        low = snapshot.ingest_seq
    evidence.engine.load(PUBLISHED, pa.Table.from_pylist(rows, PUBLISHED.schema))
    evidence.differ(
        found,
        "snapshot {snapshot_id}: its run received {received} documents, ODS holds {held} of them",
        "SELECT p.snapshot_id, p.received, count(s.ingest_seq) AS held, "
        "coalesce(bool_or(r.script = 'run'), false) AS is_run FROM published p "
        "LEFT JOIN standing s ON s.ingest_seq > p.low AND s.ingest_seq <= p.high "
        f"LEFT JOIN (SELECT DISTINCT run_id, script FROM {LEDGER} WHERE activity = 'run') r "
        "ON r.run_id = p.run_id WHERE p.high > p.low GROUP BY p.snapshot_id, p.received "
        "HAVING p.received < held OR (is_run AND p.received > held) ORDER BY p.snapshot_id",
        [LEDGER],
    )


def _published(snapshot: Snapshot, low: int) -> dict[str, Any]:
    return {
        "snapshot_id": snapshot.snapshot_id,
        "low": low,
        "high": snapshot.ingest_seq,
        "received": (snapshot.sums.get("documents") or {}).get("received", 0),
        "run_id": snapshot.run_id,
    }


def _compare_control(evidence: Evidence, found: Differences) -> None:
    """What control says of documents is said of documents that ODS holds."""
    evidence.differ(
        found,
        "document {ingest_seq} is in the quarantine, but not in ODS",
        f"SELECT DISTINCT q.ingest_seq FROM {REFUSED} q ANTI JOIN standing s "
        "ON s.ingest_seq = q.ingest_seq AND s.document_id = q.document_id "
        "WHERE q.ingest_seq IS NOT NULL ORDER BY 1",
        [REFUSED],
    )
    for contract in evidence.contracts:
        if contract.delivery:
            evidence.differ(
                found,
                "tree page {ingest_seq} is {what}",
                "SELECT coalesce(s.ingest_seq, p.ingest_seq) AS ingest_seq, "
                "CASE WHEN p.ingest_seq IS NULL THEN 'accepted, but not in tb_tree_pages' "
                "ELSE 'in tb_tree_pages, but not accepted in ODS' END AS what "
                "FROM (SELECT * FROM standing WHERE standing = 'accepted' "
                f"AND document_type = '{contract.name}') s FULL JOIN tb_tree_pages p "
                "ON p.ingest_seq = s.ingest_seq AND p.document_id = s.document_id "
                "WHERE p.ingest_seq IS NULL OR s.ingest_seq IS NULL ORDER BY 1",
                ["tb_tree_pages"],
            )


def _compare_ledger(evidence: Evidence, found: Differences) -> None:
    """Each file's documents are in ODS, as many as the ledger counted."""
    files = " UNION ALL ".join(f"SELECT file_sha256 FROM {name}" for name in ODS_TABLES.values())
    held = f"SELECT file_sha256, count(*) AS held FROM ({files}) GROUP BY file_sha256"
    with evidence.newest() as engine:
        add_rows(
            found,
            "{file_name}: the ledger counts {counted} documents, ODS holds {held}",
            engine,
            "SELECT l.file_name, l.counted, coalesce(o.held, 0) AS held FROM ("
            "SELECT file_sha256, min(file_name) AS file_name, max(document_count) AS counted "
            f"FROM {LEDGER} WHERE activity = 'ingest' AND status = 'ingested' "
            f"GROUP BY file_sha256) l LEFT JOIN ({held}) o ON o.file_sha256 = l.file_sha256 "
            "WHERE l.counted IS DISTINCT FROM coalesce(o.held, 0) ORDER BY 1",
            # the ledger goes first: what it counts was in ODS before
            [LEDGER, *ODS_TABLES.values()],
        )


def check_keys(evidence: Evidence) -> Check:
    """No key is NULL in one of its columns, and none stands twice."""
    found, count = Differences(), 0
    keys = {table.name: table.key for _, table in evidence.tables} | {HEADS: CONTROL[HEADS].key}
    for name, key in keys.items():
        columns = quoted(key)
        shown = ", ".join(f"coalesce({c}::VARCHAR, 'NULL')" for c in columns)
        has_null = " OR ".join(f"{c} IS NULL" for c in columns)
        select = f"SELECT concat_ws(', ', {shown}) AS key, count(*) AS n FROM {name}"
        grouped = f"{select} GROUP BY {', '.join(columns)}"
        words = f"{name}: key ({{key}}) stands {{n}} times"
        evidence.differ(found, words, f"{grouped} HAVING n > 1 ORDER BY 1", [name])
        words = f"{name}: key ({{key}}) is NULL in part, {{n}} rows"
        evidence.differ(found, words, f"{grouped} HAVING {has_null} ORDER BY 1", [name])
        count += evidence.number(f"SELECT count(*) FROM {name}", [name])
    return Check("keys", f"{len(keys)} tables, {count} rows", count, found)


def check_parents(evidence: Evidence) -> Check:
    """Rows have their company or tree, entities their heads, and heads their documents."""
    found, count = Differences(), 0
    for contract, table in evidence.tables:
        parent, entity = PARENTS[contract.name], f'"{table.key[0]}"'
        above = next(t for t in contract.tables if t.name == parent)
        held = f"SELECT DISTINCT {entity} AS entity_id FROM {table.name}"
        heads = f"SELECT entity_id FROM {HEADS} WHERE table_name = '{table.name}'"
        tables = [table.name, parent, HEADS]
        count += evidence.number(f"SELECT count(*) FROM ({held})", tables)
        pairs = [(f"{table.name}: {{entity_id}} has no head", held, heads)]
        if table is above:
            pairs.append((f"{{entity_id}} has a head, but no row in {parent}", heads, held))
        else:
            rows = f'SELECT "{above.key[0]}" AS entity_id FROM {parent}'
            pairs.append((f"{table.name}: {{entity_id}} is not in {parent}", held, rows))
        for words, some, others in pairs:
            sql = f"SELECT * FROM ({some}) s ANTI JOIN ({others}) o USING (entity_id) ORDER BY 1"
            evidence.differ(found, words, sql, tables)
    evidence.differ(
        found,
        "{entity_id}: document {id} of its head for {table_name} is {what}",
        "SELECT h.entity_id, h.table_name, left(h.document_id, 12) AS id, "
        "coalesce(max(s.standing), 'not in ODS') AS what FROM (SELECT *, "
        f"unnest(document_ids) AS document_id FROM {HEADS}) h LEFT JOIN standing s "
        "ON s.document_id = h.document_id AND s.document_type = h.document_type "
        "GROUP BY ALL HAVING NOT coalesce(bool_or(s.standing = 'accepted'), false) ORDER BY ALL",
        [HEADS],
    )
    return Check("parents", f"{len(evidence.tables)} tables, {count} entities", count, found)
