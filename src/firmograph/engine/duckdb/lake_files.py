"""Where DuckDB reads the files of tables: from a path, or from a bucket through `ObjectFiles`."""

from collections.abc import Iterable
from typing import Any

import duckdb

from firmograph.lake.files import DataFile, TableFile
from firmograph.storage.base import Storage


class LakeFiles:
    """The files that one DuckDB connection may read.

    Args:
        connection: reads the files of buckets through this class.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._objects: Any = None

    def locate(self, table: Storage, files: Iterable[DataFile]) -> list[str]:
        """The paths or urls of files of a table, which may be read from now on."""
        if table.is_local:
            return [f"{table.url}/{file.path}" for file in files]
        if self._objects is None:
            from firmograph.engine.duckdb.object_files import ObjectFiles  # imports fsspec

            self._objects = ObjectFiles()
            self._connection.register_filesystem(self._objects)
        located = [TableFile(table, file.path, file.size) for file in files]
        self._objects.fetch(located)
        return [self._objects.add(file) for file in located]

    def check(self) -> None:
        """Says why a query failed, if a bucket could not be read: DuckDB's own text does not.

        Raises:
            BucketError: if a bucket could not be read.
        """
        if self._objects is not None:
            self._objects.check()
