"""Finds what is damaged in a table: its log, or files that the log names."""

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from firmograph.lake.files import DataFile
from firmograph.storage.base import Storage, StorageError


def has_readable_log(table: Storage) -> bool:
    """Whether a table can be opened."""
    try:
        DeltaTable(table.url)
    except (DeltaError, OSError, ValueError):
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
