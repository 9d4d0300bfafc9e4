"""Rollback withdraws what was published since a snapshot; reinstate publishes it again."""

from collections.abc import Mapping
from dataclasses import replace

from firmograph.contract.model import Contract
from firmograph.control.snapshots import find_snapshot, restore_snapshot
from firmograph.ingest.known_files import without
from firmograph.pipeline.context import begin
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.publishing import check_contracts, publish_staged
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.staging import set_aside_spans, stage_from_ods


def rollback(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], snapshot_id: int
) -> Report:
    """Makes an older snapshot the newest; documents published since are withdrawn.

    ODS and the ledger keep them; `reinstate` publishes them again.

    Raises:
        UsageError: if the snapshot does not exist or is no longer kept.
    """
    with begin("rollback", folders, limits, contracts) as run:
        wanted = find_snapshot(run.engine, snapshot_id, limits.snapshots_kept)
        restored = restore_snapshot(run.engine, wanted)
        withdrawn = list(wanted.state.withdrawn)
        if run.snapshot.ingest_seq > wanted.ingest_seq:
            withdrawn.append((wanted.ingest_seq + 1, run.snapshot.ingest_seq))
        run.state = replace(
            run.state,
            withdrawn=withdrawn,
            waiting_trees=wanted.state.waiting_trees,
            marts=wanted.state.marts,
        )
        run.follow(wanted)
        count = sum(last - first + 1 for first, last in withdrawn)
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
    """Publishes again the documents that a rollback withdrew."""
    with begin("reinstate", folders, limits, contracts, listener) as run:
        check_contracts(run)
        withdrawn = run.state.withdrawn
        if not withdrawn:
            run.note("nothing is withdrawn: there was no rollback")
        run.state = replace(run.state, withdrawn=[])
        stage_from_ods(run, without(withdrawn, set_aside_spans(run)))
        publish_staged(run, is_retry=True)
        return run.report
