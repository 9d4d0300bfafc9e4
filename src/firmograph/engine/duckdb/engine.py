"""The embedded engine: DuckDB queries; Parquet files and Delta commits of our own write."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from firmograph.engine.base import RowCounts, RunStamp, stamp_rows
from firmograph.engine.duckdb import sandbox
from firmograph.engine.duckdb.connection import quoted
from firmograph.engine.duckdb.local import LocalVerbs
from firmograph.engine.duckdb.merge import Merge
from firmograph.lake.files import data_files
from firmograph.lake.lake import Lake


class DuckDBEngine(LocalVerbs):
    """One process, one lake; see `LocalVerbs` for its arguments."""

    slots = 0

    def __init__(
        self,
        lake: Lake,
        stamp: RunStamp,
        *,
        memory_limit: str | None = None,
        spill: Path | None = None,
        threads: int | None = None,
    ) -> None:
        super().__init__(lake, stamp, memory_limit=memory_limit, spill=spill, threads=threads)
        self._memory_limit = memory_limit
        self.stage("run_stamp", stamp_rows(stamp))

    def map_tasks(self, work: Callable[[Any], Any], orders: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the orders, one after the other."""
        return map(work, orders)

    # Reads

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""
        self._connection.stage(name, rows)

    def stage_file(self, name: str, path: Path, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the file is the engine's now."""
        self._connection.stage_file(name, path, size)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Shows tables a range of entities at a time, so that memory follows the range."""
        return self._connection.by_range(columns)

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""
        self._connection.unstage(name)

    def create_temp(self, name: str, query: str, tables: Sequence[str] = ()) -> None:
        """Makes a temporary table hold what a query returns now, in place of what it held."""
        self._see(tables)
        self._connection.do(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def add(self, name: str, query: str) -> None:
        """Adds what a query over temporary tables returns to one that was defined."""
        self._connection.do(f"INSERT INTO {name} {query}")

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and the newest versions of tables of the lake."""
        return self.query_local(sql, tables)

    def select(self, name: str, sql: str, allowed: Collection[str]) -> pa.Schema:
        """Makes a temporary table hold what a person's SELECT returns, shut in with some tables."""
        found = sandbox.select(
            self.lake, sql, allowed, memory_limit=self._memory_limit, spill=self.spill
        )
        rows = sandbox.storable(found)
        self.unstage(name)
        self.stage(name, rows)
        return rows.schema

    # Writes

    def insert(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends what a query returns to a table in one commit; how many rows."""
        rows = self.query(query, tables)
        self.append(name, rows)
        return int(rows.num_rows)

    def overwrite(self, name: str, query: str) -> RowCounts:
        """Makes a table hold what a query over the lake returns; writes nothing if it does."""
        spec = self.lake.specs[name]
        names = ", ".join(quoted(column) for column in spec.schema.names)
        self._connection.do(
            f"CREATE OR REPLACE TEMP TABLE wanted AS SELECT {names} FROM ({query}\n)"
        )
        if pa.schema(self.lake.open(name).schema()) != spec.schema:
            self._empty(name)
        self._see_files("held_rows", name)
        held = f"(SELECT {names} FROM held_rows)"
        counts = self._connection.one(
            "SELECT "
            f"(SELECT count(*) FROM (SELECT * FROM wanted EXCEPT ALL {held})) AS inserted, "
            f"(SELECT count(*) FROM ({held} EXCEPT ALL SELECT * FROM wanted)) AS deleted, "
            "(SELECT count(*) FROM wanted) AS row_count"
        )
        changes = RowCounts(counts["inserted"], 0, counts["deleted"], counts["row_count"])
        if changes.any:
            gone = data_files(self.lake.open(name), None)
            self._swap(name, "SELECT * FROM wanted ORDER BY ALL", gone)
        return changes

    def replace(self, name: str, rows: str, scope: str, by: Sequence[str]) -> RowCounts:
        """Makes the rows of some entities those of a query, and leaves all others alone."""
        self._see([name])
        table = self.lake.open(name)
        spec, folder = self.lake.specs[name], self.lake.path(name)
        replacement = Merge(self._connection, spec, folder, table, by)
        changes, added, gone = replacement.write(rows, scope)
        if changes.any:
            self._commit(name, added, gone)
        changes.rows = self.row_count(name)
        return changes
