"""The protocols of an engine, which runs a run's SQL, and the values they exchange."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from firmograph.storage.base import Storage

if TYPE_CHECKING:  # a process that only reads documents does without deltalake
    from firmograph.lake.lake import Lake
    from firmograph.lake.store import RunStamp, Store


@dataclass(frozen=True)
class Relation:
    """A temporary table of an engine; formatted into an SQL text, it is its name.

    Attributes:
        name: unique among the temporary tables of a run.
        schema: its columns; the rows loaded must have exactly these.
    """

    name: str
    schema: pa.Schema

    def __str__(self) -> str:
        return self.name

    def check(self, found: pa.Schema) -> None:
        """Checks that the columns of some rows are those of the relation.

        Raises:
            TypeError: an internal error, which names the columns that differ.
        """
        declared = [f"{f.name} {_nullable(f.type)}" for f in self.schema]
        names = [f"{f.name} {_nullable(f.type)}" for f in found]
        if names == declared:
            return
        missing = ", ".join(c for c in declared if c not in names) or "nothing"
        surplus = ", ".join(c for c in names if c not in declared) or "nothing"
        raise TypeError(
            f"internal error: temporary table {self.name} lacks {missing} and has {surplus} "
            f"instead; the declared columns are, in this order, {', '.join(declared)}"
        )


def _nullable(kind: pa.DataType) -> pa.DataType:
    """A type without item names and nullability, in which engines differ."""
    if pa.types.is_list(kind):
        return pa.list_(_nullable(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(field.name, _nullable(field.type)) for field in kind])
    return kind


@dataclass
class RowCounts:
    """How many rows of a table were written, and how many it holds now."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    rows: int = 0

    @property
    def any(self) -> bool:
        """Whether anything was written."""
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class MergeResult:
    """What a merge did to a table.

    Its relations are valid until the next merge of the table, or until the next range begins.

    Attributes:
        counts: how many rows were written.
        changed: the entities of the rows written.
        show_difference: creates the relation `difference`.
    """

    counts: RowCounts
    changed: Relation
    show_difference: Callable[[], Relation]

    @property
    def difference(self) -> Relation:
        """The rows written: the table's business columns and a column ``_change``.

        ``insert`` and ``update`` rows have the new values, ``delete`` rows the old ones. It is
        computed only when it is read.
        """
        return self.show_difference()


@dataclass(frozen=True)
class SparkOptions:
    """The Spark to use.

    Attributes:
        session: an existing one; the other attributes apply if one has to be started.
        master: such as ``local[4]`` or ``spark://host:7077``; empty if spark-submit names it.
        conf: further configuration, by name.
        jars: further ones, or folders that hold them.
        publish_bytes: size of staged rows and tables from which a run is published on Spark and not
            in the driver.
    """

    session: Any = None
    master: str = ""
    conf: dict[str, str] = field(default_factory=dict)
    jars: tuple[str, ...] = ()
    publish_bytes: int = 1 << 30


class Executor(Protocol):
    """Calls Python functions, here or on other machines."""

    slots: int
    """How many tasks run at once on other machines; 0 if there are none."""

    def map_tasks(self, function: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the arguments, in a task of its own.

        Args:
            function: defined at the top level of a module, so that it pickles.
            arguments: one for each task; arguments and results pickle, too.

        Yields:
            The results, in the order of the arguments.
        """


class InProcess:
    """An executor that runs one task after another in this process."""

    slots = 0

    def map_tasks(self, function: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the arguments; see `Executor`."""
        return map(function, arguments)


class Engine(Protocol):
    """Runs the SQL of one run over a lake: reads see the newest versions, a write is one commit.

    SQL is limited to what DuckDB and Spark have in common, with names in double quotes.
    """

    lake: "Lake"
    stamp: "RunStamp"
    store: "Store"
    executor: Executor
    faults: tuple[type[Exception], ...]
    """The exceptions of the operating system and the libraries when the lake cannot be used."""
    spill: Path
    """A folder of this machine for what does not fit into memory, emptied after the run."""
    staged: Storage
    """Where tasks leave rows for the engine: all machines can access it. Emptied after the run."""

    # Temporary tables

    def load(self, relation: Relation, rows: pa.Table) -> None:
        """Adds rows to a temporary table, which the first call creates."""

    def load_file(self, relation: Relation, folder: Storage, name: str, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the engine deletes the file.

        Args:
            relation: the temporary table, which `load` has created.
            folder: holds the file.
            name: of the file.
            size: of its rows in memory, in bytes.
        """

    def has_rows(self, relation: Relation) -> bool:
        """Whether rows were loaded to a temporary table; no query is run."""

    def create_temp(self, relation: Relation, query: str, tables: Sequence[str] = ()) -> Relation:
        """Creates or replaces a temporary table with the result of a query, run now.

        Args:
            relation: the temporary table.
            query: over temporary tables and tables of the lake.
            tables: those of the lake that it reads.

        Returns:
            The relation, for the caller's convenience.

        Raises:
            TypeError: if the query's columns are not those of the relation.
        """

    def insert_temp(self, relation: Relation, query: str) -> None:
        """Adds the result of a query over temporary tables to one that `create_temp` created."""

    def drop(self, relation: Relation) -> None:
        """Drops a temporary table to which rows were loaded, if it exists."""

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Restricts tables to one range of entities after another, to bound memory.

        Yields once for each range, during which the tables show only its rows; if the temporary
        ones among them are small, only once, for all rows.

        Args:
            columns: by table, temporary or of the lake, the column that names the entity.
        """

    # Queries

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and tables of the lake.

        Args:
            sql: the query.
            tables: those of the lake that it reads.
        """

    def query_local(self, sql: str, tables: Sequence[str]) -> pa.Table:
        """Runs a query in DuckDB's dialect over small tables of the lake, in this process."""

    def derive_local(self, relation: Relation, query: str, tables: Sequence[str]) -> Relation:
        """Creates a temporary table for `query_local`, again only once its tables have changed.

        Args:
            relation: the temporary table.
            query: in DuckDB's dialect, over small tables of the lake.
            tables: those that it reads.

        Returns:
            The relation, for the caller's convenience.
        """

    def select(self, name: str, sql: str, allowed: Collection[str]) -> Relation:
        """Creates a temporary table with the result of a user's SELECT.

        Args:
            name: of the temporary table.
            sql: in DuckDB's dialect.
            allowed: tables of the lake that it may read.

        Returns:
            The temporary table, with types that tables of the lake can have.

        Raises:
            QueryError: if it is not a SELECT, fails, or reads anything else.
        """

    # Writes

    def merge(self, name: str, rows: str, scope: str, by: Sequence[str]) -> MergeResult:
        """Replaces the rows of some entities by those of a query; all others stay.

        Unchanged rows keep their `load_timestamp` and `run_id`.

        Args:
            name: the table.
            rows: a query that returns the new rows, with the table's business columns.
            scope: a query that returns the entities, as distinct values of `by`, and a boolean
                ``_may_exist``: false if the table cannot hold rows of the entity yet. It may read
                the table.
            by: the columns that name an entity.

        Returns:
            What was written.
        """

    def replace_all(self, name: str, query: str) -> RowCounts:
        """Replaces a table's rows with a query's result; no commit if they are equal."""

    def insert_into(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends a query's result to a table in one commit; returns how many rows."""

    def close(self) -> None:
        """Releases memory and temporary files."""
