"""Documents read again from ODS, under today's contract."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.ingest.executor_tasks import put_down
from firmograph.ingest.known_files import Span
from firmograph.ingest.pool import Crew
from firmograph.ingest.worker_process import few_collections
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Reading
from firmograph.lake.parquet import rows_of
from firmograph.lake.raw_data import decode_raw
from firmograph.lake.tables import ODS_TABLES
from firmograph.staging.batches import TAKEN_ROWS, DocumentRef, Readings, entity_columns
from firmograph.staging.spill import Pile, Piled
from firmograph.staging.tables import Staging

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
REREAD_BYTES = 16 << 20
"""So many bytes of ODS files, compressed, are worth starting processes for."""


class Rereader:
    """What one process does of a rereading. Pickles before its first order.

    Args:
        kernel: of one document type.
        spill: folder for rows on their way to the engine.
        rows_only: whether the documents are accounted for already.
    """

    def __init__(self, kernel: Kernel, spill: Path, *, rows_only: bool) -> None:
        contract = kernel.contract
        self._kernel = kernel
        self._readings = Readings({contract.name: contract})
        self._pile = Pile(spill, entity_columns([contract]))
        self._rows_only = rows_only

    def read(self, file: tuple[Path, list[Span]]) -> None:
        """Reads the documents of one file of ODS."""
        path, spans = file
        add = self._readings.add_rows if self._rows_only else self._readings.add
        for ref, reading in _read(self._kernel, rows_of(path, _COLUMNS, spans)):
            add(ref, reading)
            if self._readings.count > TAKEN_ROWS:
                self._pile.add(self._readings.take())

    def finish(self) -> Piled:
        """Ends the work; returns the readings."""
        self._pile.add(self._readings.take())
        return self._pile.take()

    def discard(self) -> None:
        """Throws everything away; files go with their folder."""


def count_passing(engine: Engine, kernel: Kernel, spans: list[Span]) -> int:
    """How many of the documents, by their `ingest_seq`, today's contract would accept."""
    files = list(engine.files_of(ODS_TABLES[kernel.contract.name], spans))
    return sum(engine.spread(partial(_count_passing, kernel), files))


def _count_passing(kernel: Kernel, file: tuple[Path, list[Span]]) -> int:
    path, spans = file
    readings = _read(kernel, rows_of(path, _COLUMNS, spans))
    return sum(not reading.violations for _, reading in readings)


def stage_again(
    engine: Engine,
    kernel: Kernel,
    spans: list[Span],
    staging: Staging,
    *,
    workers: int = 1,
    rows_only: bool = False,
) -> None:
    """Reads documents from ODS and stages them, on other machines where the engine has some.

    Args:
        engine: of the lake.
        kernel: of one document type.
        spans: of `ingest_seq`.
        staging: where to.
        workers: how many processes may work on much.
        rows_only: whether the documents are accounted for already.
    """
    files = list(engine.files_of(ODS_TABLES[kernel.contract.name], spans))
    rereader = partial(Rereader, kernel, engine.spill, rows_only=rows_only)
    if engine.slots:
        work = partial(_reread, rereader(), engine.spill)
        for piled in engine.spread(work, files):
            staging.take_in(piled)
        return
    is_much = sum(path.stat().st_size for path, _ in files) >= REREAD_BYTES
    count = min(workers, len(files)) if is_much else 1
    crew = Crew(rereader(), [rereader() for _ in range(count - 1)])
    try:
        with few_collections():
            for file in files:
                crew.hand_over("read", file, 1)
            finished = crew.finish()
    except BaseException:
        crew.discard()
        raise
    for piled in finished:
        staging.take_in(piled)


def _reread(rereader: Rereader, spill: Path, file: tuple[Path, list[Span]]) -> Piled:
    """Reads the documents of one file of ODS; their readings go into files."""
    rereader.read(file)
    return Piled({}, put_down(rereader.finish(), spill))


def _read(
    kernel: Kernel, batches: Iterable[pa.RecordBatch]
) -> Iterator[tuple[DocumentRef, Reading]]:
    kind = kernel.contract.name
    for batch in batches:
        for row in batch.to_pylist():
            raw = decode_raw(row["raw_data"], row["raw_encoding"])
            ref_time = datetime.combine(
                row["ref_date"], datetime.min.time(), row["load_timestamp"].tzinfo
            )
            reading = kernel.read(raw, ref_time, row["load_timestamp"])
            names = [row[n] for n in ("document_id", "file_name", "record_number", "page_number")]
            yield DocumentRef(kind, row["ingest_seq"], *names), reading
