"""The pipeline: ingest, then publish. Read this file first.

A run holds the lake's lock, sets back what an ended process left unpublished, takes in the
uploads, publishes what ODS has beyond the last snapshot, and ends with one row in
``tb_published_snapshots``: the commit point. `rebuild`, `retry` and `reinstate` are the same
publish over other documents.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from firmograph.contract.changes import compare_contracts
from firmograph.contract.load import canonical, fingerprint
from firmograph.contract.model import Contract
from firmograph.control.quarantine import Selection, discarded_seqs, open_seqs
from firmograph.control.snapshots import last_snapshot
from firmograph.engine.base import Changes
from firmograph.errors import ContractError, LakeError, UsageError
from firmograph.ingest.distributed import SpreadIngest
from firmograph.ingest.ingest import Bounds, Ingest
from firmograph.ingest.known_files import Span, copy_ods, known_files, last_seq, without
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.replay import count_passing, stage_again
from firmograph.kernel.kernel import Kernel
from firmograph.lake.lake import Lake
from firmograph.lake.tables import ODS_TABLES, table_specs
from firmograph.pipeline.context import Run, begin, plain_trees
from firmograph.pipeline.report import Folders, Limits, Report, Watch
from firmograph.publish.marts import find_marts
from firmograph.publish.publisher import Publisher, mart_hash
from firmograph.sources.disposal import move_all, relative
from firmograph.sources.names import readable
from firmograph.sources.uploads import scan


def run(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], watch: Watch | None = None
) -> Report:
    """Takes in the uploads and publishes what is new.

    Raises:
        LakeError: where the lake cannot be worked on; nothing was published.
        ContractError: where the contracts changed so that only a rebuild can go on.
    """
    with begin("run", folders, limits, contracts, watch or Watch()) as this:
        _check_contracts(this)
        _read_unpublished(this)
        outcomes = _ingest(this)
        with ThreadPoolExecutor(1, "moves") as beside:
            early = [outcome for outcome in outcomes if not outcome.moves_late]
            moving = beside.submit(_move, this, early)
            _publish(this, until=moving.result)
        _move(this, [outcome for outcome in outcomes if outcome.moves_late])
        return this.report


def rebuild(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], watch: Watch | None = None
) -> Report:
    """Publishes everything in ODS from the beginning, under today's contracts.

    Documents that were discarded or withdrawn stay out. Rows that come out equal are not written.
    """
    watch = watch or Watch()
    with begin("rebuild", folders, limits, contracts, watch, will_rebuild=True) as this:
        for name, spec in this.engine.lake.specs.items():
            if spec.zone == "dw":
                this.engine.reshape(name)
        spans = without([(1, last_seq(this.engine))], this.withdrawn)
        _read_ods(this, without(spans, [(s, s) for s in discarded_seqs(this.engine)]))
        _publish(this, anew=True)
        return this.report


def rebuild_as_of(
    folders: Folders,
    into: Folders,
    day: date,
    limits: Limits,
    contracts: Mapping[str, Contract],
    watch: Watch | None = None,
) -> Report:
    """Publishes into another root what ODS held at the end of a day, UTC.

    Raises:
        UsageError: where the other root holds a lake already.
    """
    if into.lake.exists() and any(into.lake.iterdir()):
        raise UsageError(
            f"{into.lake} holds something already",
            hint="`--into` takes a folder that has no lake yet",
        )
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    with begin("rebuild", into, limits, contracts, watch or Watch()) as this:
        copy_ods(Lake(folders.lake, table_specs(contracts.values())), this.engine, end)
        _read_ods(this, [(1, last_seq(this.engine))])
        _publish(this, anew=True)
        return this.report


def retry(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    selection: Selection,
    watch: Watch | None = None,
) -> Report:
    """Publishes refused documents under today's contracts; those refused again stay open."""
    with begin("quarantine retry", folders, limits, contracts, watch or Watch()) as this:
        _check_contracts(this)
        seqs = open_seqs(this.engine, selection)
        _read_ods(this, without([(s, s) for s in seqs], this.withdrawn))
        _publish(this, is_retry=True)
        return this.report


def reinstate(
    folders: Folders, limits: Limits, contracts: Mapping[str, Contract], watch: Watch | None = None
) -> Report:
    """Publishes again the documents that a rollback withdrew."""
    with begin("reinstate", folders, limits, contracts, watch or Watch()) as this:
        _check_contracts(this)
        if not this.withdrawn:
            this.note("nothing is withdrawn: no rollback came before")
        discarded = [(s, s) for s in discarded_seqs(this.engine)]
        _read_ods(this, without(this.withdrawn, discarded))
        _publish(this, is_retry=True, withdrawn=[])
        return this.report


def _check_contracts(this: Run) -> None:
    """Adds new columns; refuses any other change of the contracts."""
    changes = compare_contracts(this.snapshot.contract, canonical(this.contracts.values()))
    if changes.breaking:
        raise ContractError(
            "the contracts changed since the last run: " + "; ".join(changes.breaking),
            hint="`firmograph rebuild` publishes all of ODS anew under today's contracts",
        )
    for name, spec in this.engine.lake.specs.items():
        if spec.zone == "dw":
            this.engine.create(name)
    if changes.added:
        this.note(
            f"new columns: {', '.join(changes.added)}; rows of documents published before "
            "hold NULL there until `firmograph rebuild`"
        )
    before = this.snapshot.contract_fingerprint
    if before and before != fingerprint(this.contracts.values()):
        _count_passing(this)


def _count_passing(this: Run) -> None:
    """Tells how many refused documents the changed contracts would accept."""
    seqs = open_seqs(this.engine, Selection())
    if not seqs:
        return
    spans = without([(s, s) for s in seqs], this.withdrawn)
    kernels = this.kernels.values()
    passing = sum(count_passing(this.engine, kernel, spans) for kernel in kernels)
    this.note(
        f"the contracts changed: {passing} of {len(seqs)} refused documents would pass now; "
        "`firmograph quarantine retry` publishes them"
    )


def _read_unpublished(this: Run) -> None:
    """Stages documents that an ended run took in and did not publish."""
    last = last_seq(this.engine)
    if last > this.snapshot.ingest_seq:
        _read_ods(this, [(this.snapshot.ingest_seq + 1, last)])


def _read_ods(this: Run, spans: list[Span]) -> None:
    for kernel in this.kernels.values():
        stage_again(this.engine, kernel, spans, this.staging, workers=this.limits.workers)


def _replay_rows(this: Run, kernel: Kernel, spans: list[Span]) -> None:
    stage_again(this.engine, kernel, spans, this.staging, rows_only=True)


def _ingest(this: Run) -> list[FileOutcome]:
    """Takes the uploads into ODS and writes the ledger."""
    folders = this.folders
    if not folders.uploads.is_dir():
        raise LakeError(
            f"the upload folder {folders.uploads} is not there",
            hint="`firmograph init` makes the folders, or set --root",
        )
    files = scan(folders.uploads)
    this.watch.started(len(files))
    settled = last_snapshot(this.engine, back=1).ingest_seq
    known = known_files(this.engine, settled)
    unsettled = set(known.unsettled)
    ingest = (SpreadIngest if this.engine.slots else Ingest)(
        this.engine,
        this.kernels,
        this.staging,
        known,
        Bounds(this.limits.max_document_bytes, this.limits.workers),
        root=folders.root,
        processed=folders.processed,
    )
    outcomes = ingest.run(files, this.watch.file)
    sums = this.report.sums
    sums.files_seen = len(files)
    sums.files.update(outcome.status for outcome in outcomes)
    written = this.ledger.ingested(unsettled)
    _write_ledger(this, [o for o in outcomes if o.status != "ingested" or o.sha256 not in written])
    _count_ods(this, outcomes, unsettled)
    for name in ODS_TABLES.values():
        this.engine.fold(name)
    return outcomes


def _move(this: Run, outcomes: list[FileOutcome]) -> None:
    """Moves files to where their outcome belongs; unknown and deferred ones stay."""
    folders = this.folders
    targets = {
        "ingested": folders.processed,
        "duplicate": folders.processed / "duplicates",
        "unreadable": folders.quarantined,
    }
    for status, target in targets.items():
        files = ((o.folder, o.name) for o in outcomes if o.status == status)
        move_all(files, target, this.report.run_id)


def _write_ledger(this: Run, outcomes: list[FileOutcome]) -> None:
    root = this.folders.root
    this.ledger.write(
        {
            "file_name": [o.file_name for o in outcomes],
            "activity": ["ingest"] * len(outcomes),
            "status": [o.status for o in outcomes],
            "file_path": [readable(relative(f"{o.folder}/{o.name}", root)) for o in outcomes],
            "file_sha256": [o.sha256 for o in outcomes],
            "file_bytes": [o.size for o in outcomes],
            "document_count": [o.document_count for o in outcomes],
            "message": [o.message for o in outcomes],
        }
    )


def _count_ods(this: Run, outcomes: list[FileOutcome], unsettled: set[str]) -> None:
    for kind, name in ODS_TABLES.items():
        inserted = sum(
            outcome.document_count
            for outcome in outcomes
            if outcome.document_type == kind
            and outcome.status == "ingested"
            and outcome.sha256 not in unsettled
        )
        rows = this.engine.row_count(name)
        this.report.tables[name] = Changes(inserted=inserted, rows=rows)


def _publish(
    this: Run,
    *,
    anew: bool = False,
    is_retry: bool = False,
    until: Callable[[], None] = lambda: None,
    **kept: Any,
) -> None:
    """Publishes what is staged and writes the snapshot.

    Args:
        this: the run.
        anew: whether today's heads are forgotten.
        is_retry: whether the documents were received by an earlier run.
        until: called before the commit; waits for what goes on beside the publish.
        kept: what the snapshot is to say of `withdrawn`; what it said before if not given.
    """
    report = this.report
    replay_rows = partial(_replay_rows, this)
    publisher = Publisher(
        this.engine, this.kernels, this.staging, replay_rows, anew=anew, is_retry=is_retry
    )
    done = publisher.publish(report.sums, this.waiting, this.watch.table)
    documents = report.sums.documents
    if is_retry:
        documents.retried, documents.received = documents.received, 0
    marts = find_marts(this.folders.marts)
    built = this.snapshot.sums.get("marts", {})
    has_changed = any(changes.any for changes in [*done.tables.values(), *report.tables.values()])
    lost = [name for name in built if name not in this.engine.lake.specs]
    if has_changed or lost or {mart.name: mart_hash(mart) for mart in marts} != built:
        publisher.build_marts(marts, done, this.watch.table)
    else:
        publisher.leave_marts(built, done)
    report.take(done.tables, done.waiting_trees, done.mart_failures)
    report.refusal_count, report.finding_count = done.refusal_count, done.finding_count
    report.sums.check()
    for name, reason in done.mart_failures.items():
        this.note(f"mart {name} was not built: {reason}")
    trees = plain_trees(done.waiting_trees)
    # a retry leaves alone what an ended run took in: the next run publishes that
    published = this.snapshot.ingest_seq if is_retry else last_seq(this.engine)
    until()
    this.commit(published, waiting_trees=trees, marts=done.mart_hashes, **kept)
