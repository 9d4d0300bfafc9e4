"""Finds what is damaged in a table: its log, or files that the log names."""

import pyarrow as pa
import pyarrow.parquet as pq

from firmograph.lake.files import DataFile
from firmograph.lake.lake import LOG_ERRORS, open_table
from firmograph.storage.base import Storage, StorageError


def has_readable_log(table: Storage) -> bool:
    """Whether a table can be opened."""
    try:
        open_table(table)
    except LOG_ERRORS:
        return False
    return True


def is_whole(table: Storage, file: DataFile) -> bool:
    """Whether a file has its size and its footer."""
    try:
        with table.open(file.path) as opened:
            pq.read_metadata(opened.content)
            return opened.stamp.size == file.size
    except (StorageError, pa.ArrowException):
        return False
