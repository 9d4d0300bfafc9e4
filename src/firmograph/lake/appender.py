"""Bulk appends: rows are written into new files of a table, and committed together."""

from collections.abc import Iterable

import pyarrow as pa

from firmograph.lake.commits import Committer
from firmograph.lake.delta import commit
from firmograph.lake.lake import Lake
from firmograph.lake.parquet import BackgroundWriter, FileWriter, WrittenFile


class TableAppender:
    """Appends rows to a table; readers see them once `commit` returns."""

    def __init__(self, lake: Lake, name: str, committer: Committer) -> None:
        self._lake, self._name = lake, name
        self._committer = committer
        self._writer = self.new_writer()

    def new_writer(self, *, for_task: bool = False) -> FileWriter:
        """Returns a writer, which pickles, so that another process can use it.

        Args:
            for_task: whether that process may run on another machine.
        """
        lake, spec = self._lake, self._lake.specs[self._name]
        spill = lake.task_spill if for_task else lake.spill_folder
        return FileWriter(lake.table(self._name), spill, spec.schema, spec.ranged_by)

    def in_background(self) -> BackgroundWriter:
        """Returns a writer that works in a thread of its own."""
        return BackgroundWriter(self.new_writer())

    def write(self, data: pa.Table) -> None:
        """Adds rows."""
        self._writer.write(data)

    def commit(self, files: Iterable[WrittenFile] | None = None) -> None:
        """Commits the files of finished writers; without any, the rows given to `write`."""
        files = self._writer.finish() if files is None else list(files)
        if files:
            schema = self._lake.specs[self._name].schema
            commit(self._committer, self._lake, self._name, schema, files)
