"""Writes rows on Spark as Parquet files of a table; the driver commits them."""

from collections.abc import Iterator

import pyarrow as pa
from pyspark.sql import DataFrame

from firmograph.lake.lake import Lake
from firmograph.lake.parquet import ROWS_PER_GROUP, FileWriter, WrittenFile

FEW_ROWS = 50_000
"""Up to this many rows go to one file, sorted by one task."""


def write_files(rows: DataFrame, count: int, lake: Lake, name: str) -> list[WrittenFile]:
    """Writes rows into new files of a table.

    Args:
        rows: with the table's columns.
        count: how many rows there are, approximately.
        lake: the lake, which all executors can access.
        name: the table.

    Returns:
        The files, which are not committed yet.
    """
    spec = lake.specs[name]
    # sorted, so that the files' ranges of the first column do not overlap
    order = spec.sorted_by or tuple(spec.schema.names)
    is_few = count <= FEW_ROWS
    rows = rows.coalesce(1).sortWithinPartitions(*order) if is_few else rows.sort(*order)
    task = _WriteTask(FileWriter(lake.table(name), lake.task_spill, spec.schema, order[0]))
    found = rows.mapInArrow(task, "name string, size long, row_count long, statistics string")
    return [WrittenFile(**row) for row in found.toArrow().to_pylist()]


class _WriteTask:
    """Writes the rows of one task."""

    def __init__(self, writer: FileWriter) -> None:
        self._writer = writer

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        writer = self._writer
        try:
            for group in _grouped(batches):
                writer.write(pa.Table.from_batches(group))
            files = writer.finish()
        except BaseException:
            writer.discard()
            raise
        if files:
            yield pa.RecordBatch.from_pylist([file._asdict() for file in files])


def _grouped(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Yields batches, grouped so that each group makes a row group."""
    group: list[pa.RecordBatch] = []
    held = 0
    for batch in batches:
        group.append(batch)
        held += batch.num_rows
        if held >= ROWS_PER_GROUP:
            yield group
            group, held = [], 0
    if group:
        yield group
