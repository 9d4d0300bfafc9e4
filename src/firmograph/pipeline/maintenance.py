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
from firmograph.pipeline.report import Folders, Limits, Report, Watch


@dataclass(frozen=True)
class Freed:
    """What a vacuum or a compaction did, by table: files removed or merged."""

    files: dict[str, int]


def rollback(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    snapshot_id: int,
    watch: Watch | None = None,
) -> Report:
    """Makes an older snapshot the newest; documents published since are withdrawn.

    ODS and the ledger keep them; `reinstate` publishes them again.

    Raises:
        UsageError: where the snapshot is not there or not kept any more.
    """
    with begin("rollback", folders, limits, contracts, watch or Watch()) as this:
        wanted = find_snapshot(this.engine, snapshot_id, limits.snapshots_kept)
        restored = restore_snapshot(this.engine, wanted)
        last = this.snapshot.ingest_seq
        withdrawn = list(wanted.sums.get("withdrawn", []))
        if last > wanted.ingest_seq:
            withdrawn.append([wanted.ingest_seq + 1, last])
        this.commit(
            last,
            withdrawn=withdrawn,
            waiting_trees=wanted.sums.get("waiting_trees", {}),
            marts=wanted.sums.get("marts", {}),
            contract_of=wanted,
        )
        count = sum(high - low + 1 for low, high in withdrawn)
        this.note(
            f"back at snapshot {wanted.snapshot_id}: set back {len(restored)} tables, "
            f"{count} documents are withdrawn until `firmograph reinstate`"
        )
        return this.report


def discard(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    document_id: str,
    why: str,
    watch: Watch | None = None,
) -> Report:
    """Closes a refusal for good; its document stays in ODS and out of every publish."""
    with begin("quarantine discard", folders, limits, contracts, watch or Watch()) as this:
        for name in write_discard(this.engine, document_id, why):
            this.note(f"discarded the document of {name}: {why}")
        this.commit(this.snapshot.ingest_seq, this.snapshot)
        return this.report


def vacuum(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> Freed:
    """Deletes files that no kept snapshot needs, those of dead runs among them."""
    with begin("vacuum", folders, limits, contracts, Watch()) as this:
        kept = list_snapshots(this.engine)[: limits.snapshots_kept]
        files = {}
        for name in this.engine.versions():
            versions = {s.table_versions[name] for s in kept if name in s.table_versions}
            files[name] = this.engine.vacuum(name, sorted(versions))
        this.commit(this.snapshot.ingest_seq, this.snapshot)
        return Freed(files)


def compact(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> Freed:
    """Merges small files of every table; rows and their order of arrival stay."""
    with begin("compact", folders, limits, contracts, Watch()) as this:
        names = [name for name in this.engine.versions() if name != "tb_published_snapshots"]
        files = {name: this.engine.compact(name) for name in names}
        this.commit(this.snapshot.ingest_seq, this.snapshot)
        return Freed(files)


__all__ = ["Freed", "compact", "discard", "rollback", "vacuum"]
