"""Checks of totals: they balance, and what was counted still exists."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from firmograph.control.snapshots import Snapshot
from firmograph.verify.differences import Check, Differences, add_rows
from firmograph.verify.evidence import LEDGER, REFUSED, Evidence
from firmograph.verify.relations import PUBLISHED, STANDING

_PAGES = "tb_tree_pages"


def check_totals(evidence: Evidence) -> Check:
    """Checks the totals of all snapshots, and that ODS still has every document counted."""
    found = Differences()
    found.take(evidence.damaged)
    for snapshot in evidence.snapshots:
        for sentence in _unbalanced(snapshot.state.totals.as_dict()):
            found.add(f"snapshot {snapshot.snapshot_id}: {sentence}")
    evidence.differ(
        found,
        "ingest_seq {ingest_seq} occurs {n} times in ODS",
        f"""
        SELECT ingest_seq, count(*) AS n
        FROM {STANDING}
        GROUP BY ingest_seq
        HAVING n > 1
        ORDER BY ingest_seq
        """,
    )
    _compare_received(evidence, found)
    _compare_quarantine(evidence, found)
    _compare_pages(evidence, found)
    _compare_ledger(evidence, found)
    rows = evidence.engine.query(f"SELECT standing, count(*) AS n FROM {STANDING} GROUP BY 1")
    held = dict(zip(rows["standing"].to_pylist(), rows["n"].to_pylist(), strict=True))
    words = ("accepted", "refused", "withdrawn", *(["superseded"] if "superseded" in held else []))
    counts = {word: held.get(word, 0) for word in words}
    shown = " + ".join(f"{count} {word}" for word, count in counts.items())
    total = sum(counts.values())
    return Check("sums", f"{total} documents = {shown}", total, found)


def _unbalanced(totals: dict[str, Any]) -> Iterator[str]:
    """Yields a sentence for each total of a snapshot that does not balance."""
    files, documents, elements = (
        dict(totals.get(name) or {}) for name in ("files", "documents", "elements")
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
    """Compares each snapshot's documents with the number its run received.

    A rebuild receives older documents, too.
    """
    rows, low = [], 0
    for snapshot in reversed(evidence.snapshots):
        rows.append(_published(snapshot, low))
        low = snapshot.ingest_seq
    evidence.engine.load(PUBLISHED, pa.Table.from_pylist(rows, PUBLISHED.schema))
    evidence.differ(
        found,
        "snapshot {snapshot_id}: its run received {received} documents, ODS holds {held} of them",
        f"""
        WITH runs AS (
            SELECT DISTINCT run_id, script FROM {LEDGER} WHERE activity = 'run'
        )
        SELECT
            p.snapshot_id,
            p.received,
            count(s.ingest_seq) AS held,
            coalesce(bool_or(r.script = 'run'), false) AS is_run
        FROM {PUBLISHED} p
        LEFT JOIN {STANDING} s
            ON s.ingest_seq > p.low AND s.ingest_seq <= p.high
        LEFT JOIN runs r
            ON r.run_id = p.run_id
        WHERE p.high > p.low
        GROUP BY p.snapshot_id, p.received
        HAVING p.received < held OR (is_run AND p.received > held)
        ORDER BY p.snapshot_id
        """,
        [LEDGER],
    )


def _published(snapshot: Snapshot, low: int) -> dict[str, Any]:
    return {
        "snapshot_id": snapshot.snapshot_id,
        "low": low,
        "high": snapshot.ingest_seq,
        "received": snapshot.state.totals.documents.received,
        "run_id": snapshot.run_id,
    }


def _compare_quarantine(evidence: Evidence, found: Differences) -> None:
    """Checks that ODS has the documents named in the quarantine."""
    evidence.differ(
        found,
        "document {ingest_seq} is in the quarantine, but not in ODS",
        f"""
        SELECT DISTINCT q.ingest_seq
        FROM {REFUSED} q
        ANTI JOIN {STANDING} s
            ON s.ingest_seq = q.ingest_seq AND s.document_id = q.document_id
        WHERE q.ingest_seq IS NOT NULL
        ORDER BY 1
        """,
        [REFUSED],
    )


def _compare_pages(evidence: Evidence, found: Differences) -> None:
    """Checks that exactly the accepted pages of all document types have their facts stored."""
    paged = ", ".join(f"'{c.name}'" for c in evidence.contracts if c.delivery)
    if not paged:
        return
    evidence.differ(
        found,
        "tree page {ingest_seq} is {what}",
        f"""
        WITH accepted AS (
            SELECT *
            FROM {STANDING}
            WHERE standing = 'accepted' AND document_type IN ({paged})
        )
        SELECT
            coalesce(s.ingest_seq, p.ingest_seq) AS ingest_seq,
            CASE
                WHEN p.ingest_seq IS NULL THEN 'accepted, but not in {_PAGES}'
                ELSE 'in {_PAGES}, but not accepted in ODS'
            END AS what
        FROM accepted s
        FULL JOIN {_PAGES} p
            ON p.ingest_seq = s.ingest_seq AND p.document_id = s.document_id
        WHERE p.ingest_seq IS NULL OR s.ingest_seq IS NULL
        ORDER BY 1
        """,
        [_PAGES],
    )


def _compare_ledger(evidence: Evidence, found: Differences) -> None:
    """Checks that ODS has as many documents of each delivery as the ledger counted.

    A delivery is bytes under a name: the same bytes may come again under another one.
    """
    with evidence.newest() as engine:
        ods = list(engine.lake.ods_tables.values())
        documents = " UNION ALL ".join(f"SELECT file_sha256, file_name FROM {name}" for name in ods)
        add_rows(
            found,
            "{file_name}: the ledger counts {counted} documents, ODS holds {held}",
            engine,
            f"""
            WITH ledger AS (
                SELECT
                    file_sha256,
                    file_name,
                    max(document_count) AS counted
                FROM {LEDGER}
                WHERE activity = 'ingest' AND status = 'ingested'
                GROUP BY file_sha256, file_name
            ), ods AS (
                SELECT file_sha256, file_name, count(*) AS held
                FROM ({documents})
                GROUP BY file_sha256, file_name
            )
            SELECT l.file_name, l.counted, coalesce(o.held, 0) AS held
            FROM ledger l
            LEFT JOIN ods o
                ON o.file_sha256 = l.file_sha256 AND o.file_name = l.file_name
            WHERE l.counted IS DISTINCT FROM coalesce(o.held, 0)
            ORDER BY 1
            """,
            # the ledger is opened first, since documents are in ODS before they are counted
            [LEDGER, *ods],
        )
