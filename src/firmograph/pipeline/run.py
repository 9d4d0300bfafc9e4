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
from firmograph.engine.base import RowCounts
from firmograph.errors import ContractError, LakeError, UsageError
from firmograph.ingest.known_files import Span, copy_ods, known_files, last_seq, without
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.replay import count_passing, replay
from firmograph.ingest.start import Bounds, start_ingest
from firmograph.kernel.kernel import Kernel
from firmograph.lake.lake import Lake
from firmograph.lake.store import APPENDS_LIMIT
from firmograph.lake.tables import table_specs
from firmograph.pipeline.context import RunContext, begin, plain_trees
from firmograph.pipeline.report import Folders, Limits, ProgressListener, Report
from firmograph.publish.marts import find_marts
from firmograph.publish.publisher import Publisher, mart_hash
from firmograph.sources.disposal import move_all, relative
from firmograph.sources.names import readable
from firmograph.sources.uploads import scan
from firmograph.storage.base import Gone, is_empty


def run(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Takes in the uploads and publishes what is new.

    Raises:
        LakeError: where the lake cannot be worked on; nothing was published.
        ContractError: where the contracts changed so that only a rebuild can go on.
    """
    with begin("run", folders, limits, contracts, listener or ProgressListener()) as run:
        _check_contracts(run)
        _read_unpublished(run)
        outcomes = _ingest(run)
        with ThreadPoolExecutor(1, "moves") as beside:
            early = [outcome for outcome in outcomes if not outcome.moves_late]
            moving = beside.submit(_move, run, early)
            _publish(run, until=moving.result)
        _move(run, [outcome for outcome in outcomes if outcome.moves_late])
        return run.report


def rebuild(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes everything in ODS from the beginning, under today's contracts.

    Documents that were discarded or withdrawn stay out. Rows that come out equal are not written.
    """
    listener = listener or ProgressListener()
    with begin("rebuild", folders, limits, contracts, listener, will_rebuild=True) as run:
        for name, spec in run.engine.lake.specs.items():
            if spec.zone == "dw":
                run.engine.store.recreate(name)
        spans = without([(1, last_seq(run.engine))], run.withdrawn)
        _read_ods(run, without(spans, [(s, s) for s in discarded_seqs(run.engine)]))
        _publish(run, full_refresh=True)
        return run.report


def rebuild_as_of(
    folders: Folders,
    into: Folders,
    day: date,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes into another root what ODS held at the end of a day, UTC.

    Raises:
        UsageError: where the other root holds a lake already.
    """
    if not is_empty(into.lake):
        raise UsageError(
            f"{into.lake.url} holds something already",
            hint="`--into` takes a folder that has no lake yet",
        )
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    with begin("rebuild", into, limits, contracts, listener or ProgressListener()) as run:
        copy_ods(Lake(folders.lake, table_specs(contracts.values())), run.engine, end)
        _read_ods(run, [(1, last_seq(run.engine))])
        _publish(run, full_refresh=True)
        return run.report


def retry(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    selection: Selection,
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes refused documents under today's contracts; those refused again stay open."""
    with begin(
        "quarantine retry", folders, limits, contracts, listener or ProgressListener()
    ) as run:
        _check_contracts(run)
        seqs = open_seqs(run.engine, selection)
        _read_ods(run, without([(s, s) for s in seqs], run.withdrawn))
        _publish(run, is_retry=True)
        return run.report


def reinstate(
    folders: Folders,
    limits: Limits,
    contracts: Mapping[str, Contract],
    listener: ProgressListener | None = None,
) -> Report:
    """Publishes again the documents that a rollback withdrew."""
    with begin("reinstate", folders, limits, contracts, listener or ProgressListener()) as run:
        _check_contracts(run)
        if not run.withdrawn:
            run.note("nothing is withdrawn: no rollback came before")
        discarded = [(s, s) for s in discarded_seqs(run.engine)]
        _read_ods(run, without(run.withdrawn, discarded))
        _publish(run, is_retry=True, withdrawn=[])
        return run.report


def _check_contracts(run: RunContext) -> None:
    """Adds new columns; refuses any other change of the contracts."""
    changes = compare_contracts(run.snapshot.contract, canonical(run.contracts.values()))
    if changes.breaking:
        raise ContractError(
            "the contracts changed since the last run: " + "; ".join(changes.breaking),
            hint="`firmograph rebuild` publishes all of ODS anew under today's contracts",
        )
    for name, spec in run.engine.lake.specs.items():
        if spec.zone == "dw":
            run.engine.store.create(name)
    if changes.added:
        run.note(
            f"new columns: {', '.join(changes.added)}; rows of documents published before "
            "hold NULL there until `firmograph rebuild`"
        )
    before = run.snapshot.contract_fingerprint
    if before and before != fingerprint(run.contracts.values()):
        _count_passing(run)


def _count_passing(run: RunContext) -> None:
    """Tells how many refused documents the changed contracts would accept."""
    seqs = open_seqs(run.engine, Selection())
    if not seqs:
        return
    spans = without([(s, s) for s in seqs], run.withdrawn)
    kernels = run.kernels.values()
    passing = sum(count_passing(run.engine, kernel, spans) for kernel in kernels)
    run.note(
        f"the contracts changed: {passing} of {len(seqs)} refused documents would pass now; "
        "`firmograph quarantine retry` publishes them"
    )


def _read_unpublished(run: RunContext) -> None:
    """Stages documents that an ended run took in and did not publish."""
    last = last_seq(run.engine)
    if last > run.snapshot.ingest_seq:
        _read_ods(run, [(run.snapshot.ingest_seq + 1, last)])


def _read_ods(run: RunContext, spans: list[Span]) -> None:
    for kernel in run.kernels.values():
        limits = run.limits
        replay(
            run.engine,
            kernel,
            spans,
            run.staging,
            tuning=limits.tuning,
            workers=limits.workers,
        )


def _replay_rows(run: RunContext, kernel: Kernel, spans: list[Span]) -> None:
    tuning = run.limits.tuning
    replay(run.engine, kernel, spans, run.staging, tuning=tuning, rows_only=True)


def _ingest(run: RunContext) -> list[FileOutcome]:
    """Takes the uploads into ODS and writes the ledger."""
    folders = run.folders
    try:
        files = scan(folders.uploads)
    except Gone as error:
        raise LakeError(
            f"the upload folder {folders.uploads.url} is not there",
            hint="`firmograph init` makes the folders, or set --root",
        ) from error
    run.listener.started(len(files))
    settled = last_snapshot(run.engine, back=1).ingest_seq
    known = known_files(run.engine, settled)
    unsettled = set(known.unsettled)
    ingest = start_ingest(
        run.engine,
        run.kernels,
        run.staging,
        known,
        Bounds(run.limits.max_document_bytes, run.limits.workers, run.limits.tuning),
        root=folders.root,
        processed=folders.processed,
    )
    outcomes = ingest.run(files, run.listener.file)
    sums = run.report.sums
    sums.files_seen = len(files)
    sums.files.update(outcome.status for outcome in outcomes)
    written = run.ledger.ingested(unsettled)
    _write_ledger(run, [o for o in outcomes if o.status != "ingested" or o.sha256 not in written])
    _count_ods(run, outcomes, unsettled)
    for name in run.engine.lake.ods_tables.values():
        run.engine.store.compact(name, above=APPENDS_LIMIT)
    return outcomes


def _move(run: RunContext, outcomes: list[FileOutcome]) -> None:
    """Moves files to where their outcome belongs; unknown and deferred ones stay."""
    folders = run.folders
    targets = {
        "ingested": folders.processed,
        "duplicate": folders.processed / "duplicates",
        "unreadable": folders.quarantined,
    }
    for status, target in targets.items():
        names = (o.name for o in outcomes if o.status == status)
        move_all(folders.uploads, names, target, run.report.run_id)


def _write_ledger(run: RunContext, outcomes: list[FileOutcome]) -> None:
    root = str(run.folders.root)
    run.ledger.write(
        {
            "file_name": [o.file_name for o in outcomes],
            "activity": ["ingest"] * len(outcomes),
            "status": [o.status for o in outcomes],
            "file_path": [readable(relative(o.location, root)) for o in outcomes],
            "file_sha256": [o.sha256 for o in outcomes],
            "file_bytes": [o.size for o in outcomes],
            "document_count": [o.document_count for o in outcomes],
            "message": [o.message for o in outcomes],
        }
    )


def _count_ods(run: RunContext, outcomes: list[FileOutcome], unsettled: set[str]) -> None:
    for kind, name in run.engine.lake.ods_tables.items():
        inserted = sum(
            outcome.document_count
            for outcome in outcomes
            if outcome.document_type == kind
            and outcome.status == "ingested"
            and outcome.sha256 not in unsettled
        )
        rows = run.engine.store.row_count(name)
        run.report.tables[name] = RowCounts(inserted=inserted, rows=rows)


def _publish(
    run: RunContext,
    *,
    full_refresh: bool = False,
    is_retry: bool = False,
    until: Callable[[], None] = lambda: None,
    **kept: Any,
) -> None:
    """Publishes what is staged and writes the snapshot.

    Args:
        run: the run.
        full_refresh: whether today's heads are forgotten.
        is_retry: whether the documents were received by an earlier run.
        until: called before the commit; waits for what goes on beside the publish.
        kept: what the snapshot is to say of `withdrawn`; what it said before if not given.
    """
    report = run.report
    replay_rows = partial(_replay_rows, run)
    publisher = Publisher(
        run.engine,
        run.kernels,
        run.staging,
        replay_rows,
        full_refresh=full_refresh,
        is_retry=is_retry,
    )
    done = publisher.publish(report.sums, run.waiting, run.listener.table)
    documents = report.sums.documents
    if is_retry:
        documents.retried, documents.received = documents.received, 0
    marts = find_marts(run.folders.marts)
    built = run.snapshot.sums.get("marts", {})
    has_changed = any(changes.any for changes in [*done.tables.values(), *report.tables.values()])
    lost = [name for name in built if name not in run.engine.lake.specs]
    if has_changed or lost or {mart.name: mart_hash(mart) for mart in marts} != built:
        publisher.build_marts(marts, done, run.listener.table)
    else:
        publisher.leave_marts(built, done)
    report.take(done.tables, done.waiting_trees, done.mart_failures)
    report.refusal_count, report.finding_count = done.refusal_count, done.finding_count
    report.sums.check()
    for name, reason in done.mart_failures.items():
        run.note(f"mart {name} was not built: {reason}")
    trees = plain_trees(done.waiting_trees)
    # a retry leaves alone what an ended run took in: the next run publishes that
    published = run.snapshot.ingest_seq if is_retry else last_seq(run.engine)
    until()
    run.commit(published, waiting_trees=trees, marts=done.mart_hashes, **kept)
