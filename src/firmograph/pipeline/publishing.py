"""The steps that runs, rebuilds, retries and reinstatements share: check, publish."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from firmograph.contract.changes import compare_contracts
from firmograph.contract.load import canonical, fingerprint
from firmograph.control.corrections import Coverage, close_corrected
from firmograph.control.marks import Row
from firmograph.control.quarantine import Selection, open_seqs
from firmograph.control.superseded import supersede_earlier
from firmograph.errors import ContractError
from firmograph.ingest.known_files import last_seq, without
from firmograph.ingest.replay import count_passing
from firmograph.kernel.reference import covered_tables
from firmograph.pipeline.context import RunContext
from firmograph.pipeline.marts import publish_marts
from firmograph.pipeline.staging import find_earlier, replay_rows, stage_leaving
from firmograph.publish.publisher import Publisher


def check_contracts(run: RunContext) -> None:
    """Checks the contracts against those of the last snapshot, and adds new columns to the tables.

    Raises:
        ContractError: if the contracts changed in a way that requires a rebuild.
    """
    changes = compare_contracts(run.snapshot.contract, canonical(run.contracts.values()))
    if changes.breaking:
        raise ContractError(
            "the contracts changed since the last run: " + "; ".join(changes.breaking),
            hint="`firmograph rebuild` publishes all of ODS again under today's contracts",
        )
    for name, spec in run.engine.lake.specs.items():
        if spec.zone == "dw" and run.snapshot.snapshot_id:
            run.engine.store.create(name)
        elif spec.zone == "dw":
            run.engine.store.recreate(name)  # left by a run that never published
    if changes.added:
        run.note(
            f"new columns: {', '.join(changes.added)}; rows of documents published before "
            "hold NULL there until `firmograph rebuild`"
        )
    if changes.extended:
        run.note(
            f"further places are read for {', '.join(changes.extended)}; rows of documents "
            "published before keep what they hold until `firmograph rebuild`"
        )
    before = run.snapshot.contract_fingerprint
    if before and before != fingerprint(run.contracts.values()):
        _count_passing(run)


def _count_passing(run: RunContext) -> None:
    """Notes how many refused documents the changed contracts would accept."""
    seqs = open_seqs(run.engine, Selection())
    if not seqs:
        return
    spans = without([(s, s) for s in seqs], run.state.withdrawn)
    kernels = run.kernels.values()
    passing = sum(count_passing(run.engine, kernel, spans) for kernel in kernels)
    if passing:
        run.note(
            f"the contracts changed: {passing} of {len(seqs)} refused documents would pass now; "
            "`firmograph quarantine retry` publishes them"
        )


def publish_staged(
    run: RunContext,
    leaving: Iterable[Row] = (),
    *,
    full_refresh: bool = False,
    is_retry: bool = False,
) -> None:
    """Publishes what is staged, under today's contracts.

    Args:
        run: the run.
        leaving: documents that were set aside, whose rows must leave the tables.
        full_refresh: whether to ignore the current heads.
        is_retry: whether the documents were received by an earlier run.
    """
    report = run.report
    run.staging.flush()
    # a retry does not publish the documents of an interrupted run: the next run does
    last = last_seq(run.engine) if is_retry else run.snapshot.ingest_seq
    returned = None if full_refresh else find_earlier(run)
    if run.may_supersede:
        superseded = supersede_earlier(run.engine, returned, last + 1, run.state.withdrawn)
        leaving = [*leaving, *superseded]
    stage_leaving(run, () if full_refresh else leaving)
    publisher = Publisher(
        run.engine,
        run.kernels,
        run.staging,
        partial(replay_rows, run),
        full_refresh=full_refresh,
        is_retry=is_retry,
    )
    done = publisher.publish(report.totals, run.state.waiting_trees, run.listener.table)
    documents = report.totals.documents
    if not full_refresh:
        documents.retried = len(find_earlier(run))
        documents.received -= documents.retried
    if not is_retry:
        run.ingest_seq = last_seq(run.engine)
    if closed := close_corrected(run.engine, last, _coverage(run)):
        run.note(f"refusals closed, since their corrections arrived: {closed}")
    report.tables.update(done.tables)
    report.waiting_trees = done.waiting_trees
    report.refusal_count, report.finding_count = done.refusal_count, done.finding_count
    run.state = replace(run.state, waiting_trees=done.waiting_trees)
    publish_marts(run)
    run.follow_contracts()


def _coverage(run: RunContext) -> Coverage:
    """Which tables documents cover, under the contracts of a run."""
    return Coverage(
        {name: [table.name for table in c.tables] for name, c in run.contracts.items()},
        lambda name, raw: covered_tables(run.contracts[name], raw),
    )
