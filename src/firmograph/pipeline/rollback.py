"""Rollback withdraws what was published since a snapshot; reinstate publishes it again."""

from collections.abc import Mapping
from dataclasses import replace

from firmograph.contract.model import Contract
from firmograph.control.marks import count_withdrawn
from firmograph.control.quarantine import QUARANTINE
from firmograph.control.rewind import rewind, undo_rewinds
from firmograph.control.snapshots import (
    find_snapshot,
    list_snapshots,
    lost_tables,
    restore_snapshot,
)
from firmograph.engine.base import RowCounts
from firmograph.errors import UsageError
from firmograph.ingest.known_files import joined, without
from firmograph.pipeline.context import begin
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import set_aside_spans, stage_from_ods


def rollback(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], snapshot_id: int
) -> Report:
    """Makes an older snapshot the newest; documents published since are withdrawn.

    ODS, the ledger and the quarantine keep them; `reinstate` publishes them again.

    Raises:
        UsageError: if the snapshot does not exist or is no longer kept.
    """
    with begin("rollback", folders, limits, contracts) as run:
        wanted = find_snapshot(run.engine, snapshot_id, limits.snapshots_kept)
        if lost := lost_tables(run.engine, wanted):
            raise UsageError(
                f"snapshot {snapshot_id} cannot be restored: files of {', '.join(lost)} are gone",
                hint="`firmograph snapshots` tells which can; a vacuum deletes files",
            )
        restored = restore_snapshot(run.engine, wanted, kept=[QUARANTINE])
        undone = {s.run_id for s in list_snapshots(run.engine) if s.snapshot_id > snapshot_id}
        rewind(run.engine, undone, wanted)
        withdrawn = list(wanted.state.withdrawn)
        if run.snapshot.ingest_seq > wanted.ingest_seq:
            withdrawn.append((wanted.ingest_seq + 1, run.snapshot.ingest_seq))
        run.state = replace(
            run.state,
            withdrawn=joined(withdrawn),
            waiting_trees=wanted.state.waiting_trees,
            marts=wanted.state.marts,
            rollbacks=[*run.state.rollbacks, run.report.run_id],
        )
        run.follow(wanted)
        for name in wanted.table_versions:
            if name in run.engine.lake.specs and run.engine.lake.specs[name].zone in ("dw", "app"):
                run.report.tables[name] = RowCounts(rows=run.engine.store.row_count(name))
        count = count_withdrawn(run.engine, run.state.withdrawn)
        run.note(
            f"back at snapshot {wanted.snapshot_id}; tables restored: {len(restored)}; "
            f"documents withdrawn until `firmograph reinstate`: {count}"
        )
        return run.report


def reinstate(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes again the documents that a rollback withdrew.

    Documents that were withdrawn one by one, discarded or superseded stay so.
    """
    with begin("reinstate", folders, limits, contracts, listener) as run:
        check_contracts(run)
        moved = undo_rewinds(run.engine, run.state.rollbacks)
        returning = [(row["ingest_seq"], row["ingest_seq"]) for row in moved.returning]
        if not run.state.withdrawn and not any(moved):
            run.note("no rollback withdrew anything")
        spans = joined([*run.state.withdrawn, *returning])
        run.state = replace(run.state, withdrawn=[])
        stage_from_ods(run, without(spans, set_aside_spans(run)))
        publish_staged(run, moved.leaving, is_retry=True)
        return run.report
