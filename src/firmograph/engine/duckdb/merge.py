"""Replaces the rows of some entities: reads what may change, writes what does."""

from collections.abc import Sequence
from pathlib import Path

from deltalake import DeltaTable

from firmograph.engine.base import RowCounts
from firmograph.engine.duckdb.connection import Connection
from firmograph.lake.files import DataFile, data_files, foldable
from firmograph.lake.parquet import WrittenFile
from firmograph.lake.tables import TableSpec

STAMPS = {"load_timestamp": "now_utc", "run_id": "this_run"}
"""Columns that say which run changed a row, and where ``run_stamp`` has them."""


class Merge:
    """One table's rows of some entities, to be made those of a query.

    Args:
        queries: where the temporary tables are.
        spec: the table.
        folder: where its files lie.
        table: the table, at its newest version.
        by: the columns that name an entity.
    """

    def __init__(
        self,
        queries: Connection,
        spec: TableSpec,
        folder: Path,
        table: DeltaTable,
        by: Sequence[str],
    ) -> None:
        self._connection = queries
        self._spec = spec
        self._folder = folder
        self._files = data_files(table, spec.sorted_by[0])
        self._by = by
        self._business = [n for n in spec.schema.names if n not in STAMPS]

    def write(self, rows: str, scope: str) -> tuple[RowCounts, list[WrittenFile], list[DataFile]]:
        """Writes new files; returns them, and those that leave the table for them.

        Args:
            rows: a query that returns the new rows, with the table's business columns.
            scope: a query that returns the entities, and whether the table may hold rows of them.
        """
        self._connection.do(f"CREATE OR REPLACE TEMP TABLE scope AS {scope}")
        known = self._known()
        if not known:
            return self._write_new(rows)
        touched = [file for file in self._files if file.holds(known)]
        self._connection.do(f"CREATE OR REPLACE TEMP TABLE new_rows AS {rows}")
        self._read_old(touched)
        changes = self._compare()
        if not changes.any:
            return changes, [], []
        return changes, *self._rewrite(touched)

    def _known(self) -> list[str]:
        first = self._by[0]
        found = self._connection.table(
            f"SELECT DISTINCT {first} FROM scope WHERE may_exist ORDER BY 1"
        )
        known: list[str] = found.column(0).to_pylist()
        return known

    def _write_new(self, rows: str) -> tuple[RowCounts, list[WrittenFile], list[DataFile]]:
        """Writes rows of entities that the table cannot hold yet: nothing is compared."""
        self._connection.do(f"CREATE OR REPLACE TEMP VIEW fresh_rows AS {rows}")
        names = ", ".join(f'"{c}"' for c in self._by)
        self._connection.do(
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT {names} FROM fresh_rows"
        )
        if not self._connection.one("SELECT count(*) AS n FROM changed")["n"]:
            return RowCounts(), [], []
        folded = foldable(self._files)
        added = self._write_sorted([f"SELECT {self._stamped()} FROM fresh_rows x"], folded)
        count = sum(f.row_count for f in added) - sum(f.row_count for f in folded)
        return RowCounts(inserted=count), added, folded

    def _read_old(self, touched: list[DataFile]) -> None:
        """Reads the rows that may be replaced into ``old_rows``, with the files they are in."""
        paths = [self._folder / file.path for file in touched]
        self._connection.see("touched_files", self._spec.schema, paths, from_file="from_file")
        match = " AND ".join(f'o."{c}" = s."{c}"' for c in self._by)
        self._connection.do(
            "CREATE OR REPLACE TEMP TABLE old_rows AS SELECT o.* FROM touched_files o "
            f"SEMI JOIN (SELECT * FROM scope WHERE may_exist) s ON {match}"
        )

    def _compare(self) -> RowCounts:
        """Compares old rows with new ones by key, into ``difference`` and ``changed``."""
        key = self._spec.key
        match = " AND ".join(f'o."{c}" = n."{c}"' for c in key)
        rest = [c for c in self._business if c not in key]
        differs = " OR ".join(f'o."{c}" IS DISTINCT FROM n."{c}"' for c in rest) or "false"
        keys = ", ".join(f'coalesce(n."{c}", o."{c}") AS "{c}"' for c in key)
        self._connection.do(
            "CREATE OR REPLACE TEMP TABLE difference AS "
            f"SELECT * FROM (SELECT {keys}, o.from_file, "
            f"CASE WHEN o.\"{key[0]}\" IS NULL THEN 'insert' "
            f"WHEN n.\"{key[0]}\" IS NULL THEN 'delete' "
            f"WHEN {differs} THEN 'update' END AS change "
            f"FROM old_rows o FULL JOIN new_rows n ON {match}) WHERE change IS NOT NULL"
        )
        names = ", ".join(f'"{c}"' for c in self._by)
        self._connection.do(
            f"CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT {names} FROM difference"
        )
        counts = self._connection.one(
            "SELECT count(*) FILTER (change = 'insert') AS inserted, "
            "count(*) FILTER (change = 'update') AS updated, "
            "count(*) FILTER (change = 'delete') AS deleted FROM difference"
        )
        return RowCounts(**counts)

    def _rewrite(self, touched: list[DataFile]) -> tuple[list[WrittenFile], list[DataFile]]:
        """Writes changed rows, and again the files in which rows were changed or deleted.

        What stays of a large file keeps its order; small ones are merged with the new rows.
        """
        found = self._connection.table("SELECT DISTINCT from_file FROM difference")
        names = {Path(path).name for path in found.column(0).to_pylist() if path}
        gone = [file for file in touched if file.path in names]
        large = [file for file in gone if not file.is_small]
        merged = foldable(self._files)
        folded = [
            file for file in self._files if file in merged or (file in gone and file.is_small)
        ]
        match = " AND ".join(f'x."{c}" = d."{c}"' for c in self._spec.key)
        added = []
        if large:
            self._see("kept_files", sorted(large, key=lambda file: file.low or ""))
            added += self._copy(f"SELECT x.* FROM kept_files x ANTI JOIN difference d ON {match}")
        new = (
            f"SELECT {self._stamped()} FROM new_rows x SEMI JOIN "
            f"(SELECT * FROM difference WHERE change <> 'delete') d ON {match}"
        )
        added += self._write_sorted([new], folded, f"ANTI JOIN difference d ON {match}")
        return added, [*large, *folded]

    def _write_sorted(
        self, parts: list[str], folded: list[DataFile], kept: str = ""
    ) -> list[WrittenFile]:
        """Writes rows, merged with those of small files, in the table's order."""
        names = ", ".join(f'x."{n}"' for n in self._spec.schema.names)
        if folded:
            self._see("folded_files", folded)
            parts = [*parts, f"SELECT {names} FROM folded_files x {kept}"]
        order = ", ".join(f'"{c}"' for c in self._spec.sorted_by)
        return self._copy(f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY {order}")

    def _stamped(self) -> str:
        return ", ".join(
            f'x."{n}"' if n in self._business else f"(SELECT {STAMPS[n]} FROM run_stamp) AS {n}"
            for n in self._spec.schema.names
        )

    def _see(self, view: str, files: Sequence[DataFile]) -> None:
        self._connection.see(view, self._spec.schema, [self._folder / file.path for file in files])

    def _copy(self, sql: str) -> list[WrittenFile]:
        spec = self._spec
        return self._connection.copy(sql, spec.schema, self._folder, spec.sorted_by[0])
