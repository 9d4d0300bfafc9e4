"""The Spark engine: Spark reads the uploads, and publishes what is too large for the driver.

Every query of a cold JVM takes a good part of a second, however few rows it has, and a publish is
some forty of them. So the driver publishes by DuckDB what fits; see docs/decisions/0032.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from firmograph.engine.base import Executor, MergeResult, Relation, RowCounts, SparkOptions
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.engine.spark import translate
from firmograph.engine.spark.buckets import open_bucket
from firmograph.engine.spark.executor import SparkExecutor
from firmograph.engine.spark.session import open_session
from firmograph.engine.spark.sql import SparkSql
from firmograph.engine.sql import RUN_STAMP, stamp_rows
from firmograph.errors import UsageError
from firmograph.lake.lake import Lake
from firmograph.lake.staged import clear, staged_in
from firmograph.lake.store import RunStamp
from firmograph.lake.tuning import Tuning
from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage


def open_spark(
    lake: Lake,
    stamp: RunStamp,
    memory_limit: str,
    spill: Path,
    choice: SparkOptions,
    tuning: Tuning | None = None,
) -> "SparkEngine":
    """Opens a lake on Spark; see `open_engine`."""
    session, is_own = open_session(choice, spill)
    try:
        open_bucket(session, lake.root)
    except UsageError:
        if is_own:
            session.stop()
        raise
    driver = DuckDBEngine(lake, stamp, memory_limit=memory_limit, spill=spill, tuning=tuning)
    return SparkEngine(session, driver, publish_bytes=choice.publish_bytes, is_own=is_own)


class _Rows(NamedTuple):
    """What `Engine.load` was given."""

    relation: Relation
    rows: pa.Table

    @property
    def size(self) -> int:
        """In bytes."""
        size: int = self.rows.nbytes
        return size

    def load_to(self, sql: SparkSql | DuckDBEngine) -> None:
        """Loads the rows."""
        sql.load(self.relation, self.rows)


class _File(NamedTuple):
    """What `Engine.load_file` was given."""

    relation: Relation
    folder: Storage
    name: str
    size: int

    def load_to(self, sql: SparkSql | DuckDBEngine) -> None:
        """Loads the rows; the driver has those of a bucket in a file of its own."""
        folder = self.folder
        if isinstance(sql, DuckDBEngine) and not folder.is_local:
            folder = LocalStorage(sql.spill)
            folder.put(self.name, self.folder.read(self.name))
        sql.load_file(self.relation, folder, self.name, self.size)


class SparkEngine:
    """An engine on Spark; see `Engine` for its methods.

    Where it runs the SQL is decided by the first statement, when rows have been staged.

    Args:
        session: used by this run only.
        driver: runs queries over small tables, and all SQL of a run that is small.
        publish_bytes: size of staged rows and tables from which the SQL runs on Spark.
        is_own: whether to stop Spark at the end of the run.
    """

    faults: tuple[type[Exception], ...] = (*STORAGE_ERRORS, PySparkException, Py4JError)

    def __init__(
        self,
        session: SparkSession,
        driver: DuckDBEngine,
        *,
        publish_bytes: int,
        is_own: bool = False,
    ) -> None:
        self.lake, self.stamp, self.store = driver.lake, driver.stamp, driver.store
        self.spill = driver.spill
        self.staged = staged_in(self.lake, self.spill, self.stamp.run_id)
        self.executor: Executor = SparkExecutor(session)
        self._spark = session
        self._is_own = is_own
        self._driver = driver
        self._publish_bytes = publish_bytes
        self._chosen: SparkSql | DuckDBEngine | None = None
        self._waiting: list[_Rows | _File] = []

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
        if isinstance(self._chosen, SparkSql):
            self._chosen.close()
        self._driver.close()
        clear(self.staged)
        if self._is_own:
            self._spark.stop()

    # Where the SQL runs

    @property
    def _sql(self) -> SparkSql | DuckDBEngine:
        """What runs the SQL; the first call decides, and hands over what was loaded."""
        if self._chosen is None:
            if self._size() < self._publish_bytes:
                self._chosen = self._driver
            else:
                self._chosen = SparkSql(self._spark, self.lake, self.store)
                self._chosen.load(RUN_STAMP, stamp_rows(self.stamp))
            for load in self._waiting:
                load.load_to(self._chosen)
            self._waiting.clear()
        return self._chosen

    def _size(self) -> int:
        """The size in bytes of the staged rows, and of the tables that a publish may read."""
        specs = self.lake.specs.values()
        tables = [s.name for s in specs if s.zone != "ods" and self.lake.exists(s.name)]
        held = sum(file.size for name in tables for file in self.store.files(name))
        return held + sum(load.size for load in self._waiting)

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table, which the first call creates."""
        relation.check(rows.schema)
        self._add(_Rows(relation, rows))

    def load_file(self, relation: Relation, folder: Storage, name: str, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the engine deletes the file."""
        self._add(_File(relation, folder, name, size))

    def _add(self, load: _Rows | _File) -> None:
        if self._chosen is None:
            self._waiting.append(load)
        else:
            load.load_to(self._chosen)

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table; no query is run."""
        if self._chosen is not None:
            return self._chosen.has_rows(relation)
        loads = (load for load in self._waiting if load.relation.name == relation.name)
        return any(isinstance(load, _File) or load.rows.num_rows for load in loads)

    def create_temp(self, relation: Relation, query: str, tables: Sequence[str] = ()) -> Relation:
        """Creates or replaces a temporary table with the result of a query, run now."""
        return self._sql.create_temp(relation, query, tables)

    def insert_temp(self, relation: Relation, query: str) -> None:
        """Adds the result of a query over temporary tables to one that `create_temp` created."""
        self._sql.insert_temp(relation, query)

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        self._sql.drop(relation)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Restricts tables to one range of entities after another; on Spark shows all."""
        return self._sql.by_range(columns)

    # Queries

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and tables of the lake."""
        return self._sql.query(sql, tables)

    def query_local(self, sql: str, tables: Sequence[str]) -> pa.Table:
        """Runs a query over small tables of the lake, in this process."""
        return self._driver.query_local(sql, tables)

    def derive_local(self, relation: Relation, query: str, tables: Sequence[str]) -> Relation:
        """Creates a temporary table for `query_local`, again only once its tables have changed."""
        return self._driver.derive_local(relation, query, tables)

    def select(self, name: str, sql: str, allowed: Collection[str]) -> Relation:
        """Creates a temporary table with the result of a user's SELECT.

        What Spark cannot run is refused in the driver, too, so that a mart works at any size.
        """
        if self._sql is self._driver:
            translate.check(sql, allowed, self._spark)
        return self._sql.select(name, sql, allowed)

    # Writes

    def merge(self, name: str, rows: str, scope: str, by: Sequence[str]) -> MergeResult:
        """Replaces the rows of some entities by those of a query; all others stay."""
        return self._sql.merge(name, rows, scope, by)

    def replace_all(self, name: str, query: str) -> RowCounts:
        """Replaces a table's rows with a query's result; no commit if they are equal."""
        return self._sql.replace_all(name, query)

    def insert_into(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends a query's result to a table in one commit; returns how many rows."""
        return self._sql.insert_into(name, query, tables)
