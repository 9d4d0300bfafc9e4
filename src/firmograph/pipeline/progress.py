"""Whom a run tells of its progress."""

from firmograph.engine.base import RowCounts
from firmograph.ingest.outcome import FileOutcome


class ProgressListener:
    """Told of a run's progress; override what you want to hear."""

    def started(self, file_count: int) -> None:
        """The uploads were counted."""

    def file(self, outcome: FileOutcome) -> None:
        """A file was read."""

    def table(self, name: str, changes: RowCounts) -> None:
        """A table was published."""

    def note(self, message: str) -> None:
        """Something a person should know."""
