"""The folders and limits of a run, and its report."""

from dataclasses import asdict, dataclass, field
from pathlib import Path

from firmograph.control.snapshots import DataTestResult, WaitingTree
from firmograph.control.totals import Totals
from firmograph.engine.base import RowCounts, SparkOptions
from firmograph.lake.tuning import Tuning
from firmograph.sources.ignored import NotDeliveries
from firmograph.storage.base import Storage

FILE_STATUSES = ("ingested", "duplicate", "unreadable", "unknown", "deferred")


@dataclass(frozen=True)
class Folders:
    """Where a project's files are.

    Attributes:
        root: paths in the tables are relative to it.
        uploads: files to ingest.
        processed: files that were ingested.
        quarantined: files that could not be read.
        lake: the tables.
        marts: the SQL files of the user's own marts.
    """

    root: Path
    uploads: Storage
    processed: Storage
    quarantined: Storage
    lake: Storage
    marts: Path

    @property
    def others(self) -> list[str]:
        """The urls of the folders that hold no uploads, which may lie in the upload folder."""
        return [folder.url for folder in (self.processed, self.quarantined, self.lake)]

    @property
    def has_atomic_moves(self) -> bool:
        """Whether a file that a killed run was moving is in one place; in a bucket it is copied."""
        return self.uploads.is_local and self.processed.is_local

    @property
    def targets(self) -> dict[str, Storage]:
        """Where files that were read are moved to, by status."""
        return {
            "ingested": self.processed,
            "duplicate": self.processed / "duplicates",
            "unreadable": self.quarantined,
        }


@dataclass(frozen=True)
class Limits:
    """How much a run may use.

    Attributes:
        max_document_bytes: a file with a larger document is unreadable.
        memory_limit: how much memory queries may use before they spill, such as ``2GB``.
        wait_seconds: how long to wait for another run.
        snapshots_kept: how many snapshots can be rolled back to.
        workers: how many processes may parse documents.
        spark: the Spark to work on; None for this machine.
        tuning: how work is divided.
        settle_seconds: a file that ends too early is deferred if it changed this recently.
        is_recursive: whether files in folders of the upload folder are read.
        ignored: files that are not deliveries.
        query_seconds: how long a mart's query may take; 0 for any time.
        after: what becomes of uploads that were read: ``move``, ``keep`` or ``delete``.
        is_replica: whether the lake must not be written to.
    """

    max_document_bytes: int
    memory_limit: str
    wait_seconds: float = 0
    snapshots_kept: int = 30
    workers: int = 1
    spark: SparkOptions | None = None
    tuning: Tuning = field(default_factory=Tuning)
    settle_seconds: float = 0.0
    is_recursive: bool = False
    ignored: NotDeliveries = field(default_factory=NotDeliveries)
    query_seconds: float = 0.0
    after: str = "move"
    is_replica: bool = False


@dataclass(frozen=True)
class FilesTouched:
    """What a vacuum or a compaction did.

    Attributes:
        files: by table, how many files were deleted, or how many fewer there are now.
    """

    files: dict[str, int]


@dataclass
class Report:
    """What a run did, for people and programs.

    Attributes:
        run_id: of the run; sorts by time.
        totals: the control totals: files, documents and list elements.
        tables: changes by table.
        waiting_trees: family trees that lack pages, by global DUNS.
        mart_failures: why a mart could not be built, by mart.
        test_results: of the data tests, by test.
        refusal_count: how many violations were added to the quarantine.
        finding_count: how many warnings were counted.
        withdrawn_count: how many documents are withdrawn and not in the tables.
        inaccessible_count: how many files are deferred since something keeps them from being read.
        notes: messages for the user.
        snapshot_id: the newest snapshot after the run.
        duration_seconds: of the run.
    """

    run_id: str
    totals: Totals = field(default_factory=Totals)
    tables: dict[str, RowCounts] = field(default_factory=dict)
    waiting_trees: dict[str, WaitingTree] = field(default_factory=dict)
    mart_failures: dict[str, str] = field(default_factory=dict)
    test_results: dict[str, DataTestResult] = field(default_factory=dict)
    refusal_count: int = 0
    finding_count: int = 0
    withdrawn_count: int = 0
    inaccessible_count: int = 0
    notes: list[str] = field(default_factory=list)
    snapshot_id: int = 0
    duration_seconds: float = 0.0

    @property
    def status(self) -> str:
        """``ok``, ``refused``, or ``failed`` if a mart or a data test failed.

        It is ``refused`` also if a file that is unknown or inaccessible stays in the uploads.
        """
        failed = any(result.fails_run for result in self.test_results.values())
        if self.mart_failures or failed:
            return "failed"
        is_left = self.totals.files["unknown"] or self.inaccessible_count
        return "refused" if self.is_refused or is_left else "ok"

    @property
    def is_refused(self) -> bool:
        """Whether a file, a document or a part of one was refused."""
        totals = self.totals
        refused = (totals.documents.quarantined, totals.elements.rejected, self.refusal_count)
        return any(refused) or bool(totals.files["unreadable"])

    @property
    def exit_code(self) -> int:
        """0 if all is well, 1 if it failed, 3 if something was refused or cannot be read."""
        return {"ok": 0, "failed": 1, "refused": 3}[self.status]

    def as_dict(self) -> dict[str, object]:
        """The report as ``run --json`` prints it."""
        return {
            "run_id": self.run_id,
            "status": self.status,
            "message": "; ".join(self._failures()) or None,
            "snapshot_id": self.snapshot_id,
            "files": {
                "seen": self.totals.files_seen,
                **{name: self.totals.files[name] for name in FILE_STATUSES},
            },
            "documents": asdict(self.totals.documents),
            "withdrawn": self.withdrawn_count,
            "elements": asdict(self.totals.elements),
            "tables": {name: asdict(change) for name, change in self.tables.items()},
            "waiting_trees": {key: asdict(tree) for key, tree in self.waiting_trees.items()},
            "mart_failures": self.mart_failures,
            "data_tests": {name: asdict(result) for name, result in self.test_results.items()},
            "refusal_count": self.refusal_count,
            "warning_count": self.finding_count,
            "notes": self.notes,
            "duration_seconds": round(self.duration_seconds, 3),
        }

    def _failures(self) -> list[str]:
        """Why the run failed, if it did."""
        tests = self.test_results.items()
        return [
            *(f"mart {name} was not built: {why}" for name, why in self.mart_failures.items()),
            *(f"data test {name} failed: {r.message}" for name, r in tests if r.fails_run),
        ]
