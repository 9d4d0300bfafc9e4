"""What this process does itself, whatever engine publishes: logs, appends, control tables."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import pyarrow as pa
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError

from firmograph.engine.base import RunStamp
from firmograph.engine.duckdb.connection import Connection
from firmograph.errors import LakeError
from firmograph.lake.appender import TableAppender
from firmograph.lake.delta import commit, trim_log
from firmograph.lake.files import DataFile, data_files, meeting
from firmograph.lake.lake import PROPERTIES, Lake
from firmograph.lake.parquet import WrittenFile, rows_of

STORAGE_ERRORS = (OSError, DeltaError, pa.ArrowException, duckdb.Error)
"""What the machine, its disk and the libraries raise where the lake cannot be worked on."""
APPENDS_LIMIT = 20
"""Files of a table only appended to; more are merged."""


class LocalVerbs:
    """The verbs that touch logs and small tables alone: one process is enough for them.

    Args:
        lake: where the tables live.
        stamp: written into each commit and each row that changes.
        memory_limit: what queries may hold in memory before they spill, as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads queries may use.
    """

    faults: tuple[type[Exception], ...] = STORAGE_ERRORS

    def __init__(
        self,
        lake: Lake,
        stamp: RunStamp,
        *,
        memory_limit: str | None = None,
        spill: Path | None = None,
        threads: int | None = None,
    ) -> None:
        self.lake = lake
        self.stamp = stamp
        self.spill = spill or Path((lake.root / ".spill").url)
        self._connection = Connection(memory_limit, spill, threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives back memory and temporary files."""
        self._connection.close()

    # Tables

    def create(self, name: str) -> list[str]:
        """Creates a table, or adds the columns it lacks; returns the columns added."""
        spec = self.lake.specs[name]
        if not self.lake.exists(name):
            DeltaTable.create(str(self.lake.path(name)), spec.schema, configuration=PROPERTIES)
            self.lake.forget(name)
            return []
        table = self.lake.open(name)
        there = set(_names(table))
        missing = [field for field in spec.schema if field.name not in there]
        if missing:
            fields = Schema.from_arrow(pa.schema(missing)).fields
            table.alter.add_columns([Field(f.name, f.type, nullable=True) for f in fields])
        return [field.name for field in missing]

    def versions(self) -> dict[str, int]:
        """The version of each table that exists."""
        lake = self.lake
        return {name: lake.open(name).version() for name in lake.specs if lake.exists(name)}

    def restore(self, name: str, version: int) -> None:
        """Makes an older version the newest."""
        try:
            self.lake.open(name).restore(version)
        except (OSError, ValueError) as error:
            raise LakeError(
                f"table {name} cannot be restored to version {version}: {error}",
                hint="files of that version are gone; rebuild from ODS",
            ) from error
        self.lake.forget(name)

    def row_count(self, name: str) -> int:
        """How many rows a table holds."""
        counts = pa.table(self.lake.open(name).get_add_actions(flatten=True))["num_records"]
        return sum(counts.to_pylist())

    def recreate(self, name: str) -> bool:
        """Gives a table the columns it should have, and no rows, where it has others."""
        there = {f.name: f.type for f in pa.schema(self.lake.open(name).schema())}
        wanted = {f.name: f.type for f in self.lake.specs[name].schema}
        if there != wanted:
            self._empty(name)
        return there != wanted

    def _empty(self, name: str) -> None:
        schema = self.lake.specs[name].schema
        path = str(self.lake.path(name))
        DeltaTable.create(path, schema, mode="overwrite", configuration=PROPERTIES)
        self.lake.forget(name)

    # Reads

    def query_local(self, sql: str, tables: Sequence[str]) -> pa.Table:
        """Runs a query over tables of the lake in this process."""
        self._see(tables)
        return self._connection.table(sql)

    def _see(self, tables: Sequence[str]) -> None:
        for name in tables:
            self._see_files(name, name)

    def _see_files(self, view: str, name: str, files: Sequence[DataFile] | None = None) -> None:
        """Makes a table, or some of its files, visible to queries."""
        if files is None:
            files = data_files(self.lake.open(name), None)
        folder = self.lake.path(name)
        schema = self.lake.specs[name].schema
        self._connection.see(view, schema, [folder / file.path for file in files])

    def read_rows(
        self,
        name: str,
        columns: Sequence[str],
        spans: Sequence[tuple[int, int]],
        lake: Lake | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yields rows of a table whose `ingest_seq` lies in one of the spans, both ends in."""
        for path, met in self.files_of(name, spans, lake):
            yield from rows_of(path, columns, met)

    def files_of(
        self, name: str, spans: Sequence[tuple[int, int]], lake: Lake | None = None
    ) -> Iterator[tuple[Path, list[tuple[int, int]]]]:
        """Yields the files that may hold rows of the spans, each with the spans it meets."""
        lake = lake or self.lake
        ordered = sorted(spans)
        for file in data_files(lake.open(name), "ingest_seq"):
            met = ordered if file.low is None else meeting(ordered, file.low, file.high)
            if met:
                yield lake.path(name) / file.path, met

    # Writes

    def appender(self, name: str) -> TableAppender:
        """Begins a bulk append."""
        return TableAppender(self.lake, name, self.stamp.run_id)

    def append(self, name: str, rows: pa.Table) -> None:
        """Appends rows in one commit."""
        if rows.num_rows:
            appender = self.appender(name)
            appender.write(rows)
            appender.commit()
            self.compact_small(name)

    def compact_small(self, name: str) -> None:
        """Merges the small files of a table only appended to, where they have become many."""
        if sum(file.is_small for file in data_files(self.lake.open(name), None)) > APPENDS_LIMIT:
            self.compact(name)

    def max_value(self, name: str) -> Any:
        """The greatest value of the column a table is sorted by; None where it has no row."""
        column = self.lake.specs[name].sorted_by[0]
        files = data_files(self.lake.open(name), column)
        if all(file.high is not None for file in files):
            return max((file.high for file in files), default=None)
        return self.query_local(f"SELECT max({column}) AS highest FROM {name}", [name])["highest"][
            0
        ].as_py()

    def vacuum(self, name: str, versions: Sequence[int]) -> int:
        """Deletes files that neither the newest nor the given versions need; how many."""
        removed = self.lake.open(name).vacuum(
            retention_hours=0,
            dry_run=False,
            enforce_retention_duration=False,
            keep_versions=list(versions) or None,
            full=True,
        )
        self.lake.forget(name)
        return len(removed)

    def trim_log(self, name: str, version: int) -> int:
        """Deletes the log that neither this version nor a later one needs; how many files."""
        return trim_log(self.lake.path(name), version)

    def compact(self, name: str) -> int:
        """Merges a table's small files; returns how many became fewer."""
        spec = self.lake.specs[name]
        files = data_files(self.lake.open(name), None)
        small = [file for file in files if file.is_small]
        if len(small) < 2:
            return 0
        self._see_files("small_files", name, small)
        order = ", ".join(f'"{c}"' for c in spec.sorted_by) or "ALL"
        sql = f"SELECT * FROM small_files ORDER BY {order}"
        self._swap(name, sql, small, is_same_data=True)
        return len(files) - len(data_files(self.lake.open(name), None))

    def _swap(
        self, name: str, sql: str, gone: Sequence[DataFile], *, is_same_data: bool = False
    ) -> None:
        """Writes a query's rows into new files, and commits them in place of others."""
        spec = self.lake.specs[name]
        ranged = spec.sorted_by[0] if spec.sorted_by else None
        added = self._connection.copy(sql, spec.schema, self.lake.path(name), ranged)
        self._commit(name, added, gone, is_same_data=is_same_data)

    def _commit(
        self,
        name: str,
        added: list[WrittenFile],
        gone: Sequence[DataFile],
        *,
        is_same_data: bool = False,
    ) -> None:
        table, schema = self.lake.open(name), self.lake.specs[name].schema
        run_id = self.stamp.run_id
        commit(table, schema, added, gone, run_id=run_id, is_same_data=is_same_data)


def _names(table: DeltaTable) -> list[str]:
    return [field.name for field in table.schema().fields]
