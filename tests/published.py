"""What the last snapshot of a lake holds, read by Delta's and DuckDB's own readers.

Most tests look into tables in this way: it takes a tenth of the program's own reader, which has
tests of its own.
"""

import atexit
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from deltalake import DeltaTable
from pyarrow.dataset import dataset

SNAPSHOTS = "control/tb_published_snapshots"


def rows(lake: Path, query: str) -> list[dict[str, Any]]:
    """The rows of a query; of control tables that no snapshot names the newest version counts."""
    found = versions(lake)
    with _duckdb().cursor() as connection:
        connection.execute("SET TimeZone='UTC'")
        for folder in lake.glob("*/*"):
            is_published = folder.name in found or folder.parent.name == "control"
            if is_published and re.search(rf"\b{re.escape(folder.name)}\b", query, re.IGNORECASE):
                connection.register(folder.name, table(folder, found.get(folder.name)))
        return pa.table(connection.sql(query).to_arrow_table()).to_pylist()


def versions(lake: Path) -> dict[str, int]:
    """The versions of the tables of the last snapshot; empty before the first."""
    snapshots = table(lake / SNAPSHOTS).sort_by("snapshot_id")
    found: dict[str, int] = json.loads((snapshots["table_versions"].to_pylist() or ["{}"])[-1])
    return found


def table(folder: Path, version: int | None = None) -> pa.Table:
    """All rows of a table; columns that its older files lack are NULL."""
    found = DeltaTable(str(folder), version=version)
    schema = pa.schema(found.schema())
    return dataset(found.file_uris(), schema, format="parquet").to_table()


@cache
def _duckdb() -> duckdb.DuckDBPyConnection:
    """A connection that all queries share, since opening one takes longer than most queries."""
    atexit.register(_duckdb.cache_clear)
    return duckdb.connect(config={"python_enable_replacements": False})
