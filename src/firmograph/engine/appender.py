"""Bulk appends: files written beside a table, and committed in one act."""

import pyarrow as pa

from firmograph.engine.parquet import FileWriter, commit
from firmograph.lake import Lake


class EmbeddedAppender:
    """Adds rows to a table; nobody sees them before `commit`."""

    def __init__(self, lake: Lake, name: str, run_id: str) -> None:
        spec = lake.specs[name]
        self._table = lake.open(name)
        self._schema = spec.schema
        self._run_id = run_id
        ranged = spec.sorted_by[0] if spec.sorted_by else None
        self._writer = FileWriter(lake.path(name), spec.schema, ranged)

    def write(self, data: pa.Table) -> None:
        """Adds rows."""
        self._writer.write(data)

    def seal(self) -> None:
        """Keeps what was written since the last seal, whatever becomes of the next file."""
        self._writer.close_file()

    def unseal(self) -> None:
        """Throws away what was written since the last seal."""
        self._writer.discard_file()

    def commit(self) -> None:
        """Makes all sealed rows visible in one act."""
        if files := self._writer.finish():
            commit(self._table, self._schema, files, run_id=self._run_id)

    def discard(self) -> None:
        """Throws everything away."""
        self._writer.discard()
