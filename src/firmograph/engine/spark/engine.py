"""The Spark engine: Spark queries, and Delta Lake on Spark merges what changed into DW.

Logs and control tables are this process's own; see `LocalVerbs`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from firmograph.engine.base import RowCounts, RunStamp, SparkOptions, stamp_rows
from firmograph.engine.duckdb.connection import quoted
from firmograph.engine.duckdb.local import LocalVerbs
from firmograph.engine.duckdb.sandbox import distinct, storable_schema
from firmograph.engine.spark import merge, translate
from firmograph.engine.spark.executor import map_tasks
from firmograph.engine.spark.session import open_session
from firmograph.engine.spark.write import write_files
from firmograph.errors import QueryError
from firmograph.lake.files import DataFile, data_files
from firmograph.lake.lake import Lake


@dataclass
class _Staged:
    """A temporary table: rows of this process, files of others, and whether Spark shows them."""

    parts: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    is_shown: bool = False


def open_spark(
    lake: Lake, stamp: RunStamp, memory_limit: str, spill: Path, choice: SparkOptions
) -> "SparkEngine":
    """Opens a lake on Spark; see `open_engine`."""
    session, is_own = open_session(choice, spill)
    return SparkEngine(session, lake, stamp, memory_limit=memory_limit, spill=spill, is_own=is_own)


class SparkEngine(LocalVerbs):
    """One run's hold on a lake, with Spark.

    Args:
        session: of this run alone.
        lake: where the tables live; every executor sees its folder.
        stamp: written into each commit and each row that changes.
        memory_limit: what queries of this process may hold in memory.
        spill: a folder that every executor sees.
        is_own: whether Spark ends with the run.
    """

    faults = (*LocalVerbs.faults, PySparkException, Py4JError)

    def __init__(
        self,
        session: SparkSession,
        lake: Lake,
        stamp: RunStamp,
        *,
        memory_limit: str | None = None,
        spill: Path | None = None,
        is_own: bool = False,
    ) -> None:
        super().__init__(lake, stamp, memory_limit=memory_limit, spill=spill)
        self._spark = session
        self._is_own = is_own
        self._staged: dict[str, _Staged] = {}
        session.conf.set("spark.databricks.delta.commitInfo.userMetadata", stamp.run_id)
        self.slots = session.sparkContext.defaultParallelism
        self.stage("run_stamp", stamp_rows(stamp))

    def close(self) -> None:
        """Gives back memory and temporary files."""
        super().close()
        for name in list(self._staged):
            self.unstage(name)
        if self._is_own:
            self._spark.stop()

    def map_tasks(self, work: Callable[[Any], Any], orders: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the orders, each in a task of its own."""
        return iter(map_tasks(self._spark, work, orders, self.spill))

    # Temporary tables

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""
        staged = self._staged.setdefault(name, _Staged())
        staged.parts.append(rows)
        staged.is_shown = False

    def stage_file(self, name: str, path: Path, size: int) -> None:  # noqa: ARG002
        """Adds the rows of a Parquet file to a temporary table; the file is the engine's now."""
        staged = self._staged[name]
        staged.files.append(path)
        staged.is_shown = False

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""
        staged = self._staged.pop(name, None)
        if staged is not None:
            self._spark.catalog.dropTempView(name)
            for path in staged.files:
                path.unlink()

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:  # noqa: ARG002
        """Shows tables whole: Spark itself keeps memory small."""
        yield

    def create_temp(self, name: str, query: str, tables: Sequence[str] = ()) -> None:
        """Makes a temporary table hold what a query returns now, in place of what it held."""
        self._kept(self._sql(query, tables)).createOrReplaceTempView(name)

    def add(self, name: str, query: str) -> None:
        """Adds what a query over temporary tables returns to one that was defined."""
        self._spark.table(name).unionAll(self._sql(query)).createOrReplaceTempView(name)

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and the newest versions of tables of the lake."""
        return self._sql(sql, tables).toArrow()

    def select(self, name: str, sql: str, allowed: Collection[str]) -> pa.Schema:
        """Makes a temporary table hold what a person's SELECT returns, shut in with some tables."""
        words = translate.translate(sql, allowed)
        tables = [one for one in allowed if re.search(rf"\b{one}\b", sql, re.IGNORECASE)]
        try:
            frame = self._sql(words, tables)
            frame = frame.toDF(*distinct(frame.columns))
            schema = storable_schema(to_arrow_schema(frame.schema))
            self._kept(self._cast(frame, schema)).createOrReplaceTempView(name)
        except PySparkException as error:
            raise QueryError(
                f"the SQL failed: {_first_line(error)}",
                hint=f"tables are {', '.join(sorted(allowed))}",
            ) from error
        return schema

    def _sql(self, sql: str, tables: Sequence[str] = ()) -> DataFrame:
        for name in tables:
            self._table(name).createOrReplaceTempView(name)
        for name, staged in self._staged.items():
            if not staged.is_shown and re.search(rf"\b{name}\b", sql):
                self._show(name, staged)
        return self._spark.sql(sql)

    def _show(self, name: str, staged: _Staged) -> None:
        schema = staged.parts[0].schema
        rows = pa.concat_tables(staged.parts)
        frame = self._files(schema, staged.files) if staged.files else None
        if frame is None or rows.num_rows:
            held = self._rows(rows)
            frame = held if frame is None else frame.unionAll(held)
        frame.createOrReplaceTempView(name)
        staged.is_shown = True

    def _rows(self, rows: pa.Table) -> DataFrame:
        schema = from_arrow_schema(rows.schema)
        if not rows.num_rows:
            return self._spark.createDataFrame([], schema)
        return self._spark.createDataFrame(rows, schema)

    def _files(self, schema: pa.Schema, files: Sequence[Path]) -> DataFrame:
        """The rows of Parquet files; a column they lack reads as NULL."""
        if not files:
            return self._rows(schema.empty_table())
        paths = [str(file) for file in files]
        return self._spark.read.schema(from_arrow_schema(schema)).parquet(*paths)

    def _table(self, name: str, files: Sequence[DataFile] | None = None) -> DataFrame:
        """A table of the lake at its newest version, or some of its files."""
        if files is None:
            files = data_files(self.lake.open(name), None)
        folder = self.lake.path(name)
        return self._files(self.lake.specs[name].schema, [folder / file.path for file in files])

    def _cast(self, frame: DataFrame, schema: pa.Schema) -> DataFrame:
        fields = from_arrow_schema(schema)
        return frame.select(*[col(_column(f.name)).cast(f.dataType).alias(f.name) for f in fields])

    def _kept(self, frame: DataFrame) -> DataFrame:
        """Rows that are computed once, now."""
        return frame.localCheckpoint(eager=True)

    # Writes

    def insert(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends what a query returns to a table in one commit; how many rows."""
        rows = self._kept(self._sql(query, tables))
        count = int(rows.count())
        if count:
            self._write(name, rows, count)
            self.compact_small(name)
        return count

    def overwrite(self, name: str, query: str) -> RowCounts:
        """Makes a table hold what a query over the lake returns; writes nothing if it does."""
        spec = self.lake.specs[name]
        names = ", ".join(quoted(column) for column in spec.schema.names)
        self.create_temp("wanted", f"SELECT {names} FROM ({query}\n)")
        if pa.schema(self.lake.open(name).schema()) != spec.schema:
            self._empty(name)
        self._table(name).createOrReplaceTempView("held_rows")
        held = f"(SELECT {names} FROM held_rows)"
        counts = self.query(
            "SELECT "
            f"(SELECT count(*) FROM (SELECT * FROM wanted EXCEPT ALL {held})) AS inserted, "
            f"(SELECT count(*) FROM ({held} EXCEPT ALL SELECT * FROM wanted)) AS deleted, "
            "(SELECT count(*) FROM wanted) AS row_count"
        ).to_pylist()[0]
        changes = RowCounts(counts["inserted"], 0, counts["deleted"], counts["row_count"])
        if changes.any:
            gone = data_files(self.lake.open(name), None)
            self._write(name, self._spark.table("wanted"), changes.rows, gone)
        return changes

    def replace(self, name: str, rows: str, scope: str, by: Sequence[str]) -> RowCounts:
        """Makes the rows of some entities those of a query, and leaves all others alone."""
        spec = self.lake.specs[name]
        files = data_files(self.lake.open(name), spec.sorted_by[0])
        self._table(name, files).createOrReplaceTempView(name)
        self._sql(scope).createOrReplaceTempView("scope")
        self._sql(rows).createOrReplaceTempView("new_rows")
        found = self.query(
            f"SELECT min({by[0]}) AS low, max({by[0]}) AS high FROM scope WHERE may_exist"
        ).to_pylist()[0]
        if found["low"] is None:
            changes = self._append_new(name, by)
        else:
            low, high = found["low"], found["high"]
            touched = [
                file
                for file in files
                if file.low is None or (file.low <= high and low <= file.high)
            ]
            self._table(name, touched).createOrReplaceTempView("touched_rows")
            changes = self._merge(name, by, (low, high))
        changes.rows = self.row_count(name)
        return changes

    def _append_new(self, name: str, by: Sequence[str]) -> RowCounts:
        """Writes rows of entities that the table cannot hold yet: nothing is compared."""
        spec = self.lake.specs[name]
        self.create_temp("fresh_rows", merge.stamped(spec))
        fresh = self._spark.table("fresh_rows")
        fresh.select(*by).distinct().createOrReplaceTempView("changed")
        count = fresh.count()
        if count:
            self._write(name, fresh, count)
        return RowCounts(inserted=count)

    def _merge(self, name: str, by: Sequence[str], span: tuple[str, str]) -> RowCounts:
        """Compares the rows of the scope by key, and merges what differs."""
        spec = self.lake.specs[name]
        self.create_temp("difference", merge.difference(spec, by))
        difference = self._spark.table("difference")
        difference.select(*by).distinct().createOrReplaceTempView("changed")
        counts = self.query(merge.COUNTS).to_pylist()[0]
        changes = RowCounts(**counts)
        if not changes.updated and not changes.deleted:
            if changes.inserted:  # nothing to merge with: an append takes a tenth of the time
                self._write(name, difference, changes.inserted)
        else:
            self._sql(merge.merge(spec, self.lake.path(name), span)).collect()
            self.lake.forget(name)
        return changes

    def _write(self, name: str, rows: DataFrame, count: int, gone: Sequence[DataFile] = ()) -> None:
        """Writes rows into new files, and commits them, in place of others where some are named."""
        spec = self.lake.specs[name]
        order = spec.sorted_by or tuple(spec.schema.names)
        rows = self._cast(rows, spec.schema)
        added = write_files(rows, count, self.lake.path(name), spec.schema, order)
        self._commit(name, added, gone)


def _column(name: str) -> str:
    """A name as Spark's functions take it."""
    return "`" + name.replace("`", "``") + "`"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
