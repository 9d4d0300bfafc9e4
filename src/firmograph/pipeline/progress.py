"""The listener that a run tells of its progress."""

from firmograph.engine.base import RowCounts
from firmograph.ingest.outcome import FileOutcome


class ProgressListener:
    """Told of a run's progress; override the methods you need."""

    def started(self, file_count: int) -> None:
        """Called once the uploads are listed."""

    def file(self, outcome: FileOutcome) -> None:
        """Called once a file is decided on."""

    def table(self, name: str, changes: RowCounts) -> None:
        """Called once a table is published."""

    def note(self, message: str) -> None:
        """Called with a message for the user."""
