"""SQL on Spark: it runs the queries; our own tasks write files, which the driver commits."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from firmograph.engine.base import MergeResult, Relation, RowCounts
from firmograph.engine.duckdb.storable import distinct, storable_schema
from firmograph.engine.spark import translate
from firmograph.engine.spark.merge import SparkMerge
from firmograph.engine.spark.types import arrow_schema
from firmograph.engine.spark.views import Views, cast, kept
from firmograph.engine.spark.write import write_files
from firmograph.engine.sql import ReplaceSql, listed
from firmograph.errors import QueryError, first_line
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.store import Store
from firmograph.storage.base import Storage


class SparkSql:
    """The SQL of a run on Spark; see `Engine` for its methods.

    Args:
        session: used by this run only.
        lake: where the tables live; all executors can access it.
        store: of the lake.
    """

    def __init__(self, session: SparkSession, lake: Lake, store: Store) -> None:
        self._spark = session
        self._lake = lake
        self._store = store
        self._views = Views(session, store)
        self._merges: dict[str, SparkMerge] = {}

    def close(self) -> None:
        """Releases memory and temporary files."""
        self._views.close()

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
        merge = SparkMerge(self._views, self._store, name, by, self._write)
        self._merges[name] = merge
        counts = merge.write(rows, scope)
        counts.rows = self._store.row_count(name)
        return MergeResult(counts, merge.sql.changed, merge.show_difference)

    def replace_all(self, name: str, query: str) -> RowCounts:
        """Replaces a table's rows with a query's result; no commit if they are equal."""
        spec = self._lake.specs[name]
        sql = ReplaceSql(spec)
        self.create_temp(sql.wanted, f"SELECT {listed(spec.schema.names)} FROM ({query}\n)")
        self._store.recreate(name, in_order=True)
        held = self._store.files(name)
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
            self._store.compact_appends(name)
        return count

    def _write(
        self, name: str, rows: DataFrame, count: int, removed: Sequence[DataFile] = ()
    ) -> None:
        """Writes rows into new files, which replace the removed ones in one commit."""
        rows = cast(rows, self._lake.specs[name].schema)
        added = write_files(rows, count, self._lake, name)
        self._store.commit(name, added, removed)
