"""What a run is given, whom it tells of its progress, and what it reports."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from firmograph.control.totals import Totals
from firmograph.engine.base import RowCounts, SparkOptions
from firmograph.ingest.outcome import FileOutcome
from firmograph.lake.tuning import Tuning
from firmograph.publish.trees.assemble import WaitingTree
from firmograph.storage.base import Storage

FILE_STATUSES = ("ingested", "duplicate", "unreadable", "unknown", "deferred")


@dataclass(frozen=True)
class Folders:
    """Where a project's files are.

    Attributes:
        root: what paths in the tables are relative to.
        uploads: files to take in.
        processed: files taken in.
        quarantined: files that could not be read.
        lake: the tables.
        marts: the user's own marts.
    """

    root: Path
    uploads: Storage
    processed: Storage
    quarantined: Storage
    lake: Storage
    marts: Path


@dataclass(frozen=True)
class Limits:
    """How much a run may use.

    Attributes:
        max_document_bytes: a file with a larger document is unreadable.
        memory_limit: what queries hold in memory before they spill, as ``2GB``.
        wait_seconds: how long to wait for another run.
        snapshots_kept: how many snapshots can be rolled back to.
        workers: how many processes read large uploads, or all of ODS.
        spark: where to publish on Spark; on this machine where None.
        tuning: how work is cut into pieces.
    """

    max_document_bytes: int
    memory_limit: str
    wait_seconds: float = 0
    snapshots_kept: int = 30
    workers: int = 1
    spark: SparkOptions | None = None
    tuning: Tuning = field(default_factory=Tuning)


class ProgressListener:
    """Told of a run's progress; the command line shows it."""

    def started(self, file_count: int) -> None:
        """The uploads were counted."""

    def file(self, outcome: FileOutcome) -> None:
        """A file was read."""

    def table(self, name: str, changes: RowCounts) -> None:
        """A table was published."""

    def note(self, message: str) -> None:
        """Something a person should know."""


@dataclass
class Report:
    """What a run did, for people and programs."""

    run_id: str
    sums: Totals = field(default_factory=Totals)
    tables: dict[str, RowCounts] = field(default_factory=dict)
    waiting_trees: dict[str, WaitingTree] = field(default_factory=dict)
    mart_failures: dict[str, str] = field(default_factory=dict)
    refusal_count: int = 0
    finding_count: int = 0
    notes: list[str] = field(default_factory=list)
    snapshot_id: int = 0
    duration_seconds: float = 0.0

    def take(
        self,
        tables: dict[str, RowCounts],
        waiting_trees: dict[str, WaitingTree],
        mart_failures: dict[str, str],
    ) -> None:
        """Takes over what a publish did."""
        self.tables.update(tables)
        self.waiting_trees = waiting_trees
        self.mart_failures = mart_failures

    @property
    def status(self) -> str:
        """``ok``, ``refused`` where something was, ``failed`` where a mart could not be built."""
        refused = (
            self.sums.documents.quarantined,
            self.sums.elements.rejected,
            self.sums.files["unreadable"],
            self.refusal_count,
        )
        return "failed" if self.mart_failures else "refused" if any(refused) else "ok"

    @property
    def exit_code(self) -> int:
        """0 all well, 1 failed, 3 done with something refused or unreadable."""
        return {"ok": 0, "failed": 1, "refused": 3}[self.status]

    def as_dict(self) -> dict[str, Any]:
        """The report as ``run --json`` prints it."""
        files = {name: self.sums.files[name] for name in FILE_STATUSES}
        documents = asdict(self.sums.documents)
        del documents["waiting_before"], documents["retried"]
        return {
            "run_id": self.run_id,
            "status": self.status,
            "files": {"seen": self.sums.files_seen, **files},
            "documents": documents,
            "tables": {name: asdict(change) for name, change in self.tables.items()},
            "duration_seconds": round(self.duration_seconds, 3),
        }
