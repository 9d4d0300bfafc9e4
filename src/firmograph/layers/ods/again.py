"""Documents read again from ODS, under today's contract."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from firmograph.contract.kernel import Kernel
from firmograph.contract.reading import Reading
from firmograph.engine.base import Engine
from firmograph.engine.parquet import rows_of
from firmograph.layers.ods.reading import Span, as_bytes
from firmograph.layers.ods.tasks import put_down
from firmograph.piles import Pile, Piled, PiledFile
from firmograph.readings import TAKEN_ROWS, DocumentRef, Readings, entity_columns
from firmograph.staging import Staging
from firmograph.tables import ODS_TABLES

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


class _Rereading(NamedTuple):
    """What every task of a rereading knows."""

    kernel: Kernel
    spill: Path
    rows_only: bool


def read_again(
    engine: Engine, kernel: Kernel, spans: list[Span]
) -> Iterator[tuple[DocumentRef, Reading]]:
    """Reads documents from ODS, by their `ingest_seq`."""
    return _read(kernel, engine.read_rows(ODS_TABLES[kernel.contract.name], _COLUMNS, spans))


def stage_again(
    engine: Engine, kernel: Kernel, spans: list[Span], staging: Staging, *, rows_only: bool = False
) -> None:
    """Reads documents from ODS and stages them, on other machines where the engine has some.

    Args:
        engine: of the lake.
        kernel: of one document type.
        spans: of `ingest_seq`.
        staging: where to.
        rows_only: whether the documents are accounted for already.
    """
    if engine.slots:
        files = list(engine.files_of(ODS_TABLES[kernel.contract.name], spans))
        work = partial(_reread, _Rereading(kernel, engine.spill, rows_only))
        for piled in engine.spread(work, files):
            staging.take_in(Piled({}, piled))
        return
    add = staging.add_rows if rows_only else staging.add
    for ref, reading in read_again(engine, kernel, spans):
        add(ref, reading)


def _reread(task: _Rereading, file: tuple[Path, list[Span]]) -> list[PiledFile]:
    """Reads the documents of one file of ODS; returns the files of their readings."""
    contract = task.kernel.contract
    readings = Readings({contract.name: contract})
    pile = Pile(task.spill, entity_columns([contract]))
    add = readings.add_rows if task.rows_only else readings.add
    for ref, reading in _read(task.kernel, rows_of(file[0], _COLUMNS, file[1])):
        add(ref, reading)
        if readings.count > TAKEN_ROWS:
            pile.add(readings.take())
    pile.add(readings.take())
    return put_down(pile.take(), task.spill)


def _read(
    kernel: Kernel, batches: Iterable[pa.RecordBatch]
) -> Iterator[tuple[DocumentRef, Reading]]:
    kind = kernel.contract.name
    for batch in batches:
        for row in batch.to_pylist():
            raw = as_bytes(row["raw_data"], row["raw_encoding"])
            ref_time = datetime.combine(
                row["ref_date"], datetime.min.time(), row["load_timestamp"].tzinfo
            )
            reading = kernel.read(raw, ref_time, row["load_timestamp"])
            names = [row[n] for n in ("document_id", "file_name", "record_number", "page_number")]
            yield DocumentRef(kind, row["ingest_seq"], *names), reading
