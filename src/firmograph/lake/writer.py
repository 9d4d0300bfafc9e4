"""The protocols of writers of rows, in any process or thread."""

from typing import Protocol

import pyarrow as pa

from firmograph.lake.parquet import WrittenFile


class Savepoint(Protocol):
    """Collects rows of one file after another, and can discard those of the last file."""

    def savepoint(self) -> None:
        """Keeps the rows added since the last savepoint: later rollbacks leave them."""

    def rollback_to_savepoint(self) -> None:
        """Discards the rows added since the last savepoint."""


class Writer(Savepoint, Protocol):
    """Writes rows into new files of a table; readers see them once they are committed."""

    def write(self, data: pa.Table) -> None:
        """Adds rows."""

    def finish(self) -> list[WrittenFile]:
        """Ends writing, and returns the files for the caller to commit."""

    def discard(self) -> None:
        """Deletes unfinished files."""
