"""Replay: parses documents of ODS again, under today's contracts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.ingest.executor_tasks import stage_all
from firmograph.ingest.known_files import Span
from firmograph.ingest.pool import WorkerPool
from firmograph.ingest.requests import Request
from firmograph.ingest.worker_process import few_collections
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Result
from firmograph.lake.files import TableFile
from firmograph.lake.parquet import rows_of
from firmograph.lake.raw_data import decode_raw
from firmograph.lake.tuning import Tuning
from firmograph.sources.names import page_in_name
from firmograph.staging.batches import TAKEN_ROWS, BatchBuilder, DocumentRef
from firmograph.staging.schema import entity_columns
from firmograph.staging.spill import SpillBuffer, Spilled
from firmograph.staging.tables import StagingTables
from firmograph.storage.base import Storage

_COLUMNS = [
    "raw_data",
    "raw_encoding",
    "ref_date",
    "load_timestamp",
    "ingest_seq",
    "document_id",
    "file_name",
    "record_number",
]


class Replayer:
    """The worker of a replay; it pickles before its first request.

    Args:
        kernel: of one document type.
        spill: folder for staged rows; see `scratch_folder`.
        tuning: how many rows stay in memory.
        now: when the replay began, UTC; source times are judged by it.
        rows_only: whether to stage only rows, since the documents are already accounted for.
    """

    def __init__(
        self, kernel: Kernel, spill: Path | None, tuning: Tuning, now: datetime, *, rows_only: bool
    ) -> None:
        contract = kernel.contract
        self._kernel = kernel
        self._builder = BatchBuilder({contract.name: contract})
        self._buffer = SpillBuffer(
            spill,
            entity_columns([contract]),
            held_bytes=tuning.held_bytes,
            held_table_bytes=tuning.held_table_bytes,
        )
        self._now = now
        self._rows_only = rows_only

    def read(self, file: TableFile, spans: list[Span]) -> None:
        """Reads the documents of one file of ODS."""
        add = self._builder.add_rows if self._rows_only else self._builder.add
        for ref, result in _read(self._kernel, rows_of(file, _COLUMNS, spans), self._now):
            add(ref, result)
            if self._builder.count > TAKEN_ROWS:
                self._buffer.add(self._builder.take())

    def finish(self) -> Spilled:
        """Returns the staged rows."""
        self._buffer.add(self._builder.take())
        return self._buffer.take()

    def discard(self) -> None:
        """Discards the staged rows."""
        self._buffer.discard()


@dataclass(frozen=True)
class ReplayFile(Request[Replayer, None]):
    """Parse the documents of a file of ODS whose `ingest_seq` is in some spans."""

    file: TableFile
    spans: list[tuple[int, int]]

    def apply(self, worker: Replayer) -> None:
        """Executes the request."""
        worker.read(self.file, self.spans)


@dataclass(frozen=True)
class FinishReplay(Request[Replayer, Spilled]):
    """Return the staged rows."""

    def apply(self, worker: Replayer) -> Spilled:
        """Executes the request."""
        return worker.finish()


def count_passing(engine: Engine, kernel: Kernel, spans: list[Span]) -> int:
    """How many documents, given by spans of `ingest_seq`, today's contract would accept."""
    files = list(engine.store.files_of(engine.lake.ods_tables[kernel.contract.name], spans))
    count = partial(_count_passing, kernel, engine.stamp.now)
    return sum(engine.executor.map_tasks(count, files))


def find_entities(engine: Engine, kernel: Kernel, spans: list[Span]) -> set[str]:
    """The entities of documents, given by spans of `ingest_seq`, under today's contract."""
    files = list(engine.store.files_of(engine.lake.ods_tables[kernel.contract.name], spans))
    found = engine.executor.map_tasks(partial(_find_entities, kernel, engine.stamp.now), files)
    return set().union(*found)


def _find_entities(kernel: Kernel, now: datetime, part: tuple[TableFile, list[Span]]) -> set[str]:
    file, spans = part
    results = _read(kernel, rows_of(file, _COLUMNS, spans), now)
    return {result.entity_id for _, result in results if result.entity_id is not None}


def _count_passing(kernel: Kernel, now: datetime, part: tuple[TableFile, list[Span]]) -> int:
    file, spans = part
    results = _read(kernel, rows_of(file, _COLUMNS, spans), now)
    return sum(not result.violations for _, result in results)


def replay(
    engine: Engine,
    kernel: Kernel,
    spans: list[Span],
    staging: StagingTables,
    *,
    tuning: Tuning,
    workers: int = 1,
    rows_only: bool = False,
) -> None:
    """Parses documents of ODS again and stages them, on other machines if the engine has some.

    Args:
        engine: of the lake.
        kernel: of one document type.
        spans: of `ingest_seq`.
        staging: receives the rows.
        tuning: from which size other processes are started.
        workers: how many processes may be used.
        rows_only: whether to stage only rows, since the documents are already accounted for.
    """
    files = list(engine.store.files_of(engine.lake.ods_tables[kernel.contract.name], spans))
    now = engine.stamp.now
    if engine.executor.slots:
        replayer = Replayer(kernel, engine.lake.task_spill, tuning, now, rows_only=rows_only)
        replay_file = partial(_replay_file, replayer, engine.staged)
        for spilled in engine.executor.map_tasks(replay_file, files):
            staging.load(spilled)
        return
    is_much = sum(file.size for file, _ in files) >= tuning.replay_bytes
    count = min(workers, len(files)) if is_much else 1
    first, *others = [
        Replayer(kernel, engine.spill, tuning, now, rows_only=rows_only)
        for _ in range(max(count, 1))
    ]
    pool = WorkerPool(first, others)
    try:
        with few_collections():
            for file, met in files:
                pool.submit(ReplayFile(file, met), 1)
            finished = pool.finish(FinishReplay())
    except BaseException:
        pool.discard()
        raise
    for spilled in finished:
        staging.load(spilled)


def _replay_file(
    replayer: Replayer, staged: Storage, part: tuple[TableFile, list[Span]]
) -> Spilled:
    """Reads the documents of one file of ODS, and writes their rows to files."""
    try:
        replayer.read(*part)
        spilled = replayer.finish()
    except BaseException:
        replayer.discard()
        raise
    return Spilled({}, stage_all(spilled, staged))


def _read(
    kernel: Kernel, batches: Iterable[pa.RecordBatch], now: datetime
) -> Iterator[tuple[DocumentRef, Result]]:
    """Reads documents; what was too far ahead when it was loaded need not be so any more.

    A clock that was set back makes no document of ODS newer than it was when it was loaded.
    """
    kind = kernel.contract.name
    for batch in batches:
        for row in batch.to_pylist():
            raw = decode_raw(row["raw_data"], row["raw_encoding"])
            ref_time = datetime.combine(
                row["ref_date"], datetime.min.time(), row["load_timestamp"].tzinfo
            )
            result = kernel.read(raw, ref_time, max(row["load_timestamp"], now))
            page = page_in_name(row["file_name"]) if kernel.contract.delivery else None
            names = [row[n] for n in ("ingest_seq", "document_id", "file_name", "record_number")]
            yield DocumentRef(kind, *names)._replace(page=page), result
