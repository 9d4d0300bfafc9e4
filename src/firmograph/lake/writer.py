"""What writers of rows have in common, in whatever process or thread they work."""

from typing import Protocol

import pyarrow as pa

from firmograph.lake.parquet import WrittenFile


class Savepoint(Protocol):
    """Collects rows of one file after another, and can forget those of the last one."""

    def savepoint(self) -> None:
        """Keeps the rows added since the last savepoint, whatever becomes of the next file."""

    def rollback_to_savepoint(self) -> None:
        """Discards the rows added since the last savepoint."""


class Writer(Savepoint, Protocol):
    """Writes rows beside a table, where nobody sees them before they are committed."""

    def write(self, data: pa.Table) -> None:
        """Adds rows."""

    def finish(self) -> list[WrittenFile]:
        """Ends writing; from now on the files are the caller's to commit."""

    def discard(self) -> None:
        """Deletes everything that is not finished."""
