"""Bulk appends: files written beside a table, and committed at once."""

from collections.abc import Iterable

import pyarrow as pa

from firmograph.lake.delta import commit
from firmograph.lake.lake import Lake
from firmograph.lake.parquet import BackgroundWriter, FileWriter, WrittenFile


class TableAppender:
    """Adds rows to a table; nobody sees them before `commit`."""

    def __init__(self, lake: Lake, name: str, run_id: str) -> None:
        self._spec = lake.specs[name]
        self._table = lake.open(name)
        self._files = lake.table(name)
        self._spill = lake.spill_folder
        self._run_id = run_id
        self._writer = self.new_writer()

    def new_writer(self) -> FileWriter:
        """A writer, which pickles, for another process."""
        spec = self._spec
        return FileWriter(self._files, self._spill, spec.schema, spec.ranged_by)

    def in_background(self) -> BackgroundWriter:
        """A writer that works in a thread beside the caller."""
        return BackgroundWriter(self.new_writer())

    def write(self, data: pa.Table) -> None:
        """Adds rows."""
        self._writer.write(data)

    def commit(self, files: Iterable[WrittenFile] | None = None) -> None:
        """Commits rows: those of finished writers, or else the appender's own."""
        files = self._writer.finish() if files is None else list(files)
        if files:
            commit(self._table, self._spec.schema, files, run_id=self._run_id)
