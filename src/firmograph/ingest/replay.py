"""Replay: parses documents of ODS again, under today's contracts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.ingest.executor_tasks import spill_all
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
from firmograph.staging.batches import TAKEN_ROWS, BatchBuilder, DocumentRef
from firmograph.staging.schema import entity_columns
from firmograph.staging.spill import SpillBuffer, Spilled
from firmograph.staging.tables import StagingTables

_COLUMNS = [
    "raw_data",
    "raw_encoding",
    "ref_date",
    "load_timestamp",
    "ingest_seq",
    "document_id",
    "file_name",
    "record_number",
    "page_number",
]


class Replayer:
    """The worker of a replay; it pickles before its first request.

    Args:
        kernel: of one document type.
        spill: folder for staged rows.
        tuning: how many rows stay in memory.
        rows_only: whether to stage only rows, since the documents are already accounted for.
    """

    def __init__(self, kernel: Kernel, spill: Path, tuning: Tuning, *, rows_only: bool) -> None:
        contract = kernel.contract
        self._kernel = kernel
        self._builder = BatchBuilder({contract.name: contract})
        self._buffer = SpillBuffer(
            spill,
            entity_columns([contract]),
            held_bytes=tuning.held_bytes,
            held_table_bytes=tuning.held_table_bytes,
        )
        self._rows_only = rows_only

    def read(self, file: TableFile, spans: list[Span]) -> None:
        """Reads the documents of one file of ODS."""
        add = self._builder.add_rows if self._rows_only else self._builder.add
        for ref, result in _read(self._kernel, rows_of(file, _COLUMNS, spans)):
            add(ref, result)
            if self._builder.count > TAKEN_ROWS:
                self._buffer.add(self._builder.take())

    def finish(self) -> Spilled:
        """Returns the staged rows."""
        self._buffer.add(self._builder.take())
        return self._buffer.take()

    def discard(self) -> None:
        """Does nothing: spilled files are deleted with their folder."""


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
    return sum(engine.executor.map_tasks(partial(_count_passing, kernel), files))


def find_entities(engine: Engine, kernel: Kernel, spans: list[Span]) -> set[str]:
    """The entities of documents, given by spans of `ingest_seq`, under today's contract."""
    files = list(engine.store.files_of(engine.lake.ods_tables[kernel.contract.name], spans))
    found = engine.executor.map_tasks(partial(_find_entities, kernel), files)
    return set().union(*found)


def _find_entities(kernel: Kernel, part: tuple[TableFile, list[Span]]) -> set[str]:
    file, spans = part
    results = _read(kernel, rows_of(file, _COLUMNS, spans))
    return {result.entity_id for _, result in results if result.entity_id is not None}


def _count_passing(kernel: Kernel, part: tuple[TableFile, list[Span]]) -> int:
    file, spans = part
    results = _read(kernel, rows_of(file, _COLUMNS, spans))
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
    replayer = partial(Replayer, kernel, engine.spill, tuning, rows_only=rows_only)
    if engine.executor.slots:
        replay_file = partial(_replay_file, replayer(), engine.spill)
        for spilled in engine.executor.map_tasks(replay_file, files):
            staging.load(spilled)
        return
    is_much = sum(file.size for file, _ in files) >= tuning.replay_bytes
    count = min(workers, len(files)) if is_much else 1
    pool = WorkerPool(replayer(), [replayer() for _ in range(count - 1)])
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


def _replay_file(replayer: Replayer, spill: Path, part: tuple[TableFile, list[Span]]) -> Spilled:
    """Reads the documents of one file of ODS, and writes their rows to files."""
    replayer.read(*part)
    return Spilled({}, spill_all(replayer.finish(), spill))


def _read(
    kernel: Kernel, batches: Iterable[pa.RecordBatch]
) -> Iterator[tuple[DocumentRef, Result]]:
    kind = kernel.contract.name
    for batch in batches:
        for row in batch.to_pylist():
            raw = decode_raw(row["raw_data"], row["raw_encoding"])
            ref_time = datetime.combine(
                row["ref_date"], datetime.min.time(), row["load_timestamp"].tzinfo
            )
            result = kernel.read(raw, ref_time, row["load_timestamp"])
            names = [row[n] for n in ("document_id", "file_name", "record_number", "page_number")]
            yield DocumentRef(kind, row["ingest_seq"], *names), result
