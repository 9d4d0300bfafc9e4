"""Runs: what each did, with which files, and what it published."""

from typing import Any

from firmograph.control.ledger import LEDGER
from firmograph.control.quality import QUALITY
from firmograph.control.quarantine import QUARANTINE
from firmograph.control.snapshots import SNAPSHOTS, Snapshot, SnapshotState, list_snapshots
from firmograph.control.totals import Totals
from firmograph.queries.session import Row, Session

PAGE_ROWS = 100
FILE_COLUMNS = (
    "file_name",
    "status",
    "document_count",
    "file_bytes",
    "message",
    "file_path",
    "file_sha256",
)


def count_runs(session: Session) -> int:
    """How many runs there were."""
    if not session.has(LEDGER):
        return 0
    sql = f"SELECT count(*) AS n FROM {LEDGER} WHERE activity = 'run'"
    count: int = session.row(sql, [LEDGER])["n"]
    return count


def list_runs(session: Session, page: int = 1, page_rows: int = PAGE_ROWS) -> list[Row]:
    """A page of the runs, newest first, each with its totals if it published a snapshot."""
    if not session.has(LEDGER):
        return []
    rows = session.rows(
        f"""
        SELECT
          r.run_id,
          r.script,
          r.status,
          r.load_timestamp,
          r.duration_seconds,
          r.document_count,
          r.row_count,
          r.message,
          s.snapshot_id,
          s.sums
        FROM {LEDGER} r
        LEFT JOIN {SNAPSHOTS} s
          ON s.run_id = r.run_id
        WHERE r.activity = 'run'
        ORDER BY r.load_timestamp DESC, r.run_id DESC, s.snapshot_id DESC
        LIMIT {page_rows} OFFSET {(page - 1) * page_rows}
        """,
        [LEDGER, SNAPSHOTS],
    )
    return [_with_totals(row) for row in rows]


def find_run(session: Session, run_id: str) -> Row | None:
    """One run; None if the ledger has none of this id."""
    rows = session.rows(
        f"""
        SELECT r.*, s.snapshot_id, s.published_at, s.sums
        FROM {LEDGER} r
        LEFT JOIN {SNAPSHOTS} s
          ON s.run_id = r.run_id
        WHERE r.activity = 'run' AND r.run_id = $run_id
        ORDER BY s.snapshot_id DESC
        LIMIT 1
        """,
        [LEDGER, SNAPSHOTS],
        run_id=run_id,
    )
    return _with_totals(rows[0]) if rows else None


def _with_totals(row: Row) -> Row:
    """A row with its column ``sums`` read; None where a run published nothing."""
    sums = row.pop("sums")
    totals: Totals | None = SnapshotState.from_json(sums).totals if sums else None
    return row | {"totals": totals.as_dict() if totals else None}


def count_files(session: Session, run_id: str) -> dict[str, int]:
    """How many files a run met, by status."""
    rows = session.rows(
        f"""
        SELECT status, count(*) AS n
        FROM {LEDGER}
        WHERE activity <> 'run' AND run_id = $run_id
        GROUP BY status
        ORDER BY n DESC, status
        """,
        [LEDGER],
        run_id=run_id,
    )
    return {row["status"]: row["n"] for row in rows}


def list_files(
    session: Session,
    run_id: str,
    status: str | None = None,
    page: int = 1,
    page_rows: int = PAGE_ROWS,
) -> list[Row]:
    """A page of a run's files, those that something is said of first."""
    return session.rows(
        f"""
        SELECT {", ".join(FILE_COLUMNS)}
        FROM {LEDGER}
        WHERE activity <> 'run' AND run_id = $run_id AND status = coalesce($status, status)
        ORDER BY status = 'ingested', status, file_path
        LIMIT {page_rows} OFFSET {(page - 1) * page_rows}
        """,
        [LEDGER],
        run_id=run_id,
        status=status,
    )


def tables_changed(session: Session, snapshot_id: int | None) -> list[Row]:
    """The tables that a snapshot has in another version than the one before it, control ones aside.

    Returns:
        For each its ``table`` and ``zone``, its version ``before`` (None if it is new) and
        ``after``, and whether it ``is_keyed``, so that the two can be compared.
    """
    if snapshot_id is None:
        return []
    with session.reader() as reader:
        snapshots = {one.snapshot_id: one for one in list_snapshots(reader.engine)}
    before = snapshots.get(snapshot_id - 1, Snapshot()).table_versions
    after = snapshots[snapshot_id].table_versions
    return [
        {
            "table": name,
            "zone": session.spec(name).zone,
            "before": before.get(name),
            "after": version,
            "is_keyed": bool(session.spec(name).key),
        }
        for name, version in sorted(after.items())
        if version != before.get(name)
        and session.has(name)
        and session.spec(name).zone != "control"
    ]


def warnings_of(session: Session, run_id: str) -> list[Row]:
    """A run's warnings, the most frequent first."""
    if not session.has(QUALITY):
        return []
    return session.rows(
        f"""
        SELECT table_name, column_name, rule, count, examples
        FROM {QUALITY}
        WHERE run_id = $run_id
        ORDER BY count DESC, table_name, column_name, rule
        """,
        [QUALITY],
        run_id=run_id,
    )


def refusals_of(session: Session, run_id: str) -> list[Row]:
    """What a run recorded in the quarantine, by status and rule."""
    if not session.has(QUARANTINE):
        return []
    rows: list[dict[str, Any]] = session.rows(
        f"""
        SELECT status, rule, count(DISTINCT (document_id, file_name, record_number)) AS count
        FROM {QUARANTINE}
        WHERE run_id = $run_id
        GROUP BY status, rule
        ORDER BY count DESC, rule
        """,
        [QUARANTINE],
        run_id=run_id,
    )
    return rows
