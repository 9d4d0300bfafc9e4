"""Compares a peer's tables with ours: the same columns, types and rows."""

from pathlib import Path

import duckdb
from deltalake import DeltaTable

DW = ("dw_company_data", "dw_corporate_linkage", "dw_industry_code", "dw_stock_exchanges")
TREES = ("dw_family_tree", "dw_family_tree_members")
OURS_ALONE = {"load_timestamp", "run_id", "employees_scope", "yearly_revenue_scope"}
"""Columns that tell of our runs, or of which figure was taken where the scripts look for one."""


def compare(root: Path, target: Path, *, raw: bool = True) -> None:
    """Compares all tables and, if asked, the hashes of the raw documents.

    Raises:
        ValueError: if they differ.
    """
    with duckdb.connect() as connection:
        for name in (*DW, "app_stocks_by_company"):
            _register(connection, root, name)
            _compare(connection, name, f"'{_files(target, name)}'")
        if raw:
            _register(connection, root, "ods_datablocks_raw")
            kept = "(SELECT document_id AS id FROM ods_datablocks_raw)"
            _compare(connection, kept, f"(SELECT id FROM '{_files(target, 'raw')}')")


def row_count(root: Path) -> int:
    """How many rows the DW tables of a lake have."""
    return sum(_open(root, name).to_pyarrow_dataset().count_rows() for name in (*DW, *TREES))


def _open(root: Path, name: str) -> DeltaTable:
    return DeltaTable(str(root / "datasets" / name.split("_", maxsplit=1)[0] / name))


def _register(connection: duckdb.DuckDBPyConnection, root: Path, name: str) -> None:
    connection.register(name, _open(root, name).to_pyarrow_dataset())


def _files(target: Path, name: str) -> Path:
    """The file or files of a table: Spark and dlt write folders."""
    path = target / f"{name}.parquet"
    return path / "*.parquet" if path.is_dir() else path


def _compare(connection: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> None:
    columns = _columns(connection, ours)
    if columns != (found := _columns(connection, theirs)):
        raise ValueError(f"{ours} differs: {sorted(columns.items() ^ found.items())}")
    names = ", ".join(sorted(columns))
    for one, other in ((ours, theirs), (theirs, ours)):
        sql = f"SELECT {names} FROM {one} EXCEPT ALL SELECT {names} FROM {other} LIMIT 1"
        if row := connection.sql(sql).fetchall():
            raise ValueError(f"{ours} differs: only in {one}: {row}")


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    found = connection.sql(f"FROM {table}")
    columns = zip(found.columns, map(str, found.types), strict=True)
    return {name: kind for name, kind in columns if name not in OURS_ALONE}
