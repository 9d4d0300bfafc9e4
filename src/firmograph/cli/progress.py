"""Progress: a bar on a terminal, plain log lines elsewhere; all of it on standard error."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from firmograph.cli.log import Log
from firmograph.engine.base import RowCounts
from firmograph.ingest.outcome import FileOutcome
from firmograph.pipeline.progress import ProgressListener
from firmograph.queries.text import clean
from firmograph.settings import Settings

if TYPE_CHECKING:
    from rich.progress import Progress

_UNREAD = ("unreadable", "unknown", "deferred")


@contextmanager
def make_listener(settings: Settings) -> Iterator[ProgressListener]:
    """Yields a listener that suits the target of standard error."""
    if sys.stderr.isatty():
        with _bar() as progress:
            yield _BarListener(progress)
    else:
        yield _LogListener(Log(settings))


class _BarListener(ProgressListener):
    """Shows a bar, and above it the files that need attention."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("reading uploads", total=None)

    def started(self, file_count: int) -> None:
        self._progress.update(self._task, total=file_count)

    def file(self, outcome: FileOutcome) -> None:
        self._progress.advance(self._task)
        if outcome.status in _UNREAD:
            text = clean(f"{outcome.status}: {outcome.file_name}: {outcome.message}")
            self._progress.console.print(text, markup=False, highlight=False)

    def table(self, name: str, changes: RowCounts) -> None:
        del changes
        self._progress.update(self._task, description=f"published {name}")

    def note(self, message: str) -> None:
        self._progress.console.print(clean(message), markup=False, highlight=False)


class _LogListener(ProgressListener):
    """Writes a log line for each event."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def started(self, file_count: int) -> None:
        self._log.info("run started", files=file_count)

    def file(self, outcome: FileOutcome) -> None:
        event = f"file {outcome.status}"
        if outcome.status in _UNREAD:
            self._log.warning(event, file=outcome.file_name, reason=outcome.message)
        else:
            self._log.debug(event, file=outcome.file_name, documents=outcome.document_count)

    def table(self, name: str, changes: RowCounts) -> None:
        self._log.info(
            "table published",
            table=name,
            inserted=changes.inserted,
            updated=changes.updated,
            deleted=changes.deleted,
            rows=changes.rows,
        )

    def note(self, message: str) -> None:
        self._log.warning(message)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
