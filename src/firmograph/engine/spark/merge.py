"""Replaces the rows of some entities on Spark: an append, or the MERGE of Delta Lake."""

from collections.abc import Callable, Sequence

import pyarrow as pa
from pyspark.sql import DataFrame

from firmograph.engine.base import Relation, RowCounts
from firmograph.engine.spark.views import Views, backquoted
from firmograph.engine.sql import CHANGE, MAY_EXIST, MergeSql, equal, listed, literal, quoted
from firmograph.lake.store import Store

WriteRows = Callable[[str, DataFrame, int], None]
"""Appends rows to a table: its name, the rows, and how many there are."""


class SparkMerge:
    """One table's rows of some entities, to be replaced by those of a query.

    Args:
        views: hold the temporary tables.
        store: of the lake.
        name: the table.
        by: the columns that name an entity.
        write: appends rows.
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
        fields = [*self.sql.new_rows.schema, pa.field(CHANGE, pa.string())]
        self._changes = Relation(self.sql.changes.name, pa.schema(fields))
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
        views.show(sql.old_rows, views.table(self._name, touched))
        return self._merge(low, high)

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
            self._changes,
            views.sql(f"SELECT {columns}, 'insert' AS {CHANGE} FROM {sql.new_rows}"),
        )
        self._difference = f"SELECT * FROM {fresh}"
        views.show(sql.changed, views.sql(sql.entities(str(fresh))))
        count = views.frame(fresh).count()
        if count:
            self._write(self._name, views.sql(sql.stamped(str(fresh))), count)
        return RowCounts(inserted=count)

    def _merge(self, low: str, high: str) -> RowCounts:
        """Compares the rows of the scope by key, and merges what differs."""
        views, sql = self._views, self.sql
        old = f"""(
          SELECT t.*
          FROM {sql.old_rows} t
          SEMI JOIN (SELECT * FROM {sql.scope} WHERE {MAY_EXIST}) s
            ON {equal(sql.by, "t", "s")}
        )"""
        first = quoted(self._spec.key[0])
        values = [
            f"CASE WHEN n.{first} IS NULL THEN o.{c} ELSE n.{c} END AS {c}"
            for c in map(quoted, sql.values)
        ]
        compared = f"""
            SELECT {listed(sql.business)}, {CHANGE}
            FROM ({sql.compare(old, values)})
        """
        changes = views.keep(self._changes, views.sql(compared))
        self._difference = f"SELECT * FROM {changes}"
        views.show(sql.changed, views.sql(sql.entities(str(changes))))
        counts = RowCounts(**views.sql(sql.counts()).toArrow().to_pylist()[0])
        if not counts.updated and not counts.deleted:
            if counts.inserted:  # nothing to merge with: an append takes a tenth of the time
                self._write(self._name, views.sql(sql.stamped(str(changes))), counts.inserted)
        else:
            views.sql(self._merge_statement(low, high)).collect()
            self._lake.forget(self._name)
        return counts

    def _merge_statement(self, low: str, high: str) -> str:
        """Delta Lake's MERGE; skips files without entities from `low` to `high`."""
        spec, columns = self._spec, self._spec.schema.names
        unkeyed = [name for name in columns if name not in spec.key]
        sets = ", ".join(f"t.{c} = d.{c}" for c in map(quoted, unkeyed))
        return f"""
            MERGE INTO delta.{backquoted(str(self._lake.path(self._name)))} t
            USING ({self.sql.stamped(str(self.sql.changes), f"x.{CHANGE}")}) d
              ON {equal(spec.key, "t", "d")}
              AND t.{quoted(spec.key[0])} BETWEEN {literal(low)} AND {literal(high)}
            WHEN MATCHED AND d.{CHANGE} = 'delete' THEN
              DELETE
            WHEN MATCHED THEN
              UPDATE SET {sets}
            WHEN NOT MATCHED THEN
              INSERT ({listed(columns)})
              VALUES ({listed(columns, "d")})
        """
