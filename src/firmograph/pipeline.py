"""The pipeline: ingest, then publish. Read this file first.

A run holds the lake's lock, sets back what an ended process left unpublished, takes in the
uploads, publishes what ODS has beyond the last snapshot, and ends with one row in
``tb_published_snapshots``: the commit point.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmograph.contract.changes import compare_contracts
from firmograph.contract.kernel import Kernel
from firmograph.contract.load import canonical, fingerprint
from firmograph.contract.model import Contract
from firmograph.control.ledger import Ledger
from firmograph.control.lock import hold_lake
from firmograph.control.snapshots import (
    Snapshot,
    last_snapshot,
    restore_snapshot,
    write_snapshot,
)
from firmograph.engine.base import Changes, Engine, RunStamp
from firmograph.engine.embedded import EmbeddedEngine
from firmograph.errors import ContractError, FirmographError, LakeError
from firmograph.intake.folders import move
from firmograph.intake.uploads import scan
from firmograph.lake import Lake
from firmograph.layers.app import find_marts
from firmograph.layers.ods import FileOutcome, Ingest
from firmograph.layers.ods_reading import known_files, last_seq, read_again
from firmograph.layers.trees import WaitingTree
from firmograph.publishing import Published, Publisher, mart_hash
from firmograph.report import Folders, Limits, Report, Watch
from firmograph.staging import Staging
from firmograph.tables import ODS_TABLES, table_specs


@dataclass
class _Run:
    """What one run holds in its hands."""

    folders: Folders
    limits: Limits
    contracts: Mapping[str, Contract]
    engine: Engine
    kernels: dict[str, Kernel]
    staging: Staging
    ledger: Ledger
    snapshot: Snapshot
    watch: Watch
    report: Report

    @property
    def waiting(self) -> dict[str, WaitingTree]:
        """Trees that lacked pages when the last snapshot was written."""
        listed = self.snapshot.sums.get("waiting_trees", {})
        return {duns: WaitingTree(**tree) for duns, tree in listed.items()}

    def note(self, message: str) -> None:
        """Tells the person, now and in the report."""
        self.report.notes.append(message)
        self.watch.note(message)


def run(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], watch: Watch | None = None
) -> Report:
    """Takes in the uploads and publishes what is new.

    Raises:
        LakeError: where the lake cannot be worked on; nothing was published.
        ContractError: where the contracts changed so that only a rebuild can go on.
    """
    with _begin("run", folders, limits, contracts, watch or Watch()) as this:
        _check_contracts(this)
        _read_unpublished(this)
        outcomes = _ingest(this)
        _publish(this, outcomes, anew=False)
        return this.report


def rebuild(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], watch: Watch | None = None
) -> Report:
    """Publishes everything in ODS from the beginning, under today's contracts."""
    with _begin("rebuild", folders, limits, contracts, watch or Watch()) as this:
        _read_ods(this, 1, last_seq(this.engine))
        _publish(this, [], anew=True)
        return this.report


@contextmanager
def _begin(
    script: str,
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    watch: Watch,
) -> Iterator[_Run]:
    """Holds the lake, sets it back to its last snapshot, and keeps the ledger of the run."""
    now, started = datetime.now(UTC), time.monotonic()
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    lake = Lake(folders.lake, table_specs(contracts.values()))
    spill = folders.lake / ".spill"
    with (
        hold_lake(folders.lake, now, limits.wait_seconds),
        EmbeddedEngine(
            lake, RunStamp(run_id, now), memory_limit=limits.memory_limit, spill=spill
        ) as engine,
    ):
        _create_tables(engine)
        ledger = Ledger(engine, script)
        snapshot = last_snapshot(engine)
        restored = restore_snapshot(engine, snapshot)
        this = _Run(
            folders=folders,
            limits=limits,
            contracts=contracts,
            engine=engine,
            kernels={name: Kernel(contract) for name, contract in contracts.items()},
            staging=Staging(engine, contracts),
            ledger=ledger,
            snapshot=snapshot,
            watch=watch,
            report=Report(run_id),
        )
        if restored:
            this.note(f"an earlier run ended before it published; set back: {', '.join(restored)}")
        try:
            yield this
        except FirmographError as error:
            _close(this, started, error.message, status="failed")
            raise
        _close(this, started, "; ".join(this.report.notes) or None)


def _create_tables(engine: Engine) -> None:
    """Creates what is not there, and finds the marts."""
    lake = engine.lake
    for name in list(lake.specs):
        if not lake.exists(name):
            engine.create(name)
    lake.find_marts()


def _close(this: _Run, started: float, message: str | None, status: str | None = None) -> None:
    report = this.report
    report.duration_seconds = time.monotonic() - started
    this.ledger.write(
        [
            {
                "activity": "run",
                "status": status or report.status,
                "document_count": report.sums.documents.received,
                "row_count": sum(
                    c.inserted + c.updated + c.deleted for c in report.tables.values()
                ),
                "message": message,
                "duration_seconds": report.duration_seconds,
            }
        ]
    )


def _check_contracts(this: _Run) -> None:
    """Adds new columns; refuses any other change of the contracts."""
    changes = compare_contracts(this.snapshot.contract, canonical(this.contracts.values()))
    if changes.breaking:
        raise ContractError(
            "the contracts changed since the last run: " + "; ".join(changes.breaking),
            hint="`firmograph rebuild` publishes all of ODS anew under today's contracts",
        )
    _add_columns(this)
    if changes.added:
        this.note(
            f"new columns: {', '.join(changes.added)}; rows of documents published before "
            "hold NULL there until `firmograph rebuild`"
        )


def _add_columns(this: _Run) -> None:
    for name, spec in this.engine.lake.specs.items():
        if spec.zone == "dw":
            this.engine.create(name)


def _read_unpublished(this: _Run) -> None:
    """Stages documents that an ended run took in and did not publish."""
    last = last_seq(this.engine)
    if last > this.snapshot.ingest_seq:
        _read_ods(this, this.snapshot.ingest_seq + 1, last)


def _read_ods(this: _Run, first: int, last: int) -> None:
    for kernel in this.kernels.values():
        for ref, reading in read_again(this.engine, kernel, [(first, last)]):
            this.staging.add(ref, reading)


def _ingest(this: _Run) -> list[FileOutcome]:
    """Takes the uploads into ODS, writes the ledger, moves the files."""
    folders = this.folders
    if not folders.uploads.is_dir():
        raise LakeError(
            f"the upload folder {folders.uploads} is not there",
            hint="`firmograph init` makes the folders, or set --root",
        )
    files = scan(folders.uploads)
    this.watch.started(len(files))
    known = known_files(this.engine, this.snapshot.ingest_seq)
    pending = set(known.pending)
    ingest = Ingest(
        this.engine,
        this.kernels,
        this.staging,
        known,
        max_document_bytes=this.limits.max_document_bytes,
        root=folders.root,
    )
    outcomes = ingest.run(files, this.watch.file)
    sums = this.report.sums
    sums.files_seen = len(files)
    sums.files.update(outcome.status for outcome in outcomes)
    this.ledger.write(_file_entry(outcome, folders.root) for outcome in outcomes)
    for outcome in outcomes:
        if outcome.status == "ingested":
            move(outcome.path, folders.processed, this.report.run_id)
        elif outcome.status == "duplicate":
            move(outcome.path, folders.processed / "duplicates", this.report.run_id)
    _count_ods(this, outcomes, pending)
    return outcomes


def _file_entry(outcome: FileOutcome, root: Path) -> dict[str, Any]:
    return {
        "file_name": outcome.file_name,
        "activity": "ingest",
        "status": outcome.status,
        "file_path": (outcome.path.parent.relative_to(root) / outcome.file_name).as_posix(),
        "file_sha256": outcome.sha256,
        "file_bytes": outcome.size,
        "document_count": outcome.document_count,
        "message": outcome.message,
    }


def _count_ods(this: _Run, outcomes: list[FileOutcome], pending: set[str]) -> None:
    for kind, name in ODS_TABLES.items():
        inserted = sum(
            outcome.document_count
            for outcome in outcomes
            if outcome.document_type == kind
            and outcome.status == "ingested"
            and outcome.sha256 not in pending
        )
        rows = this.engine.row_count(name)
        this.report.tables[name] = Changes(inserted=inserted, rows=rows)


def _publish(this: _Run, outcomes: list[FileOutcome], *, anew: bool) -> None:
    """Publishes what is staged, writes the snapshot, moves what could not be read."""
    report = this.report
    publisher = Publisher(this.engine, this.kernels, this.staging, anew=anew)
    done = publisher.publish(report.sums, this.waiting, this.watch.table)
    marts = find_marts(this.folders.marts)
    built = this.snapshot.sums.get("marts", {})
    wanted = {mart.name: mart_hash(mart) for mart in marts}
    has_changed = any(changes.any for changes in [*done.tables.values(), *report.tables.values()])
    if has_changed or wanted != built:
        publisher.build_marts(marts, done, this.watch.table)
    else:
        done.mart_hashes = built
        for name in this.engine.lake.find_marts():
            done.tables[name] = Changes(rows=this.engine.row_count(name))
    report.tables.update(done.tables)
    report.waiting_trees = done.waiting_trees
    report.mart_failures = done.mart_failures
    report.refusal_count, report.finding_count = done.refusal_count, done.finding_count
    report.sums.check()
    _write_snapshot(this, done, anew=anew)
    for outcome in outcomes:
        if outcome.status == "unreadable":
            move(outcome.path, this.folders.quarantined, report.run_id)
    sums = report.sums
    refused = (
        sums.documents.quarantined,
        sums.elements.rejected,
        sums.files["unreadable"],
        done.refusal_count,
    )
    report.status = "failed" if done.mart_failures else "refused" if any(refused) else "ok"
    for name, reason in done.mart_failures.items():
        this.note(f"mart {name} was not built: {reason}")


def _write_snapshot(this: _Run, done: Published, *, anew: bool) -> None:
    """Writes the commit point, unless nothing is new since the last one."""
    report, before = this.report, this.snapshot
    published = {
        name: version
        for name, version in this.engine.versions().items()
        if name not in ("tb_pipeline_control", "tb_published_snapshots")
    }
    print_of_contracts = fingerprint(this.contracts.values())
    held = {n: v for n, v in before.table_versions.items() if n in published}
    if published == held and print_of_contracts == before.contract_fingerprint and not anew:
        report.snapshot_id = before.snapshot_id
        return
    sums = report.sums.as_dict()
    sums["waiting_trees"] = {duns: asdict(tree) for duns, tree in done.waiting_trees.items()}
    sums["marts"] = done.mart_hashes
    snapshot = Snapshot(
        snapshot_id=before.snapshot_id + 1,
        run_id=report.run_id,
        published_at=datetime.now(UTC),
        contract_fingerprint=print_of_contracts,
        ingest_seq=max(before.ingest_seq, last_seq(this.engine)),
        table_versions=published,
        sums=sums,
        contract=canonical(this.contracts.values()),
    )
    write_snapshot(this.engine, snapshot)
    report.snapshot_id = snapshot.snapshot_id


__all__ = ["Folders", "Limits", "Report", "Watch", "rebuild", "run"]
