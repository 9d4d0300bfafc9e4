"""Upkeep of a lake: roll back, discard, vacuum, compact. Each is a run with its own snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

from firmograph.contract.model import Contract
from firmograph.control.quarantine import write_discard
from firmograph.control.snapshots import (
    find_snapshot,
    list_snapshots,
    restore_snapshot,
)
from firmograph.pipeline.context import begin
from firmograph.pipeline.report import Folders, Limits, ProgressListener, Report


@dataclass(frozen=True)
class FilesTouched:
    """What a vacuum or a compaction did, by table: files removed or merged."""

    files: dict[str, int]


def rollback(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    snapshot_id: int,
    listener: ProgressListener | None = None,
) -> Report:
    """Makes an older snapshot the newest; documents published since are withdrawn.

    ODS and the ledger keep them; `reinstate` publishes them again.

    Raises:
        UsageError: where the snapshot is not there or not kept any more.
    """
    with begin("rollback", folders, limits, contracts, listener or ProgressListener()) as run:
        wanted = find_snapshot(run.engine, snapshot_id, limits.snapshots_kept)
        restored = restore_snapshot(run.engine, wanted)
        last = run.snapshot.ingest_seq
        withdrawn = list(wanted.sums.get("withdrawn", []))
        if last > wanted.ingest_seq:
            withdrawn.append([wanted.ingest_seq + 1, last])
        run.commit(
            last,
            withdrawn=withdrawn,
            waiting_trees=wanted.sums.get("waiting_trees", {}),
            marts=wanted.sums.get("marts", {}),
            contract_of=wanted,
        )
        count = sum(high - low + 1 for low, high in withdrawn)
        run.note(
            f"back at snapshot {wanted.snapshot_id}: set back {len(restored)} tables, "
            f"{count} documents are withdrawn until `firmograph reinstate`"
        )
        return run.report


def discard(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    document_id: str,
    why: str,
    listener: ProgressListener | None = None,
) -> Report:
    """Closes a refusal for good; its document stays in ODS and out of every publish."""
    with begin(
        "quarantine discard", folders, limits, contracts, listener or ProgressListener()
    ) as run:
        for name in write_discard(run.engine, document_id, why):
            run.note(f"discarded the document of {name}: {why}")
        run.commit(run.snapshot.ingest_seq, run.snapshot)
        return run.report


def vacuum(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> FilesTouched:
    """Deletes files that no kept snapshot needs, those of dead runs among them."""
    with begin("vacuum", folders, limits, contracts, ProgressListener()) as run:
        kept = list_snapshots(run.engine)[: limits.snapshots_kept]
        files = {}
        for name in run.engine.store.versions():
            versions = {s.table_versions[name] for s in kept if name in s.table_versions}
            files[name] = run.engine.store.vacuum(name, sorted(versions))
        run.commit(run.snapshot.ingest_seq, run.snapshot)
        return FilesTouched(files)


def compact(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> FilesTouched:
    """Merges small files of every table; rows and their order of arrival stay."""
    with begin("compact", folders, limits, contracts, ProgressListener()) as run:
        names = [name for name in run.engine.store.versions() if name != "tb_published_snapshots"]
        files = {name: run.engine.store.compact(name) for name in names}
        run.commit(run.snapshot.ingest_seq, run.snapshot)
        return FilesTouched(files)


__all__ = ["FilesTouched", "compact", "discard", "rollback", "vacuum"]
