"""Temporary tables of a DuckDB connection to which rows are loaded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from firmograph.engine.base import Relation
from firmograph.engine.duckdb.views import path_list


@dataclass
class _Loaded:
    """Rows in memory, rows in files, the size of both in bytes, and whether a view shows them."""

    parts: list[pa.Table] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    size: int = 0
    is_shown: bool = False


class LoadedTables:
    """The loaded tables of one connection: views over rows in memory and in files.

    A view is created when a statement first mentions it; many tables of a run stay empty, and are
    never asked for.

    Attributes:
        conditions: by table, what restricts its rows.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._tables: dict[str, _Loaded] = {}
        self.conditions: Mapping[str, str] = {}

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a table, which the first call creates."""
        relation.check(rows.schema)
        loaded = self._tables.setdefault(relation.name, _Loaded())
        loaded.parts.append(rows)
        self._grow(relation.name, rows.nbytes)

    def load_file(self, relation: Relation, path: Path, size: int) -> None:
        """Adds the rows of a Parquet file to a table."""
        self._tables[relation.name].files.append(path)
        self._grow(relation.name, size)

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a table."""
        loaded = self._tables.get(relation.name, _Loaded())
        return bool(loaded.files) or any(part.num_rows for part in loaded.parts)

    def sizes(self, names: Iterable[str]) -> dict[str, int]:
        """The size in bytes of those of some tables that were loaded."""
        return {name: self._tables[name].size for name in names if name in self._tables}

    def restrict(self, conditions: Mapping[str, str]) -> None:
        """Shows only some of the rows of some tables, and all rows of the others."""
        changed = {*self.conditions, *conditions}
        self.conditions = conditions
        for name in changed.intersection(self._tables):
            if self._tables[name].is_shown:
                self._show(name)

    def show_mentioned(self, sql: str) -> None:
        """Creates the views that a statement may mention."""
        for name, loaded in self._tables.items():
            if not loaded.is_shown and name in sql:
                self._show(name)

    def drop(self, relation: Relation) -> None:
        """Drops a table, if it exists."""
        loaded = self._tables.pop(relation.name, None)
        if loaded is not None:
            self._connection.execute(f"DROP VIEW IF EXISTS {relation}").fetchall()
            for path in loaded.files:
                path.unlink()

    def delete_files(self) -> None:
        """Deletes the files of all tables."""
        for loaded in self._tables.values():
            for path in loaded.files:
                path.unlink()

    def _grow(self, name: str, size: int) -> None:
        loaded = self._tables[name]
        loaded.size += size
        if loaded.is_shown:  # views over it may exist, and are read without mentioning it
            self._show(name)

    def _show(self, name: str) -> None:
        loaded = self._tables[name]
        self._connection.register(f"held_{name}", pa.concat_tables(loaded.parts))
        sql = f"SELECT * FROM held_{name}"
        if loaded.files:
            sql += f" UNION ALL SELECT * FROM read_parquet({path_list(map(str, loaded.files))})"
        if name in self.conditions:
            sql = f"SELECT * FROM ({sql}) WHERE {self.conditions[name]}"
        self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}").fetchall()
        loaded.is_shown = True
