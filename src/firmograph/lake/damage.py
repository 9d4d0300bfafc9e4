"""Finds what is damaged in a table: its log, or files that the log names."""

import pyarrow as pa
import pyarrow.parquet as pq

from firmograph.lake.files import DataFile
from firmograph.lake.lake import LOG_ERRORS, open_table
from firmograph.storage.base import Storage
from firmograph.storage.errors import BucketError, StorageError


def has_readable_log(table: Storage) -> bool:
    """Whether a table can be opened.

    Raises:
        BucketError: if the bucket cannot be used, which says nothing about the table.
    """
    try:
        open_table(table)
    except BucketError:
        raise
    except LOG_ERRORS:
        return False
    return True


def is_whole(table: Storage, file: DataFile) -> bool:
    """Whether a file has its size and its footer.

    Raises:
        BucketError: if the bucket cannot be used, which says nothing about the file.
    """
    try:
        with table.open(file.path) as opened:
            pq.read_metadata(opened.content)
            return opened.stamp.size == file.size
    except BucketError:
        raise
    except (StorageError, pa.ArrowException):
        return False
