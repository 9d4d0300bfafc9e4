"""How DuckDB writes the rows of a query into Parquet files of a table."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa

from firmograph.engine.sql import literal, quoted
from firmograph.lake.parquet import RAW_COLUMN, ROWS_PER_GROUP, WrittenFile

COMPRESSION_LEVEL = 2
"""Of zstd; what is written here is read more often than it is written."""
FILE_BYTES = 16 << 20
"""Approximate size of a written file; a change rewrites the files it touches."""
RAW_ROWS_PER_GROUP = 2048


def copy_statement(sql: str, schema: pa.Schema, folder: Path, mark: str) -> str:
    """The statement that writes rows into files in a folder; their names begin with a mark."""
    group = RAW_ROWS_PER_GROUP if RAW_COLUMN in schema.names else ROWS_PER_GROUP
    names = ", ".join(quoted(name) for name in schema.names)
    return f"""
        COPY (
          SELECT {names}
          FROM ({sql}
          )
        )
        TO {literal(str(folder))} (
          FORMAT parquet,
          COMPRESSION zstd,
          COMPRESSION_LEVEL {COMPRESSION_LEVEL},
          ROW_GROUP_SIZE {group},
          FILE_SIZE_BYTES {FILE_BYTES},
          FILENAME_PATTERN '{mark}-{{i}}',
          OVERWRITE_OR_IGNORE,
          RETURN_STATS
        )
    """


def written_file(row: tuple[Any, ...], schema: pa.Schema, ranged: str | None) -> WrittenFile:
    """A written file, from a row of what the statement returns."""
    path, count, size, _, columns, *_ = row
    statistics: dict[str, Any] = {"numRecords": count}
    found = columns.get(f'"{ranged}"', {})
    if "min" in found and found.get("min_is_exact") == found.get("max_is_exact") == "true":
        number = ranged is not None and pa.types.is_integer(schema.field(ranged).type)
        convert = int if number else str
        statistics["minValues"] = {ranged: convert(found["min"])}
        statistics["maxValues"] = {ranged: convert(found["max"])}
    return WrittenFile(Path(path).name, size, count, json.dumps(statistics))
