"""DuckDB: queries over Parquet files and temporary tables, and their results as new files."""

import glob
import json
import shutil
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.engine.sql import quoted
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.parquet import COMPRESSION_LEVEL, RAW_COLUMN, ROWS_PER_GROUP, WrittenFile
from firmograph.lake.store import STORE_ERRORS, Store
from firmograph.lake.tuning import Tuning

STORAGE_ERRORS = (*STORE_ERRORS, duckdb.Error)
"""Raised by the operating system and the libraries when the lake cannot be used."""
FILE_BYTES = 16 << 20
"""About the size of a written file; a change rewrites the files it touches."""
RAW_ROWS_PER_GROUP = 2048
_SAMPLED = 10_000
"""Rows sampled to find where a range ends."""


@dataclass
class _Loaded:
    """A temporary table: rows in memory, files of others, and the size of all of them in bytes."""

    parts: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    size: int = 0


class Connection:
    """One DuckDB connection.

    Args:
        memory_limit: what queries may hold in memory before they spill, as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads they may use.
        tuning: up to which total size temporary tables are shown at once.
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
        self._connection = duckdb.connect(config=config)
        self.do("SET TimeZone='UTC'")
        self._loaded: dict[str, _Loaded] = {}
        self._shown: dict[str, str] = {}

    def close(self) -> None:
        """Releases memory and temporary files."""
        self._connection.close()
        for loaded in self._loaded.values():
            for path in loaded.files:
                path.unlink()

    def do(self, sql: str) -> None:
        """Runs a statement."""
        self._connection.execute(sql).fetchall()

    def table(self, sql: str) -> pa.Table:
        """Runs a query."""
        return self._connection.sql(sql).to_arrow_table()

    def one(self, sql: str) -> dict[str, Any]:
        """Runs a query that returns one row."""
        row: dict[str, Any] = self.table(sql).to_pylist()[0]
        return row

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table; see `Engine.load`."""
        relation.check(rows.schema)
        loaded = self._loaded.setdefault(relation.name, _Loaded())
        loaded.parts.append(rows)
        loaded.size += rows.nbytes
        self._show(relation.name)

    def load_file(self, relation: Relation, path: Path, size: int) -> None:
        """Adds the rows of a file to a temporary table; see `Engine.load_file`."""
        loaded = self._loaded[relation.name]
        loaded.files.append(path)
        loaded.size += size
        self._show(relation.name)

    def create_temp(self, relation: Relation, query: str) -> Relation:
        """Creates or replaces a temporary table that holds what a query returns now."""
        return self._create("TABLE", relation, query)

    def create_view(self, relation: Relation, query: str) -> Relation:
        """Creates or replaces a temporary view: its query runs when it is read."""
        return self._create("VIEW", relation, query)

    def _create(self, kind: str, relation: Relation, query: str) -> Relation:
        self.do(f"CREATE OR REPLACE TEMP {kind} {relation} AS {query}")
        relation.check(self.table(f"SELECT * FROM {relation} LIMIT 0").schema)
        return relation

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        loaded = self._loaded.pop(relation.name, None)
        if loaded is not None:
            self.do(f"DROP VIEW IF EXISTS {relation}")
            for path in loaded.files:
                path.unlink()

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Restricts tables to one range after another; see `Engine.by_range`."""
        loaded = {name: self._loaded[name] for name in columns if name in self._loaded}
        count = -(-sum(one.size for one in loaded.values()) // self._range_bytes)
        if count <= 1:
            yield
            return
        largest = max(loaded, key=lambda name: loaded[name].size)
        bounds = self._bounds(largest, columns[largest], count)
        try:
            for low, high in pairwise([None, *bounds, None]):
                self._shown = {name: _within(c, low, high) for name, c in columns.items()}
                for name in loaded:
                    self._show(name)
                yield
        finally:
            self._shown = {}
            for name in loaded:
                self._show(name)

    def _bounds(self, name: str, column: str, count: int) -> list[str]:
        """Where ranges of about equally many rows begin, except the first."""
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

    def _show(self, name: str) -> None:
        """Shows a temporary table as a view over the rows in memory and those in files."""
        loaded = self._loaded[name]
        self._connection.register(f"held_{name}", pa.concat_tables(loaded.parts))
        sql = f"SELECT * FROM held_{name}"
        if loaded.files:
            sql += f" UNION ALL SELECT * FROM read_parquet([{_listed(loaded.files)}])"
        if name in self._shown:
            sql = f"SELECT * FROM ({sql}) WHERE {self._shown[name]}"
        self.do(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    # Files of the lake

    def see_tables(self, store: Store, names: Sequence[str]) -> None:
        """Shows tables of the lake at their newest version."""
        for name in names:
            self.see_files(store.lake, name, name, store.files(name))

    def see_files(self, lake: Lake, view: str, name: str, files: Sequence[DataFile]) -> None:
        """Shows some files of a table of the lake as a view."""
        folder = lake.path(name)
        self.see(view, lake.specs[name].schema, [folder / file.path for file in files])

    def see(
        self, view: str, schema: pa.Schema, files: Sequence[Path], from_file: str | None = None
    ) -> None:
        """Shows Parquet files as a view; a column they lack reads as NULL.

        Args:
            view: its name.
            schema: its columns.
            files: may be none.
            from_file: a column to add, which holds the path of each row's file.
        """
        see(self._connection, view, schema, files, from_file, self._shown.get(view))

    def copy(self, sql: str, lake: Lake, name: str) -> list[WrittenFile]:
        """Writes a query's rows, in their order, into new Parquet files.

        Args:
            sql: the query.
            lake: of the table.
            name: of the table, whose columns the query has.
        """
        spec, table = lake.specs[name], lake.table(name)
        schema, mark = spec.schema, f"part-{uuid.uuid4().hex}"
        folder = lake.spill_folder / mark
        folder.mkdir(parents=True)
        group = RAW_ROWS_PER_GROUP if RAW_COLUMN in schema.names else ROWS_PER_GROUP
        names = ", ".join(quoted(name) for name in schema.names)
        try:
            written = self._connection.execute(f"""
                COPY (
                  SELECT {names}
                  FROM ({sql}
                  )
                )
                TO {text(str(folder))} (
                  FORMAT parquet,
                  COMPRESSION zstd,
                  COMPRESSION_LEVEL {COMPRESSION_LEVEL},
                  ROW_GROUP_SIZE {group},
                  FILE_SIZE_BYTES {FILE_BYTES},
                  FILENAME_PATTERN '{mark}-{{i}}',
                  OVERWRITE_OR_IGNORE,
                  RETURN_STATS
                )
            """).fetchall()
            files = [_added(row, schema, spec.ranged_by) for row in written if row[1]]
            for file in files:
                table.put(file.name, folder / file.name)
            return files
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def see(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    schema: pa.Schema,
    files: Sequence[Path],
    from_file: str | None = None,
    condition: str | None = None,
) -> None:
    """Shows Parquet files as a view; see `Connection.see`. A condition chooses rows."""
    if from_file:
        schema = schema.append(pa.field(from_file, pa.string()))
    connection.register(f"no_{view}", schema.empty_table())
    sql = f"SELECT * FROM {quoted(f'no_{view}')}"
    if files:
        named = f", filename='{from_file}'" if from_file else ""
        sql += (
            f" UNION ALL BY NAME SELECT * FROM read_parquet([{_listed(files)}], "
            f"union_by_name=true, hive_partitioning=false{named})"
        )
    if condition:
        sql = f"SELECT * FROM ({sql}) WHERE {condition}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS {sql}").fetchall()


def allow(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Restricts what a connection can read outside of itself to some files, for good."""
    # DuckDB looks a file up by its name, and by its name with the marks of a pattern escaped
    named = [text(str(file)) for file in files] + [text(glob.escape(str(file))) for file in files]
    connection.execute(f"SET allowed_paths=[{', '.join(named)}]").fetchall()
    connection.execute("SET enable_external_access=false").fetchall()
    connection.execute("SET lock_configuration=true").fetchall()


def _within(column: str, low: str | None, high: str | None) -> str:
    """The condition of a range; rows without an entity belong to the first."""
    name = quoted(column)
    if low is None:
        return f"({name} < {text(high or '')} OR {name} IS NULL)"
    return f"{name} >= {text(low)}" + (f" AND {name} < {text(high)}" if high else "")


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(text(glob.escape(str(file))) for file in files)


def _added(row: tuple[Any, ...], schema: pa.Schema, ranged: str | None) -> WrittenFile:
    path, count, size, _, columns, *_ = row
    statistics: dict[str, Any] = {"numRecords": count}
    found = columns.get(f'"{ranged}"', {})
    if "min" in found and found.get("min_is_exact") == found.get("max_is_exact") == "true":
        number = ranged is not None and pa.types.is_integer(schema.field(ranged).type)
        convert = int if number else str
        statistics["minValues"] = {ranged: convert(found["min"])}
        statistics["maxValues"] = {ranged: convert(found["max"])}
    return WrittenFile(Path(path).name, size, count, json.dumps(statistics))


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
