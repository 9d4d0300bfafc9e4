"""Writes Parquet files into a Delta table's folder and commits them in one act."""

import json
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

ROWS_PER_FILE = 1_000_000
ROWS_PER_GROUP = 65_536
RAW_COLUMN = "raw_data"
COMPRESSION_LEVEL = 2


class FileWriter:
    """Writes batches of one table into new files, which nobody sees before `commit`.

    Args:
        folder: the table's folder.
        schema: its columns.
        ranged: a column whose smallest and largest value of each file is kept as statistics.
    """

    def __init__(self, folder: Path, schema: pa.Schema, ranged: str | None) -> None:
        self.folder = folder
        self.schema = schema
        self.ranged = ranged
        self.files: list[AddAction] = []
        self._writer: pq.ParquetWriter | None = None
        self._name = ""
        self._rows = 0
        self._range: tuple[Any, Any] | None = None

    def write(self, data: pa.Table | pa.RecordBatch) -> None:
        """Adds rows; the columns are taken by name."""
        table = pa.table(data) if isinstance(data, pa.RecordBatch) else data
        table = table.select(self.schema.names).cast(self.schema)
        if not table.num_rows:
            return
        writer = self._writer or self._begin()
        writer.write_table(table, row_group_size=ROWS_PER_GROUP)
        self._rows += table.num_rows
        self._widen(table)
        if self._rows >= ROWS_PER_FILE:
            self.close_file()

    def close_file(self) -> None:
        """Ends the file begun, so that the next rows go to another."""
        if self._writer is None:
            return
        self._writer.close()
        self._writer = None
        self.files.append(
            AddAction(
                path=self._name,
                size=(self.folder / self._name).stat().st_size,
                partition_values={},
                modification_time=int(time.time() * 1000),
                data_change=True,
                stats=json.dumps(self._statistics()),
            )
        )

    def finish(self) -> list[AddAction]:
        """Ends writing; from now on the files are the caller's to commit, and never discarded.

        A commit that fails may have been made nevertheless, so its files must stay.
        """
        self.close_file()
        files, self.files = self.files, []
        return files

    def discard_file(self) -> None:
        """Throws away the rows written since the last `close_file`."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None
            (self.folder / self._name).unlink()

    def discard(self) -> None:
        """Throws away everything not committed."""
        self.discard_file()
        for file in self.files:
            (self.folder / file.path).unlink()
        self.files.clear()

    def _begin(self) -> Any:
        self._name = f"part-{uuid.uuid4().hex}.zstd.parquet"
        self._rows, self._range = 0, None
        self._writer = pq.ParquetWriter(
            self.folder / self._name,
            self.schema,
            compression="zstd",
            compression_level=COMPRESSION_LEVEL,
            use_dictionary=[n for n in self.schema.names if n != RAW_COLUMN],
            write_statistics=[n for n in self.schema.names if n != RAW_COLUMN],
        )
        return self._writer

    def _widen(self, table: pa.Table) -> None:
        if self.ranged is None:
            return
        found = pc.min_max(table[self.ranged]).as_py()
        if found["min"] is None:
            return
        low, high = self._range or (found["min"], found["max"])
        self._range = (min(low, found["min"]), max(high, found["max"]))

    def _statistics(self) -> dict[str, Any]:
        statistics: dict[str, Any] = {"numRecords": self._rows}
        if self._range is not None:
            statistics["minValues"] = {self.ranged: self._range[0]}
            statistics["maxValues"] = {self.ranged: self._range[1]}
        return statistics


def commit(
    table: DeltaTable,
    schema: pa.Schema,
    added: Iterable[AddAction],
    removed: Iterable[tuple[str, int]] = (),
    *,
    run_id: str,
) -> None:
    """Adds and removes files of a table in one Delta commit.

    Args:
        table: the table; afterwards at the new version.
        schema: its columns.
        added: files already written into its folder.
        removed: path and size of files that leave the table.
        run_id: kept in the commit, for `history`.
    """
    now = int(time.time() * 1000)
    gone = [RemoveAction(path, True, now, size, {}) for path, size in removed]
    table.create_write_transaction(
        [*added, *gone],
        mode="append",
        schema=schema,
        commit_properties=CommitProperties(custom_metadata={"run_id": run_id}),
    )
    table.update_incremental()
