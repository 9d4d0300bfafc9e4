"""Writes Parquet files of a table, which readers see once they are committed; reads ODS."""

import json
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from firmograph.lake.files import TableFile, meeting
from firmograph.storage.base import Storage
from firmograph.storage.scratch import scratch_folder

if TYPE_CHECKING:
    import pyarrow.parquet as pq

RAW_COLUMN = "raw_data"
RAW_STREAM_ROWS = 512
COMPRESSION_LEVEL = 1
"""Of zstd: level 2 makes raw data 8 % smaller, and takes a quarter longer to write."""
ROWS_PER_GROUP = 122_880
FILE_BYTES = 512 << 20
"""Approximate size of the rows of one file, before compression."""


class WrittenFile(NamedTuple):
    """A file that is not committed yet: name, size in bytes, row count, Delta statistics."""

    name: str
    size: int
    row_count: int
    statistics: str


class FileWriter:
    """Writes batches of one table into new files.

    They stay in the spill folder until they are finished, so that an interrupted writer leaves
    nothing in the table's folder.

    Args:
        table: the storage of the table's files.
        spill: a folder for unfinished files; see `scratch_folder`.
        schema: the table's columns.
        ranged: the column whose smallest and largest values are in each file's statistics.
    """

    def __init__(
        self, table: Storage, spill: Path | None, schema: pa.Schema, ranged: str | None
    ) -> None:
        self._table = table
        self._spill = spill
        self._schema = schema
        self._ranged = ranged
        self._files: list[WrittenFile] = []
        self._saved = 0
        self._held = 0
        self._metadata: list[Any] = []
        self._writer: pq.ParquetWriter | None = None
        self._name = ""

    def write(self, data: pa.Table) -> None:
        """Adds rows; columns are matched by name."""
        if data.num_rows:
            table = data
            if data.schema != self._schema:
                table = data.select(self._schema.names).cast(self._schema)
            writer = self._writer or self._begin()
            writer.write_table(table, row_group_size=table.num_rows)
            self._held += table.nbytes
            if self._held > FILE_BYTES:
                self._close()

    def savepoint(self) -> None:
        """Keeps the rows written since the last savepoint; see `Savepoint`."""
        self._close()
        self._saved = len(self._files)

    def rollback_to_savepoint(self) -> None:
        """Discards the rows written since the last savepoint."""
        self._close()
        for file in self._files[self._saved :]:
            self._unfinished(file.name).unlink()
        del self._files[self._saved :]

    def finish(self) -> list[WrittenFile]:
        """Moves the files into the table's folder, and returns them for the caller to commit.

        They are never discarded: a commit that reports failure may have succeeded.
        """
        self._close()
        files, self._files, self._saved = self._files, [], 0
        for file in files:
            self._table.put(file.name, self._unfinished(file.name))
        return files

    def discard(self) -> None:
        """Deletes unfinished files."""
        self._saved = 0
        self.rollback_to_savepoint()

    def _close(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        size = self._unfinished(self._name).stat().st_size
        statistics = self._statistics()
        count = statistics["numRecords"]
        self._files.append(WrittenFile(self._name, size, count, json.dumps(statistics)))

    def _begin(self) -> Any:
        self._held = 0
        self._name = f"part-{uuid.uuid4().hex}.zstd.parquet"
        self._metadata = []
        import pyarrow.parquet as pq  # slow to import

        self._writer = pq.ParquetWriter(
            self._unfinished(self._name),
            self._schema,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[n for n in self._schema.names if n != RAW_COLUMN],
            write_statistics=[n for n in self._schema.names if n != RAW_COLUMN],
            metadata_collector=self._metadata,
        )
        return self._writer

    def _unfinished(self, name: str) -> Path:
        return scratch_folder(self._spill) / name

    def _statistics(self) -> dict[str, Any]:
        metadata = self._metadata[0]
        statistics: dict[str, Any] = {"numRecords": metadata.num_rows}
        if self._ranged is None:
            return statistics
        place = self._schema.get_field_index(self._ranged)
        groups = [metadata.row_group(n).column(place) for n in range(metadata.num_row_groups)]
        found = [group.statistics for group in groups]
        if all(s is not None and s.has_min_max for s in found):
            statistics["minValues"] = {self._ranged: min(s.min for s in found)}
            statistics["maxValues"] = {self._ranged: max(s.max for s in found)}
        return statistics


class BackgroundWriter:
    """Writes through another writer in a thread, so that the caller does not wait for compression.

    If a write fails, the next call raises its error.
    """

    def __init__(self, writer: FileWriter) -> None:
        self._writer = writer
        self._thread = ThreadPoolExecutor(1, "parquet")
        self._last: Future[None] | None = None

    def write(self, data: pa.Table) -> None:
        """Adds rows; waits for the previous batch, so that at most two are in memory."""
        self._wait()
        self._last = self._thread.submit(self._writer.write, data)

    def savepoint(self) -> None:
        """Keeps the rows written since the last savepoint; see `Savepoint`."""
        self._wait()
        self._writer.savepoint()

    def rollback_to_savepoint(self) -> None:
        """Discards the rows written since the last savepoint."""
        self._wait()
        self._writer.rollback_to_savepoint()

    def finish(self) -> list[WrittenFile]:
        """Ends writing, and returns the files for the caller to commit; see `FileWriter.finish`."""
        self._wait()
        self._thread.shutdown()
        return self._writer.finish()

    def discard(self) -> None:
        """Deletes unfinished files."""
        self._thread.shutdown()
        self._writer.discard()

    def _wait(self) -> None:
        last, self._last = self._last, None
        if last is not None:
            last.result()


def rows_of(
    file: TableFile, columns: Sequence[str], spans: Sequence[tuple[int, int]]
) -> Iterator[pa.RecordBatch]:
    """Yields the rows of an ODS file whose `ingest_seq` is in one of the sorted spans."""
    import pyarrow.parquet as pq  # slow to import

    names = [*columns, "ingest_seq"] if "ingest_seq" not in columns else list(columns)
    place = names.index("ingest_seq")
    with (
        file.table.open(file.name) as opened,
        pq.ParquetFile(opened.content, pre_buffer=False) as parquet,
    ):
        # group by group: a reader of all groups keeps each of them in memory
        for number in range(parquet.num_row_groups):
            if not _meets(parquet.metadata.row_group(number), spans):
                continue
            for batch in parquet.iter_batches(RAW_STREAM_ROWS, row_groups=[number], columns=names):
                seqs = batch.column(place).to_pylist()
                met = meeting(list(spans), min(seqs), max(seqs))
                kept = [any(low <= seq <= high for low, high in met) for seq in seqs]
                if any(kept):
                    yield batch.filter(pa.array(kept)).select(columns)


def _meets(group: Any, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a row group may hold rows of the spans."""
    columns = (group.column(number) for number in range(group.num_columns))
    found = next(column.statistics for column in columns if column.path_in_schema == "ingest_seq")
    if found is None or not found.has_min_max:
        return True
    return bool(meeting(list(spans), found.min, found.max))
