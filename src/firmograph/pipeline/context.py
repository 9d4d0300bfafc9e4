"""A run: what one process holds while it writes to a lake, from the lock to the commit point."""

import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
from firmograph.engine.base import Engine
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.engine.opening import open_engine
from firmograph.errors import FirmographError, LakeError
from firmograph.ingest.known_files import Span
from firmograph.kernel.kernel import Kernel
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.pipeline.report import Folders, Limits, ProgressListener, Report
from firmograph.publish.trees.assemble import WaitingTree
from firmograph.staging.tables import StagingTables

NOT_PUBLISHED = ("tb_pipeline_control", "tb_published_snapshots")
"""Tables a snapshot does not name: they tell of runs, whether published or not."""
KEPT_SUMS = ("waiting_trees", "marts", "withdrawn", "oldest_restorable")
"""What of a snapshot's sums the next one takes over unless it is told anew."""


@dataclass
class RunContext:
    """What one run holds in its hands.

    Attributes:
        folders: where the files are.
        limits: how much it may use.
        contracts: by document type.
        kernels: the contracts, compiled.
        engine: the lake, open for writing.
        staging: what was read and is not published yet.
        ledger: of this run.
        snapshot: the last one; the lake was set back to it.
        watch: told of what goes on.
        report: filled in on the way.
        lost: tables that are older than the snapshot says; a rebuild makes them anew.
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
    lost: list[str] = field(default_factory=list)

    @property
    def waiting(self) -> dict[str, WaitingTree]:
        """Trees that lacked pages when the last snapshot was written."""
        listed = self.snapshot.sums.get("waiting_trees", {})
        return {duns: WaitingTree(**tree) for duns, tree in listed.items()}

    @property
    def withdrawn(self) -> list[Span]:
        """Documents taken back by a rollback, as spans of `ingest_seq`."""
        return [(low, high) for low, high in self.snapshot.sums.get("withdrawn", [])]

    def note(self, message: str) -> None:
        """Tells the person, now and in the report."""
        self.report.notes.append(message)
        self.listener.note(message)

    def commit(self, ingest_seq: int, contract_of: Snapshot | None = None, **sums: Any) -> None:
        """Writes the commit point, unless nothing is new since the last one.

        Args:
            ingest_seq: the last document of ODS that is published now.
            contract_of: a snapshot under whose contracts the tables are; today's if not given.
            sums: what to keep of `waiting_trees`, `marts` and `withdrawn`; what is not given stays.
        """
        before = self.snapshot
        published = {
            name: version
            for name, version in self.engine.store.versions().items()
            if name not in NOT_PUBLISHED
        }
        contracts = canonical(self.contracts.values())
        mark = fingerprint(self.contracts.values())
        if contract_of is not None:
            contracts, mark = contract_of.contract, contract_of.contract_fingerprint
        kept = {k: before.sums.get(k) for k in KEPT_SUMS} | sums
        if self.lost:
            kept["oldest_restorable"] = before.snapshot_id + 1
        is_new = (
            published != {n: v for n, v in before.table_versions.items() if n in published}
            or mark != before.contract_fingerprint
            or ingest_seq != before.ingest_seq
            or any((kept[name] or None) != before.sums.get(name) for name in kept)
        )
        self.report.snapshot_id = before.snapshot_id
        if not is_new:
            return
        snapshot = Snapshot(
            snapshot_id=before.snapshot_id + 1,
            run_id=self.report.run_id,
            published_at=datetime.now(UTC),
            contract_fingerprint=mark,
            ingest_seq=ingest_seq,
            table_versions=published,
            sums={**self.report.sums.as_dict(), **{k: v for k, v in kept.items() if v}},
            contract=contracts,
        )
        write_snapshot(self.engine, snapshot)
        self.report.snapshot_id = snapshot.snapshot_id


def plain_trees(trees: Mapping[str, WaitingTree]) -> dict[str, Any]:
    """Trees that lack pages, as a snapshot keeps them."""
    return {duns: asdict(tree) for duns, tree in trees.items()}


@contextmanager
def begin(
    script: str,
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener,
    *,
    will_rebuild: bool = False,
) -> Iterator[RunContext]:
    """Holds the lake, sets it back to its last snapshot, and keeps the ledger of the run.

    Raises:
        LakeError: where the disk, the tables or another run stand in the way.
    """
    now, started = datetime.now(UTC), time.monotonic()
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    lake = Lake(folders.lake, table_specs(contracts.values()))
    spill = lake.spill_folder
    stamp = RunStamp(run_id, now)
    with (
        _translate_errors(STORAGE_ERRORS),
        hold_lake(folders.lake, now, limits.wait_seconds),
        _empty(spill),
        open_engine(lake, stamp, limits.memory_limit, spill, limits.spark, limits.tuning) as engine,
        _translate_errors(engine.faults),
    ):
        run = _open(script, folders, limits, contracts, listener, engine)
        _restore(run, will_rebuild=will_rebuild)
        faults: tuple[type[Exception], ...] = (FirmographError, *engine.faults)
        try:
            yield run
        except faults as error:
            with suppress(*faults):
                _close(run, started, _first_line(error), status="failed")
            raise
        _trim_logs(run)
        _close(run, started, "; ".join(run.report.notes) or None)


@contextmanager
def _translate_errors(faults: tuple[type[Exception], ...]) -> Iterator[None]:
    """Says in a sentence what stopped a run."""
    try:
        yield
    except faults as error:
        raise LakeError(
            f"the run stopped: {_first_line(error)}",
            hint="nothing of it was published and no document is lost; mend what the message "
            "names, then run again",
        ) from error


@contextmanager
def _empty(spill: Path) -> Iterator[None]:
    """Clears what an ended run spilled, and what this one does."""
    shutil.rmtree(spill, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _open(
    script: str,
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener,
    engine: Engine,
) -> RunContext:
    for name in list(engine.lake.specs):
        if not engine.lake.exists(name):
            engine.store.create(name)
    engine.lake.find_marts()
    return RunContext(
        folders=folders,
        limits=limits,
        contracts=contracts,
        kernels={name: Kernel(contract) for name, contract in contracts.items()},
        engine=engine,
        staging=StagingTables(engine, contracts),
        ledger=Ledger(engine, script),
        snapshot=last_snapshot(engine),
        listener=listener,
        report=Report(engine.stamp.run_id),
    )


def _restore(run: RunContext, *, will_rebuild: bool) -> None:
    """Sets the lake back to its last snapshot."""
    restored = restore_snapshot(run.engine, run.snapshot, will_rebuild=will_rebuild)
    versions = run.engine.store.versions()
    wanted = run.snapshot.table_versions
    run.lost = [name for name in wanted if versions.get(name, -1) < wanted[name]]
    if run.lost:
        run.note(f"lost and made anew: {', '.join(run.lost)}")
    if restored:
        run.note(f"an earlier run ended before it published; set back: {', '.join(restored)}")


def _trim_logs(run: RunContext) -> None:
    """Deletes what no kept snapshot needs of the tables' logs.

    Of tables that no snapshot names as many versions stay: a reader may be opening one just now.
    """
    oldest = last_snapshot(run.engine, back=run.limits.snapshots_kept - 1)
    if not oldest.snapshot_id:
        return
    for name, version in run.engine.store.versions().items():
        needed = oldest.table_versions.get(name, 0)
        if name in NOT_PUBLISHED:
            needed = version - run.limits.snapshots_kept
        try:
            run.engine.store.expire_log(name, needed)
        except STORAGE_ERRORS as error:
            run.note(f"the log of {name} was not shortened: {_first_line(error)}")


def _close(run: RunContext, started: float, message: str | None, status: str | None = None) -> None:
    report = run.report
    report.duration_seconds = time.monotonic() - started
    changes = report.tables.values()
    run.ledger.write(
        {
            "activity": ["run"],
            "status": [status or report.status],
            "document_count": [report.sums.documents.received],
            "row_count": [sum(c.inserted + c.updated + c.deleted for c in changes)],
            "message": [message],
            "duration_seconds": [report.duration_seconds],
        }
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
