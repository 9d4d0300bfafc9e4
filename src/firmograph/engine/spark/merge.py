"""Replaces the rows of some entities on Spark: reads what may change, writes what changes."""

from collections import Counter
from collections.abc import Callable, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.functions import lit

from firmograph.engine.base import Relation, RowCounts
from firmograph.engine.spark.views import Views
from firmograph.engine.sql import CHANGE, MAY_EXIST, MergeSql, equal, listed, quoted
from firmograph.lake.files import DataFile, foldable
from firmograph.lake.store import Store

_FROM_FILE = "_from_file"
"""A column added to old rows: the name of the file that holds them."""
WriteRows = Callable[[str, DataFrame, int, Sequence[DataFile]], None]
"""Writes rows of a table: its name, the rows, how many there are, and the files they replace."""


class SparkMerge:
    """One table's rows of some entities, to be replaced by those of a query.

    Args:
        views: hold the temporary tables.
        store: of the lake.
        name: the table.
        by: the columns that name an entity.
        write: writes rows.
    """

    def __init__(
        self, views: Views, store: Store, name: str, by: Sequence[str], write: WriteRows
    ) -> None:
        self.sql = MergeSql(store.lake.specs[name], by)
        self._views = views
        self._lake = store.lake
        self._spec = self.sql.spec
        self._name = name
        self._write = write
        self._files = store.files(name, self._spec.sorted_by[0])
        of_file = pa.field(_FROM_FILE, pa.string())
        fields = [*self.sql.new_rows.schema, pa.field(CHANGE, pa.string())]
        self._appended = Relation(self.sql.changes.name, pa.schema(fields))
        self._changes = Relation(self.sql.changes.name, pa.schema([*fields, of_file]))
        self._old_rows = Relation(self.sql.old_rows.name, self._spec.schema.append(of_file))
        self._kept = Relation("kept_files", self._spec.schema)
        self._difference = ""

    def write(self, rows: str, scope: str) -> RowCounts:
        """Writes the rows that differ; see `Engine.merge`."""
        views, sql = self._views, self.sql
        views.table(self._name, self._files).createOrReplaceTempView(self._name)
        views.show(sql.scope, views.sql(scope))
        views.show(sql.new_rows, views.sql(rows))
        entity = quoted(sql.by[0])
        low, high = views.sql(f"""
            SELECT min({entity}) AS low, max({entity}) AS high
            FROM {sql.scope}
            WHERE {MAY_EXIST}
        """).collect()[0]
        if low is None:
            return self._append_new()
        touched = [
            file
            for file in self._files
            if file.low is None or (file.low <= high and low <= file.high)
        ]
        return self._merge(touched)

    def show_difference(self) -> Relation:
        """Creates the relation of the rows written; see `MergeResult`."""
        return self._views.show(self.sql.difference, self._views.sql(self._difference))

    def drop(self) -> None:
        """Drops the relations of the result."""
        for relation in (self.sql.difference, self.sql.changed, self.sql.changes):
            self._views.drop_view(relation)

    def _append_new(self) -> RowCounts:
        """Writes rows of entities that the table cannot hold yet: nothing is compared."""
        views, sql = self._views, self.sql
        columns = listed(sql.business)
        fresh = views.keep(
            self._appended,
            views.sql(f"SELECT {columns}, 'insert' AS {CHANGE} FROM {sql.new_rows}"),
        )
        self._difference = f"SELECT * FROM {fresh}"
        views.show(sql.changed, views.sql(sql.entities(str(fresh))))
        count = views.frame(fresh).count()
        if count:
            self._write(self._name, views.sql(sql.stamped(str(fresh))), count, ())
        return RowCounts(inserted=count)

    def _merge(self, touched: Sequence[DataFile]) -> RowCounts:
        """Compares the rows of the scope by key, and writes what differs."""
        views, sql = self._views, self.sql
        views.show(self._old_rows, self._rows_with_files(touched))
        old = f"""(
          SELECT t.*
          FROM {self._old_rows} t
          SEMI JOIN (SELECT * FROM {sql.scope} WHERE {MAY_EXIST}) s
            ON {equal(sql.by, "t", "s")}
        )"""
        first = quoted(self._spec.key[0])
        values = [
            f"CASE WHEN n.{first} IS NULL THEN o.{c} ELSE n.{c} END AS {c}"
            for c in map(quoted, sql.values)
        ]
        compared = f"""
            SELECT {listed(sql.business)}, {CHANGE}, {_FROM_FILE}
            FROM ({sql.compare(old, [*values, f"o.{_FROM_FILE}"])})
        """
        changes = views.keep(self._changes, views.sql(compared))
        self._difference = f"SELECT {listed(sql.business)}, {CHANGE} FROM {changes}"
        views.show(sql.changed, views.sql(sql.entities(str(changes))))
        found, names = self._counted()
        counts = RowCounts(found["insert"], found["update"], found["delete"])
        if counts.any:
            self._rewrite([file for file in touched if file.path in names], counts)
        return counts

    def _rows_with_files(self, files: Sequence[DataFile]) -> DataFrame:
        rows = self._views.table(self._name, files)
        source = rows["_metadata.file_name"] if files else lit(None).cast("string")
        return rows.select("*", source.alias(_FROM_FILE))

    def _counted(self) -> tuple[Counter[str], set[str]]:
        """How many rows differ, by the kind of change, and the files that hold their old values."""
        counts: Counter[str] = Counter()
        names: set[str] = set()
        for row in self._views.sql(f"""
            SELECT {CHANGE} AS kind, {_FROM_FILE} AS file_name, count(*) AS n
            FROM {self._changes}
            GROUP BY {CHANGE}, {_FROM_FILE}
        """).collect():
            counts[row.kind] += row.n
            names.add(row.file_name)
        return counts, names

    def _rewrite(self, hit: Sequence[DataFile], counts: RowCounts) -> None:
        """Writes changed rows, and rewrites the files in which rows were changed or deleted.

        Small files are merged with them if there are many.
        """
        views, changes = self._views, self._changes
        removed = list(dict.fromkeys([*hit, *foldable(self._files)]))
        written = f"(SELECT * FROM {changes} WHERE {CHANGE} <> 'delete')"
        rows = self.sql.stamped(written)
        if removed:
            views.show(self._kept, views.table(self._name, removed))
            rows = f"""
                {rows}
                UNION ALL
                SELECT {listed(self._spec.schema.names, "k")}
                FROM {self._kept} k
                ANTI JOIN {changes} d
                  ON {equal(self._spec.key, "k", "d")}
            """
        count = counts.inserted + sum(file.row_count for file in removed) - counts.deleted
        self._write(self._name, views.sql(rows), count, removed)
