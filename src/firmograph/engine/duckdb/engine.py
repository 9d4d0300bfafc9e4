"""The embedded engine: DuckDB runs the queries and writes Parquet files; delta-rs commits them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from firmograph.engine.base import Executor, InProcess, MergeResult, Relation, RowCounts
from firmograph.engine.duckdb import sandbox
from firmograph.engine.duckdb.connection import STORAGE_ERRORS, Connection
from firmograph.engine.duckdb.merge import Merge
from firmograph.engine.duckdb.storable import storable
from firmograph.engine.sql import RUN_STAMP, ReplaceSql, listed, stamp_rows
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp, Store
from firmograph.lake.tuning import Tuning
from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage


class DuckDBEngine:
    """An engine in this process; see `Engine` for its methods.

    Args:
        lake: where the tables live.
        stamp: written into each commit and each row that changes.
        memory_limit: how much memory queries may use before they spill, such as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads queries may use.
        tuning: size of staged rows from which they are published by range.
        query_seconds: how long a user's SELECT may take; 0 for any time.
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
        tuning: Tuning | None = None,
        query_seconds: float = 0.0,
    ) -> None:
        self.lake = lake
        self.stamp = stamp
        self.store = Store(lake, stamp)
        self.executor: Executor = InProcess()
        self.spill = spill or lake.spill_folder
        self.staged: Storage = LocalStorage(self.spill)
        self._query_limits = sandbox.QueryLimits(memory_limit, query_seconds, self.spill)
        self._connection = Connection(memory_limit, spill, threads, tuning)
        self._merges: dict[str, Merge] = {}
        self.is_closed = False
        self.load(RUN_STAMP, stamp_rows(stamp))

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
        """Releases memory and temporary files."""
        self.is_closed = True
        self._connection.close()

    def release_memory(self) -> None:
        """Returns to the system the memory that earlier queries needed."""
        self._connection.release_memory()

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table, which the first call creates."""
        self._connection.load(relation, rows)

    def load_file(self, relation: Relation, folder: Storage, name: str, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the engine deletes the file."""
        self._connection.load_file(relation, Path(folder.url) / name, size)

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table; no query is run."""
        return self._connection.has_rows(relation)

    def create_temp(self, relation: Relation, query: str, tables: Sequence[str] = ()) -> Relation:
        """Creates or replaces a temporary table with the result of a query, run now."""
        self._connection.see_tables(self.store, tables)
        return self._connection.create_temp(relation, query)

    def insert_temp(self, relation: Relation, query: str) -> None:
        """Adds the result of a query over temporary tables to one that `create_temp` created."""
        self._connection.do(f"INSERT INTO {relation} {query}")

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        self._connection.drop(relation)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Restricts tables to one range of entities after another, to bound memory."""
        for _ in self._connection.by_range(columns):
            for merge in self._merges.values():
                merge.drop()
            self._merges.clear()
            yield

    # Queries

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and tables of the lake."""
        self._connection.see_tables(self.store, tables)
        return self._connection.table(sql)

    def query_local(
        self, sql: str, tables: Sequence[str], parameters: Mapping[str, Any] | None = None
    ) -> pa.Table:
        """Runs a query in this process, with values for its ``$name`` parameters."""
        self._connection.see_tables(self.store, tables)
        return self._connection.table(sql, parameters)

    def derive_local(self, relation: Relation, query: str, tables: Sequence[str]) -> Relation:
        """Creates a temporary table for `query_local`, again only once its tables have changed."""
        return self._connection.derive(relation, query, self.store, tables)

    def see_files(self, view: str, name: str, files: Sequence[DataFile]) -> None:
        """Shows some files of a table as a view."""
        self._connection.see_files(self.lake, view, name, files)

    def select(self, name: str, sql: str, allowed: Collection[str]) -> Relation:
        """Creates a temporary table with the result of a user's SELECT."""
        found = sandbox.select(self.lake, sql, allowed, self._query_limits)
        rows = storable(found)
        relation = Relation(name, rows.schema)
        self.drop(relation)
        self.load(relation, rows)
        return relation

    # Writes

    def merge(self, name: str, rows: str, scope: str, by: Sequence[str]) -> MergeResult:
        """Replaces the rows of some entities by those of a query; all others stay."""
        self._connection.see_tables(self.store, [name])
        merge = self._merges[name] = Merge(self._connection, self.store, name, by)
        counts, added, removed = merge.write(rows, scope)
        counts.rows = (
            self.store.commit(name, added, removed) if counts.any else self.store.row_count(name)
        )
        return MergeResult(counts, merge.sql.changed, merge.show_difference)

    def replace_all(self, name: str, query: str) -> RowCounts:
        """Replaces a table's rows with a query's result; no commit if they are equal."""
        spec = self.lake.specs[name]
        sql = ReplaceSql(spec)
        self._connection.create_temp(
            sql.wanted, f"SELECT {listed(spec.schema.names)} FROM ({query}\n)"
        )
        self.store.recreate(name, in_order=True)
        held = self.store.files(name)
        self._connection.see_files(self.lake, sql.held.name, name, held)
        counts = sql.row_counts(self._connection.one(sql.compare()))
        if counts.any:
            sorted_rows = f"SELECT * FROM {sql.wanted} ORDER BY ALL"
            added = self._connection.copy(sorted_rows, self.lake, name)
            self.store.commit(name, added, held)
        return counts

    def insert_into(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends a query's result to a table in one commit; returns how many rows."""
        rows = self.query(query, tables)
        self.store.append(name, rows)
        return int(rows.num_rows)
