"""The steps that runs, rebuilds, retries and reinstatements share: check, stage, publish."""

from dataclasses import replace
from functools import partial

from firmograph.contract.changes import compare_contracts
from firmograph.contract.load import canonical, fingerprint
from firmograph.control.quarantine import Selection, open_seqs
from firmograph.errors import ContractError
from firmograph.ingest.known_files import Span, last_seq, without
from firmograph.ingest.replay import count_passing, replay
from firmograph.kernel.kernel import Kernel
from firmograph.pipeline.context import RunContext
from firmograph.pipeline.marts import publish_marts
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
    run.note(
        f"the contracts changed: {passing} of {len(seqs)} refused documents would pass now; "
        "`firmograph quarantine retry` publishes them"
    )


def stage_from_ods(run: RunContext, spans: list[Span]) -> None:
    """Stages documents of ODS, given by spans of `ingest_seq`."""
    for kernel in run.kernels.values():
        replay(
            run.engine,
            kernel,
            spans,
            run.staging,
            tuning=run.limits.tuning,
            workers=run.limits.workers,
        )


def _replay_rows(run: RunContext, kernel: Kernel, spans: list[Span]) -> None:
    tuning = run.limits.tuning
    replay(run.engine, kernel, spans, run.staging, tuning=tuning, rows_only=True)


def publish_staged(run: RunContext, *, full_refresh: bool = False, is_retry: bool = False) -> None:
    """Publishes what is staged, under today's contracts.

    Args:
        run: the run.
        full_refresh: whether to ignore the current heads.
        is_retry: whether the documents were received by an earlier run.
    """
    report = run.report
    publisher = Publisher(
        run.engine,
        run.kernels,
        run.staging,
        partial(_replay_rows, run),
        full_refresh=full_refresh,
        is_retry=is_retry,
    )
    done = publisher.publish(report.totals, run.state.waiting_trees, run.listener.table)
    documents = report.totals.documents
    if is_retry:
        documents.retried, documents.received = documents.received, 0
    else:
        # a retry does not publish the documents of an interrupted run: the next run does
        run.ingest_seq = last_seq(run.engine)
    report.tables.update(done.tables)
    report.waiting_trees = done.waiting_trees
    report.refusal_count, report.finding_count = done.refusal_count, done.finding_count
    run.state = replace(run.state, waiting_trees=done.waiting_trees)
    publish_marts(run)
    run.follow_contracts()
