"""Views over Parquet files on any DuckDB connection, and the files it is restricted to."""

import glob
from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from firmograph.engine.sql import literal, quoted


def see(
    connection: duckdb.DuckDBPyConnection,
    view: str,
    schema: pa.Schema,
    files: Sequence[str],
    from_file: str | None = None,
    condition: str | None = None,
) -> None:
    """Shows Parquet files as a view; see `Connection.see_files`.

    Args:
        connection: where the view is created.
        view: its name.
        schema: its columns.
        files: paths or urls; may be none.
        from_file: a column to add, which holds the path of each row's file.
        condition: restricts the rows.
    """
    if from_file:
        schema = schema.append(pa.field(from_file, pa.string()))
    connection.register(f"no_{view}", schema.empty_table())
    sql = f"SELECT * FROM {quoted(f'no_{view}')}"
    if files:
        named = f", filename='{from_file}'" if from_file else ""
        sql += (
            f" UNION ALL BY NAME SELECT * FROM read_parquet({path_list(files)}, "
            f"union_by_name=true, hive_partitioning=false{named})"
        )
    if condition:
        sql = f"SELECT * FROM ({sql}) WHERE {condition}"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(view)} AS {sql}").fetchall()


def allow(connection: duckdb.DuckDBPyConnection, files: Sequence[str]) -> None:
    """Restricts a connection, irrevocably, to its own data and some files."""
    # DuckDB looks a file up both by its name and by its name with wildcards escaped
    named = [literal(file) for file in files] + [literal(glob.escape(file)) for file in files]
    connection.execute(f"SET allowed_paths=[{', '.join(named)}]").fetchall()
    connection.execute("SET enable_external_access=false").fetchall()
    connection.execute("SET lock_configuration=true").fetchall()


def path_list(files: Iterable[str]) -> str:
    """Paths or urls as the argument of ``read_parquet``, with the wildcards in them escaped."""
    return "[" + ", ".join(literal(glob.escape(file)) for file in files) + "]"
