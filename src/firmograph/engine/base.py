"""The seam between what is done and where: the verbs every engine has."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from firmograph.lake.lake import Lake
from firmograph.lake.tables import TIMESTAMP


@dataclass(frozen=True)
class Relation:
    """A temporary table of an engine: in SQL it stands for its name.

    Attributes:
        name: unique among the temporary tables of a run.
        schema: its columns; whoever makes it must provide these.
    """

    name: str
    schema: pa.Schema

    def __str__(self) -> str:
        return self.name


@dataclass
class RowCounts:
    """What became of a table: counts of rows, and how many it holds now."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    rows: int = 0

    @property
    def any(self) -> bool:
        """Whether anything was written."""
        return bool(self.inserted or self.updated or self.deleted)


@dataclass(frozen=True)
class RunStamp:
    """What a run writes beside the rows it changes.

    Attributes:
        run_id: sorts by time.
        now: the `load_timestamp` of the run, UTC.
    """

    run_id: str
    now: datetime


@dataclass(frozen=True)
class SparkOptions:
    """Which Spark to work on.

    Attributes:
        session: one that is there already; what follows is for one to be started.
        master: as ``local[4]`` or ``spark://host:7077``; empty where spark-submit says it.
        conf: further configuration, by name.
        jars: the two of Delta Lake, or a folder that holds them.
    """

    session: Any = None
    master: str = ""
    conf: dict[str, str] = field(default_factory=dict)
    jars: tuple[str, ...] = ()


def stamp_rows(stamp: RunStamp) -> pa.Table:
    """The one row of the temporary table ``run_stamp``, which every engine has."""
    columns = {"now_utc": pa.array([stamp.now], TIMESTAMP), "this_run": [stamp.run_id]}
    return pa.table(columns)


class Writer(Protocol):
    """Writes rows beside a table, where nobody sees them before an appender commits them."""

    def write(self, data: pa.Table) -> None:
        """Adds rows."""

    def savepoint(self) -> None:
        """Keeps what was written since the last seal, whatever becomes of the next file."""

    def rollback_to_savepoint(self) -> None:
        """Throws away what was written since the last seal."""

    def finish(self) -> list[Any]:
        """Ends writing; returns what an appender's `commit` takes."""

    def discard(self) -> None:
        """Throws everything away that is not finished."""


class Appender(Protocol):
    """Adds rows to a table; nobody sees them before `commit`."""

    def new_writer(self) -> Writer:
        """A writer, which pickles, to be used in another process."""

    def in_background(self) -> Writer:
        """A writer that works beside the caller."""

    def write(self, data: pa.Table) -> None:
        """Adds rows."""

    def commit(self, files: Iterable[Any] | None = None) -> None:
        """Makes rows visible in one act: those that writers finished, or else those written."""


class Engine(Protocol):
    """One run's hold on a lake: reads see the newest versions, and each write is one commit."""

    lake: Lake
    stamp: RunStamp
    faults: tuple[type[Exception], ...]
    """What the machine, its disk and the libraries raise where the lake cannot be worked on."""
    slots: int
    """How many tasks `map_tasks` works on at once on other machines; 0 where there are none."""
    spill: Path
    """A folder on this machine for what does not fit into memory, emptied after the run."""

    def create(self, name: str) -> list[str]:
        """Creates a table, or adds the columns it lacks; returns the columns added."""

    def recreate(self, name: str) -> bool:
        """Gives a table the columns it should have, and no rows, where it has others."""

    def appender(self, name: str) -> Appender:
        """Begins a bulk append."""

    def append(self, name: str, rows: pa.Table) -> None:
        """Appends rows in one commit."""

    def overwrite(self, name: str, query: str) -> RowCounts:
        """Makes a table hold what a query over the lake returns; writes nothing if it does."""

    def replace(self, name: str, rows: str, scope: str, by: Sequence[str]) -> RowCounts:
        """Makes the rows of some entities those of a query, and leaves all others alone.

        Unchanged rows keep their `load_timestamp` and `run_id`. Afterwards the temporary table
        ``changed`` holds the `by` columns of each entity of which a row was written.

        Args:
            name: the table.
            rows: a query that returns the new rows, with the table's business columns.
            scope: a query that returns the entities, as distinct values of `by`, and a boolean
                ``may_exist``: false where the table cannot hold rows of it yet. It may read the
                table.
            by: the columns that name an entity.
        """

    def stage(self, name: str, rows: pa.Table) -> None:
        """Adds rows to a temporary table, made at first use."""

    def stage_file(self, name: str, path: Path, size: int) -> None:
        """Adds the rows of a Parquet file to a temporary table; the file is the engine's now.

        Args:
            name: the temporary table.
            path: the file.
            size: of its rows in memory, in bytes.
        """

    def by_range(self, columns: Mapping[str, str]) -> Iterator[None]:
        """Shows tables a range of entities at a time, so that memory follows the range.

        Yields once for each range, in which the tables named hold its rows alone; once in all
        where the temporary ones among them hold little.

        Args:
            columns: by table, temporary or of the lake, the column that names the entity.
        """

    def unstage(self, name: str) -> None:
        """Drops a temporary table."""

    def create_temp(self, name: str, query: str, tables: Sequence[str] = ()) -> None:
        """Makes a temporary table hold what a query returns now, in place of what it held."""

    def add(self, name: str, query: str) -> None:
        """Adds what a query over temporary tables returns to one that was defined."""

    def query(self, sql: str, tables: Sequence[str] = ()) -> pa.Table:
        """Runs a query over temporary tables and the newest versions of tables of the lake.

        Args:
            sql: in words that DuckDB and Spark both know, with names in double quotes.
            tables: of the lake, that it reads.
        """

    def query_local(self, sql: str, tables: Sequence[str]) -> pa.Table:
        """Runs a query, in DuckDB's words, in this process: over tables that are small."""

    def insert(self, name: str, query: str, tables: Sequence[str] = ()) -> int:
        """Appends what a query returns to a table in one commit; how many rows."""

    def select(self, name: str, sql: str, allowed: Collection[str]) -> pa.Schema:
        """Makes a temporary table hold what a person's SELECT returns, shut in with some tables.

        Args:
            name: the temporary table.
            sql: in DuckDB's words.
            allowed: tables of the lake that it may read.

        Returns:
            Its columns, with types that tables of the lake can have.

        Raises:
            QueryError: where it is no SELECT, fails, or wants anything else.
        """

    def map_tasks(self, work: Callable[[Any], Any], orders: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the orders, wherever there is room for it.

        Args:
            work: a function of a module; it pickles, and so do orders and answers.
            orders: each is the work of one task.

        Yields:
            The answers in their order.
        """

    def read_rows(
        self,
        name: str,
        columns: Sequence[str],
        spans: Sequence[tuple[int, int]],
        lake: Lake | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yields rows of a table whose `ingest_seq` lies in one of the spans, both ends in.

        Args:
            name: the table.
            columns: of the rows.
            spans: of `ingest_seq`.
            lake: another lake than the engine's own.
        """

    def files_of(
        self, name: str, spans: Sequence[tuple[int, int]], lake: Lake | None = None
    ) -> Iterator[tuple[Path, list[tuple[int, int]]]]:
        """Yields the files of which `read_rows` would read rows, each with the spans it meets."""

    def versions(self) -> dict[str, int]:
        """The version of each table that exists."""

    def restore(self, name: str, version: int) -> None:
        """Makes an older version the newest."""

    def vacuum(self, name: str, versions: Sequence[int]) -> int:
        """Deletes files that neither the newest nor the given versions need; how many."""

    def trim_log(self, name: str, version: int) -> int:
        """Deletes the log that neither this version nor a later one needs; how many files."""

    def compact_small(self, name: str) -> None:
        """Merges the small files of a table only appended to, where they have become many."""

    def max_value(self, name: str) -> Any:
        """The greatest value of the column a table is sorted by; None where it has no row."""

    def compact(self, name: str) -> int:
        """Merges a table's small files; returns how many became fewer."""

    def row_count(self, name: str) -> int:
        """How many rows a table holds."""

    def close(self) -> None:
        """Gives back memory and temporary files."""
