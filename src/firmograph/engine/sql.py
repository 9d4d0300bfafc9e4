"""SQL that both engines run, limited to what DuckDB and Spark have in common."""

from collections.abc import Iterable, Sequence

import pyarrow as pa

from firmograph.engine.base import Relation, RowCounts
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import TIMESTAMP, TableSpec

RUN_STAMP = Relation("run_stamp", pa.schema([("now_utc", TIMESTAMP), ("this_run", pa.string())]))
"""The time and the id of the run, as one row in every engine."""
CHANGE, MAY_EXIST = "_change", "_may_exist"
"""Columns beside those of a table: no column of a contract begins with an underscore."""
STAMPS = {"load_timestamp": "now_utc", "run_id": "this_run"}
"""The columns that tell which run last changed a row, and their columns in `RUN_STAMP`."""


def stamp_rows(stamp: RunStamp) -> pa.Table:
    """The one row of `RUN_STAMP`."""
    return pa.table([[stamp.now], [stamp.run_id]], schema=RUN_STAMP.schema)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def listed(names: Iterable[str], alias: str = "") -> str:
    """Names as a list of columns, each qualified by the alias of a table if one is given."""
    qualifier = f"{alias}." if alias else ""
    return ", ".join(f"{qualifier}{quoted(name)}" for name in names)


def equal(names: Iterable[str], one: str, other: str) -> str:
    """A condition: some columns of two tables, given by their aliases, are equal."""
    return " AND ".join(f"{one}.{quoted(name)} = {other}.{quoted(name)}" for name in names)


class ReplaceSql:
    """The SQL that replaces all rows of a table.

    Args:
        spec: the table.

    Attributes:
        wanted: its new rows.
        held: its present rows.
    """

    def __init__(self, spec: TableSpec) -> None:
        self.wanted = Relation("wanted_rows", spec.schema)
        self.held = Relation("held_rows", spec.schema)
        self._columns = listed(spec.schema.names)

    def compare(self) -> str:
        """A query: how many rows to insert and to delete, and how many are wanted."""
        wanted = f"SELECT {self._columns} FROM {self.wanted}"
        held = f"SELECT {self._columns} FROM {self.held}"
        return f"""
        SELECT
          (SELECT count(*) FROM ({wanted} EXCEPT ALL {held})) AS inserted,
          (SELECT count(*) FROM ({held} EXCEPT ALL {wanted})) AS deleted,
          (SELECT count(*) FROM {self.wanted}) AS row_count
        """

    @staticmethod
    def row_counts(row: dict[str, int]) -> RowCounts:
        """The counts in the one row of `compare`."""
        return RowCounts(row["inserted"], 0, row["deleted"], row["row_count"])


class MergeSql:
    """The SQL of one merge: replaces a table's rows of some entities by those of a query.

    Args:
        spec: the table.
        by: the columns that name an entity.

    Attributes:
        scope: the entities, and whether the table may hold rows of them.
        new_rows: their new rows.
        old_rows: their present rows.
        changes: the keys of rows that differ; an engine adds the columns it needs for writing.
        changed: see `MergeResult`.
        difference: see `MergeResult`.
    """

    def __init__(self, spec: TableSpec, by: Sequence[str]) -> None:
        self.spec = spec
        self.by = tuple(by)
        self.business = [name for name in spec.schema.names if name not in STAMPS]
        self.values = [name for name in self.business if name not in spec.key]
        fields = {field.name: field for field in spec.schema}
        entity = [fields[name] for name in by]
        rows = [fields[name] for name in self.business]
        change = pa.field(CHANGE, pa.string())
        self.scope = Relation("scope", pa.schema([*entity, (MAY_EXIST, pa.bool_())]))
        self.new_rows = Relation("new_rows", pa.schema(rows))
        self.old_rows = Relation("old_rows", spec.schema)
        key = [fields[name] for name in spec.key]
        self.changes = Relation(f"changes_of_{spec.name}", pa.schema([*key, change]))
        self.changed = Relation(f"changed_in_{spec.name}", pa.schema(entity))
        self.difference = Relation(f"difference_of_{spec.name}", pa.schema([*rows, change]))

    def compare(self, old: str, others: Sequence[str] = ()) -> str:
        """A query: the keys of rows that differ from `new_rows`, with the kind of change.

        Args:
            old: the present rows of the scope.
            others: further columns, in which ``o`` is the present row and ``n`` the new one.
        """
        key = self.spec.key
        first = quoted(key[0])
        keys = [f"coalesce(n.{quoted(c)}, o.{quoted(c)}) AS {quoted(c)}" for c in key]
        columns = ",\n          ".join([*keys, *others])
        values = (f"o.{quoted(c)} IS DISTINCT FROM n.{quoted(c)}" for c in self.values)
        differs = "\n          OR ".join([f"o.{first} IS NULL", f"n.{first} IS NULL", *values])
        return f"""
        SELECT
          {columns},
          CASE
            WHEN o.{first} IS NULL THEN 'insert'
            WHEN n.{first} IS NULL THEN 'delete'
            ELSE 'update'
          END AS {CHANGE}
        FROM {old} o
        FULL JOIN {self.new_rows} n
          ON {equal(key, "o", "n")}
        WHERE {differs}
        """

    def counts(self) -> str:
        """A query: how many rows differ, by the kind of change."""
        return f"""
        SELECT
          count(*) FILTER (WHERE {CHANGE} = 'insert') AS inserted,
          count(*) FILTER (WHERE {CHANGE} = 'update') AS updated,
          count(*) FILTER (WHERE {CHANGE} = 'delete') AS deleted
        FROM {self.changes}
        """

    def entities(self, source: str) -> str:
        """A query: the entities of some rows."""
        return f"SELECT DISTINCT {listed(self.by)} FROM {source}"

    def stamped(self, source: str, *others: str) -> str:
        """A query: rows with all columns of the table, stamped by this run.

        Args:
            source: the rows.
            others: further columns, in which ``x`` is the row.
        """
        columns = [
            f"s.{STAMPS[name]} AS {quoted(name)}" if name in STAMPS else f"x.{quoted(name)}"
            for name in self.spec.schema.names
        ]
        shown = ", ".join([*columns, *others])
        return f"""
        SELECT {shown}
        FROM {source} x
        CROSS JOIN {RUN_STAMP} s
        """
