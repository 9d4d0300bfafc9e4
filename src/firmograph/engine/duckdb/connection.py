"""A DuckDB connection: queries over Parquet files and temporary tables, results as new files."""

import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.engine.duckdb.copies import copy_statement, written_file
from firmograph.engine.duckdb.lake_files import LakeFiles
from firmograph.engine.duckdb.loaded import LoadedTables
from firmograph.engine.duckdb.views import see
from firmograph.engine.sql import literal, quoted
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.parquet import WrittenFile
from firmograph.lake.store import STORE_ERRORS, Store
from firmograph.lake.tuning import Tuning

STORAGE_ERRORS = (*STORE_ERRORS, duckdb.Error)
"""Raised by the operating system and the libraries when the lake cannot be used."""
CONNECTION_CLOSED = duckdb.ConnectionException
_SAMPLED = 10_000
"""Rows sampled to find where a range ends."""
_ARROW_TYPES = {
    "VARCHAR": pa.string(),
    "VARCHAR[]": pa.list_(pa.string()),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", "UTC"),
}
"""By DuckDB's name, the types of temporary tables; any other is looked up by a query."""


class Connection:
    """One DuckDB connection.

    Args:
        memory_limit: how much memory queries may use before they spill, such as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads they may use.
        tuning: total size of temporary tables from which they are shown by range.
    """

    def __init__(
        self,
        memory_limit: str | None = None,
        spill: Path | None = None,
        threads: int | None = None,
        tuning: Tuning | None = None,
    ) -> None:
        self._range_bytes = (tuning or Tuning()).entity_range_bytes
        config: dict[str, Any] = {
            "python_enable_replacements": False,
            # otherwise file contents stay in memory up to the limit
            "enable_external_file_cache": False,
        }
        if memory_limit:
            config["memory_limit"] = memory_limit
        if threads:
            config["threads"] = threads
        if spill:
            config["temp_directory"] = str(spill)
        self._memory_limit = memory_limit
        self._connection = duckdb.connect(config=config)
        self._lake_files = LakeFiles(self._connection)
        self._loaded = LoadedTables(self._connection)
        self._seen: dict[str, tuple[object, ...]] = {}
        self._derived: dict[str, list[tuple[object, ...]]] = {}
        self.do("SET TimeZone='UTC'")

    def close(self) -> None:
        """Releases memory and temporary files."""
        self._connection.close()
        self._loaded.delete_files()

    def release_memory(self) -> None:
        """Returns to the system the memory that earlier queries needed; takes milliseconds."""
        # whenever the limit is set, DuckDB frees what its allocator holds back
        limit = self._memory_limit
        self.do(f"SET memory_limit={literal(limit)}" if limit else "RESET memory_limit")

    def do(self, sql: str) -> None:
        """Runs a statement."""
        with self._telling():
            self._loaded.show_mentioned(sql)
            self._connection.execute(sql).fetchall()

    def table(self, sql: str, parameters: Mapping[str, Any] | None = None) -> pa.Table:
        """Runs a query, with values for its ``$name`` parameters, and returns its result."""
        with self._telling():
            self._loaded.show_mentioned(sql)
            return self._connection.sql(sql, params=parameters).to_arrow_table()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Says why a bucket could not be read; see `LakeFiles.check`."""
        try:
            yield
        except duckdb.Error:
            self._lake_files.check()
            raise

    def one(self, sql: str) -> dict[str, Any]:
        """Runs a query that returns one row, and returns the row by column."""
        row: dict[str, Any] = self.table(sql).to_pylist()[0]
        return row

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table; see `Engine.load`."""
        self._loaded.load(relation, rows)

    def load_file(self, relation: Relation, path: Path, size: int) -> None:
        """Adds the rows of a file to a temporary table; see `Engine.load_file`."""
        self._loaded.load_file(relation, path, size)

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table."""
        return self._loaded.has_rows(relation)

    def create_temp(self, relation: Relation, query: str) -> Relation:
        """Creates or replaces a temporary table with the result of a query, run now."""
        return self._create("TABLE", relation, query)

    def create_view(self, relation: Relation, query: str) -> Relation:
        """Creates or replaces a temporary view: its query runs when it is read."""
        return self._create("VIEW", relation, query)

    def _create(self, kind: str, relation: Relation, query: str) -> Relation:
        self.do(f"CREATE OR REPLACE TEMP {kind} {relation} AS {query}")
        relation.check(self._schema_of(relation))
        return relation

    def _schema_of(self, relation: Relation) -> pa.Schema:
        """The columns a temporary table has, without running a query for the usual types."""
        found = self._connection.sql(f"FROM {relation}")
        types = [_ARROW_TYPES.get(str(kind)) for kind in found.types]
        if None in types:
            return self.table(f"SELECT * FROM {relation} LIMIT 0").schema
        return pa.schema(list(zip(found.columns, types, strict=True)))

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        self._loaded.drop(relation)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Restricts tables to one range after another; see `Engine.by_range`."""
        sizes = self._loaded.sizes(columns)
        count = -(-sum(sizes.values()) // self._range_bytes)
        if count <= 1:
            yield
            return
        largest = max(sizes, key=lambda name: sizes[name])
        bounds = self._bounds(largest, columns[largest], count)
        try:
            for low, high in pairwise([None, *bounds, None]):
                self._loaded.restrict({name: _within(c, low, high) for name, c in columns.items()})
                yield
        finally:
            self._loaded.restrict({})

    def _bounds(self, name: str, column: str, count: int) -> list[str]:
        """The values at which ranges of about equal row count begin, except the first range."""
        shares = [n / count for n in range(1, count)]
        found = self.one(f"""
            SELECT quantile_disc(c, {shares}) AS bounds
            FROM (
              SELECT {quoted(column)} AS c
              FROM {name}
              USING SAMPLE reservoir({_SAMPLED} ROWS) REPEATABLE (1)
            )
        """)["bounds"]
        return sorted(set(found or ()))

    # Files of the lake

    def see_tables(self, store: Store, names: Sequence[str]) -> None:
        """Shows tables of the lake at their newest version."""
        store.lake.open_all(names)
        for name in names:
            self.see_files(store.lake, name, name, store.files(name))

    def see_files(
        self,
        lake: Lake,
        view: str,
        name: str,
        files: Sequence[DataFile],
        from_file: str | None = None,
    ) -> None:
        """Shows some files of a table of the lake as a view; a column they lack reads as NULL.

        The view stays as it is if it shows the same files already.

        Args:
            lake: the lake.
            view: its name.
            name: of the table.
            files: may be none.
            from_file: a column to add, which holds the path of each row's file.
        """
        located = self._lake_files.locate(lake.table(name), files)
        schema, condition = lake.specs[name].schema, self._loaded.conditions.get(view)
        shows = (schema, tuple(located), from_file, condition)
        if self._seen.get(view) != shows:
            with self._telling():
                see(self._connection, view, schema, located, from_file, condition)
            self._seen[view] = shows

    def derive(
        self, relation: Relation, query: str, store: Store, tables: Sequence[str]
    ) -> Relation:
        """Creates a temporary table unless it is up to date; see `Engine.derive_local`."""
        self.see_tables(store, tables)
        shows = [self._seen[name] for name in tables]
        if self._derived.get(relation.name) != shows:
            self.create_temp(relation, query)
            self._derived[relation.name] = shows
        return relation

    def hide(self, view: str) -> None:
        """Drops a view that `see_files` created, if it exists."""
        self._seen.pop(view, None)
        self.do(f"DROP VIEW IF EXISTS {quoted(view)}")

    def copy(self, sql: str, lake: Lake, name: str) -> list[WrittenFile]:
        """Writes a query's rows, in their order, into new Parquet files of a table.

        Args:
            sql: a query with the table's columns.
            lake: the lake.
            name: the table.

        Returns:
            The files, which are not committed yet.
        """
        spec, table = lake.specs[name], lake.table(name)
        schema, mark = spec.schema, f"part-{uuid.uuid4().hex}"
        folder = lake.spill_folder / mark
        folder.mkdir(parents=True)
        try:
            with self._telling():
                self._loaded.show_mentioned(sql)
                statement = copy_statement(sql, schema, folder, mark)
                written = self._connection.execute(statement).fetchall()
            files = [written_file(row, schema, spec.ranged_by) for row in written if row[1]]
            for file in files:
                table.put(file.name, folder / file.name)
            return files
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _within(column: str, low: str | None, high: str | None) -> str:
    """The condition of a range; rows without an entity belong to the first range."""
    name = quoted(column)
    if low is None:
        return f"({name} < {literal(high or '')} OR {name} IS NULL)"
    return f"{name} >= {literal(low)}" + (f" AND {name} < {literal(high)}" if high else "")
