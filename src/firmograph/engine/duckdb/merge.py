"""Replaces the rows of some entities: reads what may change, writes what changes."""

from collections.abc import Sequence
from pathlib import Path

from firmograph.engine.base import Relation, RowCounts
from firmograph.engine.duckdb.connection import Connection
from firmograph.engine.sql import CHANGE, MAY_EXIST, MergeSql, equal, listed, quoted
from firmograph.lake.files import DataFile, foldable
from firmograph.lake.parquet import WrittenFile
from firmograph.lake.store import Store

_FROM_FILE = "_from_file"
"""A column added to old rows: the path of the file that holds them."""
_KEPT, _FOLDED = "kept_files", "folded_files"
"""Views over files that are rewritten, and over small ones that are merged with the new rows."""

Written = tuple[RowCounts, list[WrittenFile], list[DataFile]]
"""Counts, the new files, and the files they replace."""


class Merge:
    """One table's rows of some entities, to be replaced by those of a query.

    Args:
        connection: holds the temporary tables.
        store: of the lake.
        name: the table.
        by: the columns that name an entity.
    """

    def __init__(self, connection: Connection, store: Store, name: str, by: Sequence[str]) -> None:
        self.sql = MergeSql(store.lake.specs[name], by)
        self._connection = connection
        self._lake = store.lake
        self._spec = self.sql.spec
        self._files = store.files(name, self._spec.sorted_by[0])
        self._touched = f"touched_files_of_{name}"
        self._difference = ""

    def write(self, rows: str, scope: str) -> Written:
        """Writes new files.

        Args:
            rows: a query that returns the new rows, with the table's business columns.
            scope: a query that returns the entities, and whether the table may hold rows of them.

        Returns:
            Counts, the new files, and the files they replace; nothing is committed.
        """
        self._connection.create_temp(self.sql.scope, scope)
        known = self._known()
        if not known:
            return self._write_new(rows)
        touched = [file for file in self._files if file.holds(known)]
        self._connection.create_temp(self.sql.new_rows, rows)
        self._read_old(touched)
        counts = self._compare(rows)
        if not counts.any:
            return counts, [], []
        return counts, *self._rewrite(touched)

    def show_difference(self) -> Relation:
        """Creates the relation of the rows written; see `MergeResult`."""
        return self._connection.create_view(self.sql.difference, self._difference)

    def drop(self) -> None:
        """Drops the relations of the result."""
        self._connection.do(f"DROP VIEW IF EXISTS {self.sql.difference}")
        self._connection.hide(self._touched)
        for table in (self.sql.changed, self.sql.changes):
            self._connection.do(f"DROP TABLE IF EXISTS {table}")

    def _known(self) -> list[str]:
        found = self._connection.table(f"""
            SELECT DISTINCT {quoted(self.sql.by[0])}
            FROM {self.sql.scope}
            WHERE {MAY_EXIST}
            ORDER BY 1
        """)
        known: list[str] = found.column(0).to_pylist()
        return known

    def _write_new(self, rows: str) -> Written:
        """Writes rows of entities that the table cannot hold yet: nothing is compared."""
        changed, difference = self.sql.changed, self.sql.difference
        columns = listed(self.sql.business)
        self._difference = f"SELECT {columns}, 'insert' AS {CHANGE} FROM ({rows}) x"
        self._connection.create_view(difference, self._difference)
        self._connection.create_temp(changed, self.sql.entities(str(difference)))
        if not self._connection.one(f"SELECT count(*) AS n FROM {changed}")["n"]:
            return RowCounts(), [], []
        folded = foldable(self._files)
        added = self._write_sorted(self.sql.stamped(str(difference)), folded)
        count = sum(f.row_count for f in added) - sum(f.row_count for f in folded)
        return RowCounts(inserted=count), added, folded

    def _read_old(self, touched: list[DataFile]) -> None:
        """Reads the rows that may be replaced, with the files they are in."""
        self._see(self._touched, touched, _FROM_FILE)
        self._connection.do(f"""
            CREATE OR REPLACE TEMP TABLE {self.sql.old_rows} AS
            SELECT o.*
            FROM {self._touched} o
            SEMI JOIN (SELECT * FROM {self.sql.scope} WHERE {MAY_EXIST}) s
              ON {equal(self.sql.by, "o", "s")}
        """)

    def _compare(self, rows: str) -> RowCounts:
        """Compares old rows with new ones by key."""
        sql = self.sql
        differing = sql.compare(str(sql.old_rows), [f"o.{_FROM_FILE}"])
        self._connection.do(f"CREATE OR REPLACE TEMP TABLE {sql.changes} AS {differing}")
        self._connection.create_temp(sql.changed, sql.entities(str(sql.changes)))
        match = equal(self._spec.key, "x", "d")
        columns = listed(sql.business, "x")
        self._difference = f"""
            SELECT {columns}, d.{CHANGE}
            FROM ({rows}) x
            JOIN {sql.changes} d
              ON {match} AND d.{CHANGE} <> 'delete'
            UNION ALL
            SELECT {columns}, d.{CHANGE}
            FROM {self._touched} x
            JOIN {sql.changes} d
              ON {match} AND d.{CHANGE} = 'delete'
        """
        return RowCounts(**self._connection.one(sql.counts()))

    def _rewrite(self, touched: list[DataFile]) -> tuple[list[WrittenFile], list[DataFile]]:
        """Writes changed rows, and rewrites the files in which rows were changed or deleted.

        The remaining rows of a large file keep their order; small files are merged with the new
        rows.
        """
        changes = self.sql.changes
        found = self._connection.table(f"SELECT DISTINCT {_FROM_FILE} FROM {changes}")
        names = {Path(path).name for path in found.column(0).to_pylist() if path}
        hit = [file for file in touched if file.path in names]
        large = [file for file in hit if not file.is_small]
        merged = foldable(self._files)
        folded = [file for file in self._files if file in merged or (file in hit and file.is_small)]
        match = equal(self._spec.key, "x", "d")
        added = []
        if large:
            self._see(_KEPT, sorted(large, key=lambda file: file.low or ""))
            added += self._copy(f"SELECT x.* FROM {_KEPT} x ANTI JOIN {changes} d ON {match}")
        new = f"""
            {self.sql.stamped(str(self.sql.new_rows))}
            SEMI JOIN (SELECT * FROM {changes} WHERE {CHANGE} <> 'delete') d
              ON {match}
        """
        added += self._write_sorted(new, folded, f"ANTI JOIN {changes} d ON {match}")
        return added, [*large, *folded]

    def _write_sorted(self, new: str, folded: list[DataFile], kept: str = "") -> list[WrittenFile]:
        """Writes rows, merged with those of small files, in the table's order."""
        rows = new
        if folded:
            self._see(_FOLDED, folded)
            names = listed(self._spec.schema.names, "x")
            rows = f"""
            {new}
            UNION ALL
            SELECT {names}
            FROM {_FOLDED} x
            {kept}
            """
        return self._copy(f"SELECT * FROM ({rows}) ORDER BY {listed(self._spec.sorted_by)}")

    def _see(self, view: str, files: Sequence[DataFile], from_file: str | None = None) -> None:
        self._connection.see_files(self._lake, view, self._spec.name, files, from_file)

    def _copy(self, sql: str) -> list[WrittenFile]:
        return self._connection.copy(sql, self._lake, self._spec.name)
