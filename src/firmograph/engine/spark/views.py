"""Temporary views of a Spark session: rows that were loaded, results of queries, tables."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import col

from firmograph.engine.base import Relation
from firmograph.engine.spark.types import arrow_schema, spark_schema
from firmograph.lake.files import DataFile
from firmograph.lake.store import Store
from firmograph.storage.base import Storage


@dataclass
class _Loaded:
    """A temporary table: rows in memory, rows in files, and whether Spark has a view of both."""

    relation: Relation
    parts: list[pa.Table] = field(default_factory=list)
    files: list[tuple[Storage, str]] = field(default_factory=list)
    is_shown: bool = False


class Views:
    """The temporary views of one run.

    Args:
        session: used by this run only.
        store: of the lake.
    """

    def __init__(self, session: SparkSession, store: Store) -> None:
        self._spark = session
        self._store = store
        self._loaded: dict[str, _Loaded] = {}

    def close(self) -> None:
        """Drops what was loaded, and deletes its files."""
        for loaded in list(self._loaded.values()):
            self.drop(loaded.relation)

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table; see `Engine.load`."""
        relation.check(rows.schema)
        loaded = self._loaded.setdefault(relation.name, _Loaded(relation))
        loaded.parts.append(rows)
        loaded.is_shown = False

    def load_file(self, relation: Relation, folder: Storage, name: str) -> None:
        """Adds the rows of a file to a temporary table; see `Engine.load_file`."""
        loaded = self._loaded[relation.name]
        loaded.files.append((folder, name))
        loaded.is_shown = False

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table."""
        loaded = self._loaded.get(relation.name, _Loaded(relation))
        return bool(loaded.files) or any(part.num_rows for part in loaded.parts)

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""
        loaded = self._loaded.pop(relation.name, None)
        if loaded is not None:
            self._spark.catalog.dropTempView(relation.name)
            for folder, name in loaded.files:
                folder.delete([name])

    def drop_view(self, relation: Relation) -> None:
        """Drops the view of a query, if it exists."""
        self._spark.catalog.dropTempView(relation.name)

    def show(self, relation: Relation, frame: DataFrame) -> Relation:
        """Creates or replaces a temporary table as a view: its rows are computed at each read.

        Raises:
            TypeError: if their columns are not those of the relation.
        """
        relation.check(arrow_schema(frame))
        frame.createOrReplaceTempView(relation.name)
        return relation

    def keep(self, relation: Relation, frame: DataFrame) -> Relation:
        """Creates or replaces a temporary table whose rows are computed once, now."""
        relation.check(arrow_schema(frame))
        return self.show(relation, kept(frame))

    def sql(self, sql: str, tables: Sequence[str] = ()) -> DataFrame:
        """Runs a query, or a statement, over temporary tables and tables of the lake."""
        for name in tables:
            self.table(name).createOrReplaceTempView(name)
        for name, loaded in self._loaded.items():
            if not loaded.is_shown and re.search(rf"\b{name}\b", sql):
                self._show(loaded)
        return self._spark.sql(sql)

    def frame(self, relation: Relation) -> DataFrame:
        """The rows of a temporary table."""
        return self._spark.table(relation.name)

    def table(self, name: str, files: Sequence[DataFile] | None = None) -> DataFrame:
        """A table of the lake at its newest version, or some of its files."""
        if files is None:
            files = self._store.files(name)
        folder = self._store.lake.table(name).url
        schema = self._store.lake.specs[name].schema
        return self._read(schema, [f"{folder}/{file.path}" for file in files])

    def _show(self, loaded: _Loaded) -> None:
        rows = pa.concat_tables(loaded.parts)
        files = [f"{folder.url}/{name}" for folder, name in loaded.files]
        frame = self._read(rows.schema, files) if files else None
        if frame is None or rows.num_rows:
            held = self._rows(rows)
            frame = held if frame is None else frame.unionAll(held)
        frame.createOrReplaceTempView(loaded.relation.name)
        loaded.is_shown = True

    def _rows(self, rows: pa.Table) -> DataFrame:
        schema = spark_schema(rows.schema)
        if not rows.num_rows:
            return self._spark.createDataFrame([], schema)
        return self._spark.createDataFrame(rows, schema)

    def _read(self, schema: pa.Schema, files: Sequence[str]) -> DataFrame:
        """The rows of Parquet files; a column they lack reads as NULL."""
        if not files:
            return self._rows(schema.empty_table())
        return self._spark.read.schema(spark_schema(schema)).parquet(*files)


def kept(frame: DataFrame) -> DataFrame:
    """Computes rows now, and returns them computed."""
    return frame.localCheckpoint(eager=True)


def cast(frame: DataFrame, schema: pa.Schema) -> DataFrame:
    """Casts rows to the columns and types of a schema."""
    fields = spark_schema(schema)
    return frame.select(*[col(backquoted(f.name)).cast(f.dataType).alias(f.name) for f in fields])


def backquoted(name: str) -> str:
    """A name in Spark's own quotes."""
    return "`" + name.replace("`", "``") + "`"
