"""Stages documents of ODS for a publish, and the entities whose documents leave the tables."""

from collections.abc import Iterable

from firmograph.contract.model import Contract
from firmograph.control.marks import Row
from firmograph.control.quarantine import SET_ASIDE, seqs_of
from firmograph.ingest.known_files import Span, joined, without
from firmograph.ingest.replay import find_entities, replay
from firmograph.kernel.kernel import Kernel
from firmograph.lake.files import meeting
from firmograph.pipeline.context import RunContext
from firmograph.publish.refresh import refreshed_of, stage_refresh
from firmograph.staging.schema import documents_of


def stage_from_ods(run: RunContext, spans: list[Span]) -> None:
    """Stages documents of ODS, given by spans of `ingest_seq`."""
    run.replayed += spans
    for kernel in run.kernels.values():
        replay(
            run.engine,
            kernel,
            spans,
            run.staging,
            tuning=run.limits.tuning,
            workers=run.limits.workers,
        )


def replay_rows(run: RunContext, kernel: Kernel, spans: list[Span]) -> None:
    """Stages the rows of documents that are already accounted for."""
    tuning = run.limits.tuning
    replay(run.engine, kernel, spans, run.staging, tuning=tuning, rows_only=True)


def set_aside_spans(run: RunContext, *others: str) -> list[Span]:
    """The documents that no publish may stage: set aside one by one, or by a rollback.

    Args:
        run: the run.
        others: further statuses of documents to leave out.
    """
    one_by_one = ((seq, seq) for seq in seqs_of(run.engine, (*SET_ASIDE, *others)))
    return joined([*run.state.withdrawn, *one_by_one])


def stage_leaving(run: RunContext, leaving: Iterable[Row]) -> None:
    """Stages the entities of documents that were set aside, and the entities' other documents.

    The publisher then chooses the heads of these entities anew, and deletes the rows of those that
    have no document left.
    """
    published = without([(1, run.snapshot.ingest_seq)], run.snapshot.state.withdrawn)
    seqs = {row["ingest_seq"] for row in leaving}
    spans = [(seq, seq) for seq in sorted(seqs) if meeting(published, seq, seq)]
    entities = {
        name: find_entities(run.engine, kernel, spans) if spans else set()
        for name, kernel in run.kernels.items()
    }
    pairs = [(name, entity) for name, found in entities.items() for entity in sorted(found)]
    # a reinstatement may give one the status `open`, which staged documents may have, too
    stage_refresh(run.engine, pairs, seqs.union(seqs_of(run.engine, SET_ASIDE)))
    if not pairs:
        return
    run.staging.flush()
    absent = set_aside_spans(run, "open")
    others = [
        seq
        for kernel in run.kernels.values()
        if entities[kernel.contract.name]
        for seq in _others(run, kernel.contract)
    ]
    stage_from_ods(run, without([(seq, seq) for seq in others], absent))


def _others(run: RunContext, contract: Contract) -> list[int]:
    """The published documents of the entities staged by `stage_refresh` that are not staged.

    The column `entity_id` of ODS is NULL for documents that could not be read when they were
    ingested; a later contract may have accepted them.
    """
    table = contract.ods_table
    found = run.engine.query(
        f"""
        SELECT o.ingest_seq
        FROM {table} o
        LEFT JOIN ({refreshed_of(contract)}) f
          ON f.entity_id = o.entity_id
        ANTI JOIN {documents_of(contract)} d
          ON d.ingest_seq = o.ingest_seq
        WHERE o.ingest_seq <= {run.snapshot.ingest_seq}
          AND (o.entity_id IS NULL OR f.entity_id IS NOT NULL)
        """,
        [table],
    )
    seqs: list[int] = found["ingest_seq"].to_pylist()
    return seqs


def find_earlier(run: RunContext) -> list[int]:
    """The `ingest_seq` of the staged documents that earlier runs received."""
    found: list[int] = []
    if all(first > run.snapshot.ingest_seq for first, _ in run.replayed):
        return found
    for kernel in run.kernels.values():
        rows = run.engine.query(f"""
            SELECT ingest_seq
            FROM {documents_of(kernel.contract)}
            WHERE ingest_seq <= {run.snapshot.ingest_seq}
        """)
        found += rows["ingest_seq"].to_pylist()
    return found
