"""SQL over one snapshot of the lake: read-only, and shut in with the lake's own tables."""

from collections.abc import Collection
from typing import Any

import duckdb
import pyarrow as pa

from firmograph.errors import QueryError
from firmograph.lake import Lake, dataset

_CASTS = {
    pa.uint8(): pa.int16(),
    pa.uint16(): pa.int32(),
    pa.uint32(): pa.int64(),
    pa.uint64(): pa.int64(),
    pa.timestamp("us"): pa.timestamp("us", "UTC"),
    pa.large_string(): pa.string(),
}


def referenced_tables(sql: str) -> set[str]:
    """Names of the tables a query reads.

    Raises:
        QueryError: where the text is not one SELECT.
    """
    with duckdb.connect() as connection:
        try:
            statements = connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                kinds = ", ".join(s.type.name for s in statements) or "nothing"
                raise QueryError(
                    f"the text holds {kinds}; only one SELECT is allowed",
                    hint="the lake is written by runs alone",
                )
            return set(connection.get_table_names(sql))
        except duckdb.Error as error:
            raise QueryError(f"the SQL is not understood: {_first_line(error)}") from error


def select(
    lake: Lake,
    sql: str,
    allowed: Collection[str],
    *,
    memory_limit: str | None = None,
) -> pa.Table:
    """Runs one SELECT over tables of the lake.

    Args:
        lake: where the tables are, in the versions it was opened with.
        sql: the query; tables go by their names alone.
        allowed: the tables it may read.
        memory_limit: as ``4GB``.

    Raises:
        QueryError: where it is no SELECT, fails, or wants anything but the lake's tables.
    """
    names = referenced_tables(sql)
    config: dict[str, Any] = {"python_enable_replacements": False, "enable_external_access": False}
    if memory_limit:
        config["memory_limit"] = memory_limit
    with duckdb.connect(config=config) as connection:
        connection.execute("SET TimeZone='UTC'").fetchall()
        connection.execute("SET lock_configuration=true").fetchall()
        for name in names.intersection(allowed):
            table = lake.open(name)
            connection.register(name, dataset(table, pa.schema(table.schema())))
        try:
            return connection.sql(sql).to_arrow_table()
        except duckdb.Error as error:
            raise QueryError(
                f"the SQL failed: {_first_line(error)}",
                hint=f"tables are {', '.join(sorted(allowed))}",
            ) from error


def storable(rows: pa.Table) -> pa.Table:
    """Rows with types that Delta tables hold.

    Raises:
        QueryError: naming a column whose type they do not hold.
    """
    fields = []
    for field in rows.schema:
        kind = pa.timestamp("us", "UTC") if pa.types.is_timestamp(field.type) else field.type
        kind = _CASTS.get(kind, kind)
        if pa.types.is_decimal(kind) and kind.scale == 0:
            kind = pa.int64() if kind.precision > 18 else kind  # sums of integers
        if pa.types.is_time(kind) or pa.types.is_interval(kind) or pa.types.is_duration(kind):
            raise QueryError(f"column {field.name} has type {kind}; cast it to text or a number")
        fields.append(pa.field(field.name, kind))
    try:
        return rows.cast(pa.schema(fields))
    except pa.ArrowInvalid as error:
        raise QueryError(f"the rows cannot be stored: {error}") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
