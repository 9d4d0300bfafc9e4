"""DuckDB: queries over Parquet files and temporary tables, and their results as new files."""

import glob
import json
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.lake.parquet import COMPRESSION_LEVEL, RAW_COLUMN, WrittenFile

FILE_BYTES = 16 << 20
"""About where a written file ends and the next begins; a change rewrites the files it touches."""
RAW_ROWS_PER_GROUP = 2048
ROWS_PER_GROUP = 122_880
RANGE_BYTES = 48 << 20
"""Temporary tables of so many bytes together are shown at once; larger ones range by range."""
_SAMPLED = 10_000
"""Rows looked at to find where a range ends."""


@dataclass
class _Staged:
    """A temporary table: rows held in memory, files of others, and the bytes of all of them."""

    parts: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    size: int = 0


class Connection:
    """One DuckDB connection.

    Args:
        memory_limit: what queries may hold in memory before they spill, as ``4GB``.
        spill: folder for what they spill.
        threads: how many threads they may use.
    """

    def __init__(
        self, memory_limit: str | None = None, spill: Path | None = None, threads: int | None = None
    ) -> None:
        config: dict[str, Any] = {
            "python_enable_replacements": False,
            # what was read of files once would stay in memory up to the limit
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
        self._staged: dict[str, _Staged] = {}
        self._shown: dict[str, str] = {}

    def close(self) -> None:
        """Gives back memory and temporary files."""
        self._connection.close()
        for staged in self._staged.values():
            for path in staged.files:
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

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""
        staged = self._staged.setdefault(name, _Staged())
        staged.parts.append(rows)
        staged.size += rows.nbytes
        self._show(name)

    def stage_file(self, name: str, path: Path, size: int) -> None:
        """Adds the rows of a file to a temporary table that is there; the file is ours now."""
        staged = self._staged[name]
        staged.files.append(path)
        staged.size += size
        self._show(name)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Shows tables a range at a time; see `Engine.in_ranges`."""
        staged = {name: self._staged[name] for name in columns if name in self._staged}
        count = -(-sum(one.size for one in staged.values()) // RANGE_BYTES)
        if count <= 1:
            yield
            return
        largest = max(staged, key=lambda name: staged[name].size)
        bounds = self._bounds(largest, columns[largest], count)
        try:
            for low, high in pairwise([None, *bounds, None]):
                self._shown = {name: _within(c, low, high) for name, c in columns.items()}
                for name in staged:
                    self._show(name)
                yield
        finally:
            self._shown = {}
            for name in staged:
                self._show(name)

    def _bounds(self, name: str, column: str, count: int) -> list[str]:
        """Where ranges of about as many rows each begin, but the first."""
        shares = [n / count for n in range(1, count)]
        found = self.one(
            f"SELECT quantile_disc(c, {shares}) AS bounds FROM (SELECT {quoted(column)} AS c "
            f"FROM {name} USING SAMPLE reservoir({_SAMPLED} ROWS) REPEATABLE (1))"
        )["bounds"]
        return sorted(set(found or ()))

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""
        staged = self._staged.pop(name, None)
        if staged is not None:
            self.do(f"DROP VIEW IF EXISTS {name}")
            for path in staged.files:
                path.unlink()

    def _show(self, name: str) -> None:
        """Makes a temporary table visible as a view: what is held, and what was put into files."""
        staged = self._staged[name]
        self._connection.register(f"held_{name}", pa.concat_tables(staged.parts))
        sql = f"SELECT * FROM held_{name}"
        if staged.files:
            sql += f" UNION ALL SELECT * FROM read_parquet([{_listed(staged.files)}])"
        if name in self._shown:
            sql = f"SELECT * FROM ({sql}) WHERE {self._shown[name]}"
        self.do(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")

    def see(
        self, view: str, schema: pa.Schema, files: Sequence[Path], from_file: str | None = None
    ) -> None:
        """Makes Parquet files visible as a view; a column they lack reads as NULL.

        Args:
            view: its name.
            schema: its columns.
            files: may be none.
            from_file: a column to add, which holds the path of each row's file.
        """
        see(self._connection, view, schema, files, from_file, self._shown.get(view))

    def copy(
        self, sql: str, schema: pa.Schema, folder: Path, ranged: str | None
    ) -> list[WrittenFile]:
        """Writes a query's rows, in their order, into new Parquet files.

        Args:
            sql: the query.
            schema: its columns.
            folder: of the table.
            ranged: a column whose smallest and largest value of each file is kept as statistics.
        """
        mark = f"part-{uuid.uuid4().hex}"
        group = RAW_ROWS_PER_GROUP if RAW_COLUMN in schema.names else ROWS_PER_GROUP
        names = ", ".join(quoted(name) for name in schema.names)
        try:
            written = self._connection.execute(
                f"COPY (SELECT {names} FROM ({sql}\n)) TO {_text(str(folder))} (FORMAT parquet, "
                f"COMPRESSION zstd, COMPRESSION_LEVEL {COMPRESSION_LEVEL}, ROW_GROUP_SIZE {group}, "
                f"FILE_SIZE_BYTES {FILE_BYTES}, FILENAME_PATTERN '{mark}-{{i}}', "
                "OVERWRITE_OR_IGNORE, RETURN_STATS)"
            ).fetchall()
        except BaseException:
            for path in folder.glob(f"{mark}-*"):
                path.unlink()
            raise
        files = [_added(row, schema, ranged) for row in written if row[1]]
        for row in written:
            if not row[1]:
                Path(row[0]).unlink()
        return files


def see(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    schema: pa.Schema,
    files: Sequence[Path],
    from_file: str | None = None,
    condition: str | None = None,
) -> None:
    """Makes Parquet files visible as a view; see `Queries.see`. A condition chooses rows."""
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
    """Lets a connection read some files, and from now on nothing else outside of it."""
    # a file is looked up as it is named, and named with the marks of a pattern escaped
    named = [_text(str(file)) for file in files] + [_text(glob.escape(str(file))) for file in files]
    connection.execute(f"SET allowed_paths=[{', '.join(named)}]").fetchall()
    connection.execute("SET enable_external_access=false").fetchall()
    connection.execute("SET lock_configuration=true").fetchall()


def _within(column: str, low: str | None, high: str | None) -> str:
    """The condition of a range; rows that name no entity belong to the first."""
    name = quoted(column)
    if low is None:
        return f"({name} < {_text(high or '')} OR {name} IS NULL)"
    return f"{name} >= {_text(low)}" + (f" AND {name} < {_text(high)}" if high else "")


def _listed(files: Sequence[Path]) -> str:
    return ", ".join(_text(glob.escape(str(file))) for file in files)


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


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"
