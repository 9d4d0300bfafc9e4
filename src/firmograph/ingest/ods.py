"""The appends of one ingest to the tables of ODS, whichever process writes the files."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from firmograph.engine.base import Engine
from firmograph.ingest.exchange import IngestContext
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.worker import Worker
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Violation
from firmograph.lake.appender import TableAppender
from firmograph.lake.parquet import WrittenFile
from firmograph.staging.batches import DocumentRef
from firmograph.staging.schema import entity_columns
from firmograph.staging.spill import SpillBuffer, Spilled
from firmograph.staging.tables import StagingTables


class OdsLoad:
    """Adds the documents of an ingest to ODS, and stages their rows for the publish.

    Args:
        engine: of the lake.
        kernels: by document type.
        staging: receives the rows, so that no document is parsed twice in a run.
        context: of the ingest.
    """

    def __init__(
        self,
        engine: Engine,
        kernels: Mapping[str, Kernel],
        staging: StagingTables,
        context: IngestContext,
    ) -> None:
        self.engine = engine
        self.context = context
        self._kernels = kernels
        self._staging = staging
        self._appenders: dict[str, TableAppender] = {
            kind: engine.store.appender(name) for kind, name in engine.lake.ods_tables.items()
        }

    def new_worker(self, *, in_background: bool = False) -> Worker:
        """Returns a worker that writes files of its own.

        Args:
            in_background: whether it writes in a thread of its own.
        """
        writers = {
            kind: appender.in_background() if in_background else appender.new_writer()
            for kind, appender in self._appenders.items()
        }
        return Worker(self._kernels, writers, self._buffer(self.engine.spill), self.context)

    def new_task_worker(self) -> Worker:
        """Returns a worker for a task that may run on another machine, and reads only new files."""
        writers = {
            kind: appender.new_writer(for_task=True) for kind, appender in self._appenders.items()
        }
        buffer = self._buffer(self.engine.lake.task_spill)
        return Worker(self._kernels, writers, buffer, self.context._replace(known=()))

    def _buffer(self, folder: Path | None) -> SpillBuffer:
        tuning = self.context.tuning
        return SpillBuffer(
            folder,
            entity_columns(kernel.contract for kernel in self._kernels.values()),
            held_bytes=tuning.held_bytes,
            held_table_bytes=tuning.held_table_bytes,
        )

    def commit(
        self, written: Iterable[Mapping[str, list[WrittenFile]]], spilled: list[Spilled]
    ) -> None:
        """Commits the files that workers wrote, one commit per table, and stages their rows."""
        files = list(written)
        for kind, appender in self._appenders.items():
            appender.commit([file for some in files for file in some.get(kind, [])])
        for one in spilled:
            self._staging.load(one)

    def refuse(self, outcomes: Iterable[FileOutcome]) -> None:
        """Stages the refused parts of files."""
        for outcome in outcomes:
            kind, sha256 = outcome.document_type or "", outcome.sha256 or ""
            ref = DocumentRef(kind, 0, sha256, outcome.file_name, 0)
            for refusal in outcome.refusals:
                violation = Violation(refusal.rule, "$", refusal.part, refusal.reason)
                self._staging.add_refusals(ref, [violation])
