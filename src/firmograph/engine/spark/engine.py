"""The Spark engine: Spark runs the queries; our own tasks write files, which the driver commits.

Small tables of the lake, such as those of control, are queried in this process by DuckDB.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from firmograph.engine.base import Executor, MergeResult, Relation, RowCounts, SparkOptions
from firmograph.engine.duckdb.connection import STORAGE_ERRORS, Connection
from firmograph.engine.duckdb.storable import distinct, storable_schema
from firmograph.engine.spark import translate
from firmograph.engine.spark.buckets import open_bucket
from firmograph.engine.spark.executor import SparkExecutor
from firmograph.engine.spark.merge import SparkMerge
from firmograph.engine.spark.session import open_session
from firmograph.engine.spark.types import arrow_schema
from firmograph.engine.spark.views import Views, cast, kept
from firmograph.engine.spark.write import write_files
from firmograph.engine.sql import RUN_STAMP, ReplaceSql, listed, stamp_rows
from firmograph.errors import QueryError, UsageError, first_line
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.staged import clear, staged_in
from firmograph.lake.store import RunStamp, Store
from firmograph.storage.base import Storage


def open_spark(
    lake: Lake, stamp: RunStamp, memory_limit: str, spill: Path, choice: SparkOptions
) -> "SparkEngine":
    """Opens a lake on Spark; see `open_engine`."""
    session, is_own = open_session(choice, spill)
    try:
        open_bucket(session, lake.root)
    except UsageError:
        if is_own:
            session.stop()
        raise
    return SparkEngine(session, lake, stamp, memory_limit=memory_limit, spill=spill, is_own=is_own)


class SparkEngine:
    """An engine on Spark; see `Engine` for its methods.

    Args:
        session: used by this run only.
        lake: where the tables live; all executors can access it.
        stamp: written into each commit and each row that changes.
        memory_limit: how much memory queries of this process may use.
        spill: a folder of this machine; if the lake is a folder, all executors can access it.
        is_own: whether to stop Spark at the end of the run.
    """

    faults: tuple[type[Exception], ...] = (*STORAGE_ERRORS, PySparkException, Py4JError)

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
        self.lake = lake
        self.stamp = stamp
        self.store = Store(lake, stamp)
        self.spill = spill or lake.spill_folder
        self.staged = staged_in(lake, self.spill, stamp.run_id)
        self.executor: Executor = SparkExecutor(session)
        self._spark = session
        self._is_own = is_own
        self._views = Views(session, self.store)
        self._local = Connection(memory_limit, spill)
        self._merges: dict[str, SparkMerge] = {}
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
        self._local.close()
        self._views.close()
        clear(self.staged)
        if self._is_own:
            self._spark.stop()

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table, which the first call creates."""
        self._views.load(relation, rows)

    def load_file(
        self,
        relation: Relation,
        folder: Storage,
        name: str,
        size: int,  # noqa: ARG002
    ) -> None:
        """Adds the rows of a Parquet file to a temporary table; the engine deletes the file."""
        self._views.load_file(relation, folder, name)

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table; no query is run."""
        return self._views.has_rows(relation)

    def create_temp(self, relation: Relation, query: str, tables: Sequence[str] = ()) -> Relation:
        """Creates or replaces a temporary table with the result of a query, run now."""
        return self._views.keep(relation, self._views.sql(query, tables))

    def insert_temp(self, relation: Relation, query: str) -> None:
        """Adds the result of a query over temporary tables to one that `create_temp` created."""
        views = self._views
        views.show(relation, views.frame(relation).unionAll(views.sql(query)))

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        self._views.drop(relation)

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:  # noqa: ARG002
        """Yields once, for all rows: Spark itself bounds memory."""
        for merge in self._merges.values():
            merge.drop()
        self._merges.clear()
        yield

    # Queries

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and tables of the lake."""
        return self._views.sql(sql, tables).toArrow()

    def query_local(self, sql: str, tables: Sequence[str]) -> pa.Table:
        """Runs a query over small tables of the lake, in this process."""
        self._local.see_tables(self.store, tables)
        return self._local.table(sql)

    def derive_local(self, relation: Relation, query: str, tables: Sequence[str]) -> Relation:
        """Creates a temporary table for `query_local`, again only once its tables have changed."""
        return self._local.derive(relation, query, self.store, tables)

    def select(self, name: str, sql: str, allowed: Collection[str]) -> Relation:
        """Creates a temporary table with the result of a user's SELECT."""
        translated = translate.translate(sql, allowed, self._spark.version)
        tables = [one for one in allowed if re.search(rf"\b{one}\b", sql, re.IGNORECASE)]
        try:
            frame = self._views.sql(translated, tables)
            frame = frame.toDF(*distinct(frame.columns))
            relation = Relation(name, storable_schema(arrow_schema(frame)))
            return self._views.keep(relation, cast(frame, relation.schema))
        except PySparkException as error:
            raise QueryError(
                f"the SQL failed: {first_line(error)}",
                hint=f"tables are {', '.join(sorted(allowed))}",
            ) from error

    # Writes

    def merge(self, name: str, rows: str, scope: str, by: Sequence[str]) -> MergeResult:
        """Replaces the rows of some entities by those of a query; all others stay."""
        merge = SparkMerge(self._views, self.store, name, by, self._write)
        self._merges[name] = merge
        counts = merge.write(rows, scope)
        counts.rows = self.store.row_count(name)
        return MergeResult(counts, merge.sql.changed, merge.show_difference)

    def replace_all(self, name: str, query: str) -> RowCounts:
        """Replaces a table's rows with a query's result; no commit if they are equal."""
        spec = self.lake.specs[name]
        sql = ReplaceSql(spec)
        self.create_temp(sql.wanted, f"SELECT {listed(spec.schema.names)} FROM ({query}\n)")
        self.store.recreate(name, in_order=True)
        held = self.store.files(name)
        self._views.show(sql.held, self._views.table(name, held))
        counts = sql.row_counts(self.query(sql.compare()).to_pylist()[0])
        if counts.any:
            self._write(name, self._views.frame(sql.wanted), counts.rows, held)
        return counts

    def insert_into(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends a query's result to a table in one commit; returns how many rows."""
        rows = kept(self._views.sql(query, tables))
        count = int(rows.count())
        if count:
            self._write(name, rows, count)
            self.store.compact_appends(name)
        return count

    def _write(
        self, name: str, rows: DataFrame, count: int, removed: Sequence[DataFile] = ()
    ) -> None:
        """Writes rows into new files, which replace the removed ones in one commit."""
        rows = cast(rows, self.lake.specs[name].schema)
        added = write_files(rows, count, self.lake, name)
        self.store.commit(name, added, removed)
