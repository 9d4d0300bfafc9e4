"""SQL over one snapshot of the lake: read-only, and restricted to the lake's own tables."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.engine.duckdb.views import allow, see
from firmograph.errors import QueryError, first_line
from firmograph.lake.files import data_files
from firmograph.lake.lake import Lake

_WIDER = {
    # engines differ in the width of integers: tables hold the widest
    pa.int8(): pa.int64(),
    pa.int16(): pa.int64(),
    pa.int32(): pa.int64(),
    pa.uint8(): pa.int64(),
    pa.uint16(): pa.int64(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.large_string(): pa.string(),
    pa.string_view(): pa.string(),
    pa.null(): pa.string(),
}

_RESTRICTED: dict[str, Any] = {
    "python_enable_replacements": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


def select(
    lake: Lake,
    sql: str,
    allowed: Collection[str],
    *,
    memory_limit: str | None = None,
    spill: Path | None = None,
) -> pa.Table:
    """Runs one SELECT over tables of the lake.

    Args:
        lake: where the tables are, in the versions it was opened with.
        sql: the query, which names tables without a schema.
        allowed: the tables it may read.
        memory_limit: how much memory it may use before it spills, such as ``4GB``.
        spill: parent of the folder for what it spills; the system's temporary folder by default.

    Returns:
        The rows; columns with equal names are numbered.

    Raises:
        QueryError: if it is not a SELECT, fails, or reads anything but the allowed tables.
    """
    with _connected(memory_limit, spill) as connection:
        tables = {
            name: lake.open(name)
            for name in allowed
            if re.search(rf"\b{re.escape(name)}\b", sql, re.IGNORECASE)
        }
        files = {
            name: [lake.path(name) / file.path for file in data_files(table, None)]
            for name, table in tables.items()
        }
        allow(connection, [file for listed in files.values() for file in listed])
        _check_is_select(connection, sql)
        for name, table in tables.items():
            see(connection, name, pa.schema(table.schema()), files[name])
        try:
            rows = connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(
                f"the SQL failed: {first_line(error)}",
                hint=f"tables are {', '.join(sorted(allowed))}",
            ) from error
    return rows.rename_columns(distinct(rows.schema.names))


@contextmanager
def _connected(memory_limit: str | None, spill: Path | None) -> Iterator[duckdb.DuckDBPyConnection]:
    if spill:
        spill.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = dict(_RESTRICTED)
    if memory_limit:
        config["memory_limit"] = memory_limit
    # a folder for this query alone, since a query can read what is in it
    with (
        TemporaryDirectory(prefix="firmograph-", dir=spill) as folder,
        duckdb.connect(config={**config, "temp_directory": folder}) as connection,
    ):
        connection.execute("SET TimeZone='UTC'").fetchall()
        yield connection


def _check_is_select(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(f"the SQL is not understood: {first_line(error)}") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(s.type.name for s in statements) or "nothing"
        raise QueryError(
            f"the text holds {kinds}; only one SELECT is allowed",
            hint="only runs write to the lake",
        )


def function_names() -> frozenset[str]:
    """Names of DuckDB's functions, in lower case."""
    with duckdb.connect(config=_RESTRICTED) as connection:
        found = connection.execute(
            "SELECT DISTINCT lower(function_name) FROM duckdb_functions()"
        ).fetchall()
    return frozenset(name for (name,) in found)


def distinct(names: list[str]) -> list[str]:
    """Column names, of which repeated ones are numbered."""
    seen: Counter[str] = Counter()
    found = []
    for name in names:
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found


def storable(rows: pa.Table) -> pa.Table:
    """Casts rows to types that Delta tables support.

    Raises:
        QueryError: naming a column whose type they do not support.
    """
    schema = storable_schema(rows.schema)
    if rows.schema == schema:
        return rows
    try:
        return rows.cast(schema)
    except pa.ArrowException as error:
        raise QueryError(f"the rows cannot be stored: {first_line(error)}") from error


def storable_schema(schema: pa.Schema) -> pa.Schema:
    """The columns in types that Delta tables support; see `storable`."""
    names = [field.name.lower() for field in schema]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise QueryError(f"duplicate columns: {', '.join(sorted(twice))}")
    return pa.schema([(field.name, _storable_type(field.name, field.type)) for field in schema])


def _storable_type(name: str, kind: pa.DataType) -> pa.DataType:
    if pa.types.is_list(kind):
        return pa.list_(_storable_type(name, kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(f.name, _storable_type(name, f.type)) for f in kind])
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us", "UTC")
    if pa.types.is_decimal(kind) and kind.scale == 0 and kind.precision > 18:
        return pa.int64()  # a sum of whole numbers
    kind = _WIDER.get(kind, kind)
    is_plain = pa.types.is_primitive(kind) or pa.types.is_string(kind) or pa.types.is_binary(kind)
    is_time = pa.types.is_time(kind) or pa.types.is_interval(kind) or pa.types.is_duration(kind)
    if is_time or not is_plain:
        raise QueryError(f"column {name} has type {kind}; cast it to text or a number")
    return kind
