"""SQL over one snapshot of the lake: read-only, and restricted to the lake's own tables."""

import re
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.engine.duckdb.lake_files import LakeFiles
from firmograph.engine.duckdb.sql_errors import AS_JSON, query_error
from firmograph.engine.duckdb.stop import Stop
from firmograph.engine.duckdb.storable import distinct
from firmograph.engine.duckdb.views import allow, see
from firmograph.errors import LakeError, QueryError
from firmograph.lake.files import data_files
from firmograph.lake.lake import Lake

ROWS_PER_BATCH = 1_000
"""How many rows a streamed result has in memory at once."""
DAMAGED = (
    "restore the file from a backup; where ODS is intact, `firmograph rebuild` writes the tables "
    "of DW and APP again"
)
_EXPLAIN = re.compile(r"\s*EXPLAIN(\s+ANALYZE)?\b", re.IGNORECASE)
_RESTRICTED: dict[str, Any] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


@dataclass(frozen=True)
class QueryLimits:
    """How much a user's query may use.

    Attributes:
        memory: before it spills, such as ``4GB``; None for DuckDB's own limit.
        seconds: how long it may take; 0 for any time.
        spill: parent of the folder for what it spills; None for the system's temporary folder.
    """

    memory: str | None = None
    seconds: float = 0.0
    spill: Path | None = None


def select(
    lake: Lake, sql: str, allowed: Collection[str], limits: QueryLimits | None = None
) -> pa.Table:
    """Runs one SELECT over tables of the lake.

    Args:
        lake: where the tables are, in the versions it was opened with.
        sql: the query, which names tables without a schema.
        allowed: the tables it may read.
        limits: how much it may use.

    Returns:
        The rows; columns with equal names are numbered.

    Raises:
        QueryError: if it is not a SELECT, fails, takes too long, or reads anything but the
            allowed tables.
        LakeError: if a file of a table is missing or damaged.
    """
    with _running(lake, sql, allowed, limits or QueryLimits()) as relation:
        rows = relation.to_arrow_table()
        return rows.rename_columns(distinct(rows.schema.names))


@contextmanager
def stream(
    lake: Lake,
    sql: str,
    allowed: Collection[str],
    limits: QueryLimits | None = None,
    stop: Stop | None = None,
) -> Iterator[pa.RecordBatchReader]:
    """Runs one SELECT, or EXPLAIN and a SELECT, and yields its rows batch by batch; see `select`.

    The time limit and the stop cover the whole `with` block.
    """
    with _running(lake, sql, allowed, limits or QueryLimits(), stop, may_explain=True) as relation:
        batches = relation.to_arrow_reader(ROWS_PER_BATCH)
        names = distinct(batches.schema.names)
        schema = pa.schema(
            [field.with_name(n) for field, n in zip(batches.schema, names, strict=True)]
        )
        yield pa.RecordBatchReader.from_batches(
            schema, (pa.record_batch(batch.columns, schema=schema) for batch in batches)
        )


@contextmanager
def _running(
    lake: Lake,
    sql: str,
    allowed: Collection[str],
    limits: QueryLimits,
    stop: Stop | None = None,
    *,
    may_explain: bool = False,
) -> Iterator[duckdb.DuckDBPyRelation]:
    """Yields a query as a relation, and translates what its execution raises."""
    stop = stop or Stop()
    with _connected(limits) as connection:
        lake_files = LakeFiles(connection)
        try:
            _check_is_select(connection, sql, may_explain=may_explain)
            files = _show_tables(connection, lake, lake_files, _mentioned(sql, allowed))
            with _stopped_after(connection, limits.seconds) as is_late, stop.over(connection):
                try:
                    yield _bound(connection, sql)
                except (duckdb.Error, OSError, pa.ArrowException) as error:
                    if is_late.is_set():
                        raise _too_long(limits.seconds) from error
                    if stop.is_set:
                        raise QueryError("the SQL was stopped") from error
                    lake_files.check()
                    _check_files(lake, files, error)
                    raise
        except duckdb.Error as error:
            raise query_error(error, sql, allowed) from error
        except (OSError, pa.ArrowException) as error:
            if "exception_type" not in str(error) and "INTERRUPT" not in str(error):
                raise
            raise query_error(error, sql, allowed) from error


def _bound(connection: duckdb.DuckDBPyConnection, sql: str) -> duckdb.DuckDBPyRelation:
    """A query as a relation, which streams; its columns and tables are known."""
    try:
        return connection.sql(sql)
    except (duckdb.BinderException, duckdb.CatalogException):
        connection.execute(sql)  # fails in the same way, but tells the position
        raise


def open_tables(lake: Lake, sql: str, allowed: Collection[str]) -> None:
    """Opens the tables that a query may read, so that `stream` leaves the lake as it is."""
    lake.open_all(_mentioned(sql, allowed))


def _mentioned(sql: str, allowed: Collection[str]) -> list[str]:
    """The tables whose names are somewhere in a query."""
    return [n for n in allowed if re.search(rf"\b{re.escape(n)}\b", sql, re.IGNORECASE)]


def _show_tables(
    connection: duckdb.DuckDBPyConnection,
    lake: Lake,
    lake_files: LakeFiles,
    names: Iterable[str],
) -> dict[str, list[str]]:
    """Restricts a connection to some tables, and shows them as views; returns their files."""
    names = list(names)
    lake.open_all(names)
    tables = {name: lake.open(name) for name in names}
    files = {
        name: lake_files.locate(lake.table(name), data_files(table, None))
        for name, table in tables.items()
    }
    allow(connection, [file for listed in files.values() for file in listed])
    for name, table in tables.items():
        try:
            see(connection, name, pa.schema(table.schema()), files[name])
        except duckdb.Error as error:
            lake_files.check()
            _check_files(lake, files, error)
            raise
    return files


def _check_files(lake: Lake, files: Mapping[str, list[str]], error: Exception) -> None:
    """Raises a `LakeError` if an error is about a file of a table."""
    text = str(error)
    for name, listed in files.items():
        for file in listed:
            if (file_name := file.rpartition("/")[2]) in text:
                is_there = file_name in lake.table(name).stamps([file_name])
                raise LakeError(
                    f"table {name} cannot be read: {file} is "
                    f"{'damaged' if is_there else 'missing'}",
                    hint=DAMAGED,
                ) from error


@contextmanager
def _stopped_after(
    connection: duckdb.DuckDBPyConnection, seconds: float
) -> Iterator[threading.Event]:
    """Interrupts what a connection does after some seconds; 0 for never."""
    is_stopped = threading.Event()

    def stop() -> None:
        is_stopped.set()
        connection.interrupt()

    timer = threading.Timer(seconds, stop)
    if seconds:
        timer.start()
    try:
        yield is_stopped
    finally:
        timer.cancel()


def _too_long(seconds: float) -> QueryError:
    return QueryError(
        f"the SQL was stopped: it took longer than {seconds:g} seconds",
        hint="the setting query_seconds is the longest time a query or a mart may take; 0 for any",
    )


@contextmanager
def _connected(limits: QueryLimits) -> Iterator[duckdb.DuckDBPyConnection]:
    if limits.spill:
        limits.spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = dict(_RESTRICTED)
    if limits.memory:
        config["memory_limit"] = limits.memory
    # a folder for this query alone, since a query can read what is in it
    with (
        TemporaryDirectory(prefix="firmograph-", dir=limits.spill) as folder,
        duckdb.connect(config={**config, "temp_directory": folder}) as connection,
    ):
        connection.execute("SET TimeZone='UTC'").fetchall()
        connection.execute(AS_JSON).fetchall()
        yield connection


def _check_is_select(connection: duckdb.DuckDBPyConnection, sql: str, *, may_explain: bool) -> None:
    explained = _EXPLAIN.match(sql) if may_explain else None
    statements = connection.extract_statements(sql[explained.end() :] if explained else sql)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(s.type.name for s in statements) or "nothing"
        raise QueryError(
            f"the text holds {kinds}; only one SELECT is allowed",
            hint="only runs write to the lake",
        )


@lru_cache(maxsize=256)  # opening a connection takes longer than most queries
def tables_in(sql: str) -> frozenset[str]:
    """The tables that a query names, in lower case; none if it is not understood."""
    with duckdb.connect(config=_RESTRICTED) as connection:
        try:
            return frozenset(name.lower() for name in connection.get_table_names(sql))
        except duckdb.Error:
            return frozenset()


def function_names() -> frozenset[str]:
    """Names of DuckDB's functions, in lower case."""
    with duckdb.connect(config=_RESTRICTED) as connection:
        found = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"
        ).fetchall()
    return frozenset(name for (name,) in found)
