"""The context of a run, from the lock on the lake to the commit point."""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from firmograph.contract.load import canonical, fingerprint
from firmograph.contract.model import Contract
from firmograph.control.ledger import Ledger
from firmograph.control.lock import hold_lake
from firmograph.control.marks import count_withdrawn
from firmograph.control.snapshots import (
    UNVERSIONED,
    Snapshot,
    SnapshotState,
    last_snapshot,
    restore_snapshot,
    write_snapshot,
)
from firmograph.engine.base import Engine
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.engine.opening import open_engine
from firmograph.errors import FirmographError, first_line
from firmograph.kernel.kernel import Kernel
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.pipeline.failures import (
    check_store,
    check_writable,
    clean_spill_folder,
    translate_errors,
)
from firmograph.pipeline.heal import drop_lost_files, drop_unreadable_logs
from firmograph.pipeline.logs import maintain_logs
from firmograph.pipeline.ownership import check_owners
from firmograph.pipeline.progress import ProgressListener
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.staging.tables import StagingTables
from firmograph.storage.base import Hold


@dataclass
class RunContext:
    """What a run works with, and what its snapshot will hold.

    Attributes:
        folders: where the files are.
        limits: how much the run may use.
        contracts: by document type.
        kernels: the contracts, compiled.
        engine: the lake, open for writing.
        staging: documents that were read and are not published yet.
        ledger: of this run.
        snapshot: the last one, to which the lake was restored.
        listener: told of progress.
        report: filled in by the run.
        state: of the next snapshot; the last one's until a command replaces it.
        ingest_seq: the last document that the next snapshot publishes.
        contract: the contracts of the next snapshot, as plain data.
        contract_fingerprint: of those contracts.
        is_healed: whether tables lost rows, so that all marts must be built.
        replayed: the documents of ODS that were staged, as spans of `ingest_seq`.
        may_supersede: whether a delivery that is staged may supersede another of the same bytes.
    """

    folders: Folders
    limits: Limits
    contracts: Mapping[str, Contract]
    kernels: Mapping[str, Kernel]
    engine: Engine
    staging: StagingTables
    ledger: Ledger
    snapshot: Snapshot
    listener: ProgressListener
    report: Report
    state: SnapshotState
    ingest_seq: int
    contract: dict[str, Any]
    contract_fingerprint: str
    is_healed: bool = False
    replayed: list[tuple[int, int]] = field(default_factory=list)
    may_supersede: bool = True
    _after_commit: list[Callable[[], None]] = field(default_factory=list)

    def note(self, message: str) -> None:
        """Notes a message for the user, in the report and to the listener."""
        self.report.notes.append(message)
        self.listener.note(message)

    def follow(self, snapshot: Snapshot) -> None:
        """Gives the next snapshot the contracts of an earlier one."""
        self.contract, self.contract_fingerprint = snapshot.contract, snapshot.contract_fingerprint

    def follow_contracts(self) -> None:
        """Gives the next snapshot today's contracts."""
        self.contract = canonical(self.contracts.values())
        self.contract_fingerprint = fingerprint(self.contracts.values())

    def after_commit(self, action: Callable[[], None]) -> None:
        """Adds an action to perform once the snapshot is written."""
        self._after_commit.append(action)

    def commit(self) -> None:
        """Writes the commit point, unless nothing has changed since the last one.

        Raises:
            TotalsError: if the run's totals do not balance.
        """
        before = self.snapshot
        self.report.totals.check()
        self.report.withdrawn_count = count_withdrawn(self.engine, self.state.withdrawn)
        self.state = replace(self.state, withdrawn_count=self.report.withdrawn_count)
        versions = self.engine.store.versions().items()
        published = {name: version for name, version in versions if name not in UNVERSIONED}
        is_new = (
            published != {n: v for n, v in before.table_versions.items() if n in published}
            or self.contract_fingerprint != before.contract_fingerprint
            or self.ingest_seq != before.ingest_seq
            or self.state.differs_from(before.state)
        )
        if is_new:
            snapshot = Snapshot(
                snapshot_id=before.snapshot_id + 1,
                run_id=self.report.run_id,
                published_at=datetime.now(UTC),
                contract_fingerprint=self.contract_fingerprint,
                ingest_seq=self.ingest_seq,
                table_versions=published,
                state=replace(self.state, totals=self.report.totals),
                contract=self.contract,
            )
            write_snapshot(self.engine, snapshot)
        self.report.snapshot_id = before.snapshot_id + is_new

    def complete(self) -> None:
        """Performs what waits for the commit point."""
        for action in self._after_commit:
            action()


@contextmanager
def begin(
    script: str,
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
    *,
    will_rebuild: bool = False,
) -> Iterator[RunContext]:
    """Locks the lake, restores its last snapshot, and commits at the clean end of the block.

    If the block raises, nothing it did is published.

    Args:
        script: the command, as the ledger names it.
        folders: where the files are.
        limits: how much the run may use.
        contracts: by document type.
        listener: told of progress.
        will_rebuild: whether the run derives everything from ODS again.

    Raises:
        LakeError: if the disk, the tables or another run prevent it.
        UsageError: if the lake is a replica.
    """
    check_writable(folders.lake, limits)
    now, started = datetime.now(UTC), time.monotonic()
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    faults = list(STORAGE_ERRORS)
    published: list[int] = []
    with (
        translate_errors(faults, published),
        hold_lake(folders.lake, now, limits.wait_seconds) as hold,
        clean_spill_folder(folders.lake.scratch),
        _engine(folders, limits, contracts, RunStamp(run_id, now), hold) as engine,
    ):
        faults += engine.faults
        unreadable = drop_unreadable_logs(engine.lake) if will_rebuild else []
        run = _open(script, folders, limits, contracts, listener or ProgressListener(), engine)
        found = engine.store.versions()
        _restore(run, unreadable, will_rebuild=will_rebuild)
        with _recorded_if_failed(run, started, (FirmographError, *faults)):
            yield run
            run.commit()
            published.append(run.report.snapshot_id)
            run.complete()
        for note in maintain_logs(engine, found, limits.snapshots_kept):
            run.note(note)
        _close(run, started, "; ".join(run.report.notes) or None)


def _engine(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    stamp: RunStamp,
    hold: Hold,
) -> AbstractContextManager[Engine]:
    return open_engine(
        Lake(folders.lake, table_specs(contracts.values()), hold=hold),
        stamp,
        limits.memory_limit,
        folders.lake.scratch,
        limits.spark,
        limits.tuning,
        limits.query_seconds,
    )


@contextmanager
def _recorded_if_failed(
    run: RunContext, started: float, stopping: tuple[type[Exception], ...]
) -> Iterator[None]:
    """Writes the run's own entry in the ledger if it fails."""
    try:
        yield
    except stopping as error:
        with suppress(*stopping):
            _close(run, started, first_line(error), status="failed")
        raise


def _open(
    script: str,
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener,
    engine: Engine,
) -> RunContext:
    engine.lake.open_all(engine.lake.specs)
    absent = [name for name in engine.lake.specs if not engine.lake.exists(name)]
    if len(absent) == len(engine.lake.specs):
        check_store(engine.lake.root)
    engine.lake.side_by_side(engine.store.create, absent)
    engine.lake.find_marts()
    snapshot = last_snapshot(engine)
    check_owners(engine.lake, snapshot.contract)
    return RunContext(
        folders=folders,
        limits=limits,
        contracts=contracts,
        kernels={name: Kernel(contract) for name, contract in contracts.items()},
        engine=engine,
        staging=StagingTables(engine, contracts),
        ledger=Ledger(engine, script),
        snapshot=snapshot,
        listener=listener,
        report=Report(engine.stamp.run_id),
        state=snapshot.state,
        ingest_seq=snapshot.ingest_seq,
        contract=snapshot.contract,
        contract_fingerprint=snapshot.contract_fingerprint,
    )


def _restore(run: RunContext, unreadable: list[str], *, will_rebuild: bool) -> None:
    """Restores the lake to its last snapshot; a rebuild also drops what was lost or damaged."""
    restored = restore_snapshot(run.engine, run.snapshot, will_rebuild=will_rebuild)
    versions = run.engine.store.versions()
    wanted = run.snapshot.table_versions
    known = run.engine.lake.specs.keys() | run.state.marts.keys()
    lost = [name for name in wanted if name in known and versions.get(name, -1) < wanted[name]]
    if will_rebuild:
        lost += [n for n in (*unreadable, *drop_lost_files(run.engine)) if n not in lost]
    if lost:
        run.is_healed = True
        # older snapshots refer to versions of these tables that no longer exist
        run.state = replace(run.state, oldest_restorable=run.snapshot.snapshot_id + 1)
        run.note(f"lost and rebuilt: {', '.join(lost)}")
    if restored:
        run.note(
            f"an earlier run was interrupted before it published; restored: {', '.join(restored)}"
        )


def _close(run: RunContext, started: float, message: str | None, status: str | None = None) -> None:
    """Writes the run's own entry in the ledger."""
    report = run.report
    report.duration_seconds = time.monotonic() - started
    changes = report.tables.values()
    run.ledger.write(
        {
            "activity": ["run"],
            "status": [status or report.status],
            "document_count": [report.totals.documents.received],
            "row_count": [sum(c.inserted + c.updated + c.deleted for c in changes)],
            "message": [message],
            "duration_seconds": [report.duration_seconds],
        }
    )
