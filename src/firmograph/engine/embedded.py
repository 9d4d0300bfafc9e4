"""The embedded engine: DuckDB queries; Parquet files and Delta commits of our own write."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError

from firmograph.engine.appender import EmbeddedAppender
from firmograph.engine.base import Changes, RunStamp
from firmograph.engine.delta import commit
from firmograph.engine.files import SMALL_FILE_BYTES, DataFile, data_files, meeting
from firmograph.engine.parquet import WrittenFile
from firmograph.engine.queries import Queries, quoted
from firmograph.engine.replacing import Replacement
from firmograph.errors import LakeError
from firmograph.lake import PROPERTIES, Lake
from firmograph.tables import TIMESTAMP

FAULTS = (OSError, DeltaError, pa.ArrowException, duckdb.Error)
"""What the machine, its disk and the libraries raise where the lake cannot be worked on."""

APPENDS_LIMIT = 50
"""Files of a table only appended to; more are merged."""
RAW_STREAM_ROWS = 512


class EmbeddedEngine:
    """One process, one lake.

    Args:
        lake: where the tables live.
        stamp: written into each commit and each row that changes.
        memory_limit: what queries may hold in memory before they spill, as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads queries may use.
    """

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
        self.spill = spill or lake.root / ".spill"
        self._queries = Queries(memory_limit, spill, threads)
        columns = {"now_utc": pa.array([stamp.now], TIMESTAMP), "this_run": [stamp.run_id]}
        self.stage("run_stamp", pa.table(columns))

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
        self._queries.close()

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

    # Reads

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""
        self._queries.stage(name, rows)

    def stage_file(self, name: str, path: Path, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the file is the engine's now."""
        self._queries.stage_file(name, path, size)

    def in_ranges(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Shows tables a range of entities at a time, so that memory follows the range."""
        return self._queries.in_ranges(columns)

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""
        self._queries.unstage(name)

    def compute(self, sql: str, tables: Sequence[str] = ()) -> None:
        """Runs a statement on temporary tables, such as ``CREATE TEMP TABLE … AS``."""
        self._see(tables)
        self._queries.do(sql)

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and the newest versions of tables of the lake."""
        self._see(tables)
        return self._queries.table(sql)

    def _see(self, tables: Sequence[str]) -> None:
        for name in tables:
            self._see_files(name, name)

    def _see_files(self, view: str, name: str, files: Sequence[DataFile] | None = None) -> None:
        """Makes a table, or some of its files, visible to queries."""
        if files is None:
            files = data_files(self.lake.open(name), None)
        folder = self.lake.path(name)
        schema = self.lake.specs[name].schema
        self._queries.see(view, schema, [folder / file.path for file in files])

    def read_rows(
        self,
        name: str,
        columns: Sequence[str],
        spans: Sequence[tuple[int, int]],
        lake: Lake | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yields rows of a table whose `ingest_seq` lies in one of the spans, both ends in."""
        lake = lake or self.lake
        folder = lake.path(name)
        names = [*columns, "ingest_seq"] if "ingest_seq" not in columns else list(columns)
        ordered = sorted(spans)
        for file in data_files(lake.open(name), "ingest_seq"):
            if file.low is not None and not meeting(ordered, file.low, file.high):
                continue
            with pq.ParquetFile(folder / file.path) as parquet:
                for batch in parquet.iter_batches(RAW_STREAM_ROWS, columns=names):
                    seqs = batch.column(names.index("ingest_seq")).to_pylist()
                    met = meeting(ordered, min(seqs), max(seqs))
                    kept = [any(low <= seq <= high for low, high in met) for seq in seqs]
                    if any(kept):
                        yield batch.filter(pa.array(kept)).select(columns)

    # Writes

    def appender(self, name: str) -> EmbeddedAppender:
        """Begins a bulk append."""
        return EmbeddedAppender(self.lake, name, self.stamp.run_id)

    def append(self, name: str, rows: pa.Table) -> None:
        """Appends rows in one commit."""
        if rows.num_rows:
            appender = self.appender(name)
            appender.write(rows)
            appender.commit()
            if len(data_files(self.lake.open(name), None)) > APPENDS_LIMIT:
                self.compact(name)

    def overwrite(self, name: str, query: str) -> Changes:
        """Makes a table hold what a query over the lake returns; writes nothing if it does."""
        spec = self.lake.specs[name]
        names = ", ".join(quoted(column) for column in spec.schema.names)
        self._queries.do(f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT {names} FROM ({query}\n)")
        if pa.schema(self.lake.open(name).schema()) != spec.schema:
            self._empty(name)
        self._see_files("held_rows", name)
        held = f"(SELECT {names} FROM held_rows)"
        counts = self._queries.one(
            "SELECT "
            f"(SELECT count(*) FROM (SELECT * FROM wanted EXCEPT ALL {held})) AS inserted, "
            f"(SELECT count(*) FROM ({held} EXCEPT ALL SELECT * FROM wanted)) AS deleted, "
            "(SELECT count(*) FROM wanted) AS row_count"
        )
        changes = Changes(counts["inserted"], 0, counts["deleted"], counts["row_count"])
        if changes.any:
            gone = data_files(self.lake.open(name), None)
            self._swap(name, "SELECT * FROM wanted ORDER BY ALL", gone)
        return changes

    def reshape(self, name: str) -> bool:
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

    def replace(self, name: str, rows: str, scope: str, by: Sequence[str]) -> Changes:
        """Makes the rows of some entities those of a query, and leaves all others alone."""
        table = self.lake.open(name)
        spec, folder = self.lake.specs[name], self.lake.path(name)
        replacement = Replacement(self._queries, spec, folder, table, by)
        changes, added, gone = replacement.write(rows, scope)
        if changes.any:
            self._commit(name, added, gone)
        changes.rows = self.row_count(name)
        return changes

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

    def compact(self, name: str) -> int:
        """Merges a table's small files; returns how many became fewer."""
        spec = self.lake.specs[name]
        files = data_files(self.lake.open(name), None)
        small = [file for file in files if file.size < SMALL_FILE_BYTES]
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
        added = self._queries.copy(sql, spec.schema, self.lake.path(name), ranged)
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
