"""Merges small files of a table into larger ones."""

from collections.abc import Sequence

import pyarrow as pa

from firmograph.lake.files import DataFile
from firmograph.lake.parquet import ROWS_PER_GROUP, FileWriter, WrittenFile
from firmograph.lake.tables import TableSpec
from firmograph.storage.base import Storage


def merge_files(
    spec: TableSpec,
    schema: pa.Schema,
    table: Storage,
    small: Sequence[DataFile],
    writer: FileWriter,
) -> list[WrittenFile]:
    """Writes the rows of small files into new ones, in the table's order.

    The columns are the table's own, `schema`, which may have some that the contracts no longer
    have. Files of ODS are read one at a time, since their rows are large and each file has a range
    of `ingest_seq` of its own. The rows of any other table are sorted together.
    """
    try:
        if spec.zone == "ods":
            for file in sorted(small, key=lambda file: file.low or 0):
                writer.write(read_file(schema, table, file))
        else:
            rows = pa.concat_tables([read_file(schema, table, file) for file in small])
            keys = [column for column in spec.sorted_by if column in schema.names]
            if keys:
                rows = rows.sort_by([(column, "ascending") for column in keys])
            for start in range(0, rows.num_rows, ROWS_PER_GROUP):
                writer.write(rows.slice(start, ROWS_PER_GROUP))
        return writer.finish()
    except BaseException:
        writer.discard()
        raise


def read_file(schema: pa.Schema, table: Storage, file: DataFile) -> pa.Table:
    """The rows of a file; a column that it lacks reads as NULL."""
    import pyarrow.parquet as pq  # slow to import, and needed by runs alone

    with table.open(file.path) as opened:
        rows = pq.ParquetFile(opened.content).read()
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(rows.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
