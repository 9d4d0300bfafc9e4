"""Bulk appends: files written beside a table, and committed in one act."""

from collections.abc import Iterable

import pyarrow as pa

from firmograph.engine.delta import commit
from firmograph.engine.parquet import BackgroundWriter, FileWriter, WrittenFile
from firmograph.lake import Lake


class EmbeddedAppender:
    """Adds rows to a table; nobody sees them before `commit`."""

    def __init__(self, lake: Lake, name: str, run_id: str) -> None:
        spec = lake.specs[name]
        self._table = lake.open(name)
        self._schema = spec.schema
        self._run_id = run_id
        ranged = spec.sorted_by[0] if spec.sorted_by else None
        self.writer = FileWriter(lake.path(name), spec.schema, ranged)

    def in_background(self) -> BackgroundWriter:
        """The writer, in a thread."""
        return BackgroundWriter(self.writer)

    def write(self, data: pa.Table) -> None:
        """Adds rows."""
        self.writer.write(data)

    def commit(self, files: Iterable[WrittenFile] | None = None) -> None:
        """Makes all rows visible in one act: those of files written elsewhere, or its own."""
        files = self.writer.finish() if files is None else list(files)
        if files:
            commit(self._table, self._schema, files, run_id=self._run_id)
