"""The results of a reader's methods."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from firmograph.control.snapshots import DataTestResult, WaitingTree
from firmograph.control.totals import Totals


@dataclass(frozen=True)
class LastRun:
    """The ledger's entry of the newest run.

    Attributes:
        file_name: always None; the entry is of a whole run.
        activity: always ``run``.
        status: ``ok``, ``refused`` or ``failed``.
        script: the command that ran.
        load_timestamp: when the run began, UTC.
        run_id: the run.
        file_path: always None.
        file_sha256: always None.
        file_bytes: always None.
        document_count: documents received.
        row_count: rows inserted, updated and deleted.
        message: notes of the run.
        duration_seconds: of the run.
    """

    file_name: str | None
    activity: str
    status: str
    script: str
    load_timestamp: datetime
    run_id: str
    file_path: str | None
    file_sha256: str | None
    file_bytes: int | None
    document_count: int
    row_count: int
    message: str | None
    duration_seconds: float


@dataclass(frozen=True)
class Freshness:
    """How recent the published documents of one type are.

    Attributes:
        document_type: such as ``data_blocks``.
        entities: how many have published documents.
        newest_source: the vendor's time of the newest document.
    """

    document_type: str
    entities: int
    newest_source: datetime | None


@dataclass(frozen=True)
class Status:
    """The status of a lake.

    Attributes:
        last_run: the newest run, even if it failed; None before the first.
        last_finished_at: when the newest `run` that did not fail ended, UTC; None before the first.
        snapshot_id: of the snapshot; 0 before the first.
        published_at: when it was published, UTC.
        ingest_seq: the last document of ODS that is published.
        totals: of the run that published it; None before the first.
        waiting_trees: family trees that lack pages, by global DUNS.
        freshness: by document type.
        open_refusals: how many cases in the quarantine are open.
        data_tests: the results of the data tests, by test.
        withdrawn: how many documents are withdrawn and not in the tables.
        newer_snapshots: of a replica, how many newer snapshots are not whole yet.
    """

    last_run: LastRun | None
    last_finished_at: datetime | None
    snapshot_id: int
    published_at: datetime | None
    ingest_seq: int
    totals: Totals | None
    waiting_trees: dict[str, WaitingTree]
    freshness: list[Freshness]
    open_refusals: int
    data_tests: dict[str, DataTestResult]
    withdrawn: int
    newer_snapshots: int = 0

    def is_older_than(self, age: timedelta) -> bool:
        """Whether no run finished within the last so many seconds, minutes, hours or days."""
        return self.last_finished_at is None or datetime.now(UTC) - self.last_finished_at > age

    def as_dict(self) -> dict[str, object]:
        """The result as ``status --json`` prints it."""
        names = ("files", "documents", "elements")
        totals = self.totals.as_dict() if self.totals else {}
        return {
            "last_run": asdict(self.last_run) if self.last_run else None,
            "last_finished_at": self.last_finished_at,
            "snapshot_id": self.snapshot_id,
            "published_at": self.published_at,
            "ingest_seq": self.ingest_seq,
            "sums": {n: dict(sorted(totals[n].items())) if totals else None for n in names},
            "waiting_trees": {duns: asdict(tree) for duns, tree in self.waiting_trees.items()},
            "freshness": [asdict(fresh) for fresh in self.freshness],
            "open_refusals": self.open_refusals,
            "data_tests": {name: asdict(result) for name, result in self.data_tests.items()},
            "withdrawn": self.withdrawn,
            "newer_snapshots": self.newer_snapshots,
        }


@dataclass(frozen=True)
class TableInfo:
    """One table.

    Attributes:
        table: its zone and name, such as ``dw/dw_company_data``.
        rows: how many it holds.
        version: of the Delta table.
        changed_at: when that version was written, UTC.
    """

    table: str
    rows: int
    version: int
    changed_at: datetime | None

    def as_dict(self) -> dict[str, object]:
        """The result as ``tables --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class SnapshotInfo:
    """One snapshot.

    Attributes:
        snapshot: its id.
        published_at: when, UTC.
        run_id: the run that published it.
        ingest_seq: the last document of ODS that it publishes.
        documents: how many its run received.
        withdrawn: how many documents were withdrawn and not in its tables.
        is_restorable: whether it is kept, and its files are still there.
    """

    snapshot: int
    published_at: datetime | None
    run_id: str
    ingest_seq: int
    documents: int
    withdrawn: int
    is_restorable: bool

    def as_dict(self) -> dict[str, object]:
        """The result as ``snapshots --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class PublishedTable:
    """Where other programs find a table as it was published.

    Attributes:
        version: of the Delta table.
        path: of its folder.
    """

    version: int
    path: str

    def as_dict(self) -> dict[str, object]:
        """The result as ``snapshots --versions`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class RefusedCase:
    """A refused file, document, or set of elements of a document.

    Attributes:
        document_id: SHA-256 of the document; of the file if `scope` is ``file``.
        scope: ``file``, ``document`` or ``element``.
        file_name: the file it came in.
        record_number: line or element in the file.
        ingest_seq: its row in ODS; None if it is not in ODS.
        document_type: such as ``data_blocks``.
        entity_id: the DUNS, if it could be read.
        violations: how many there are.
        reason: of the first violation.
        rules: the rules broken.
        load_timestamp: when the run that refused it began, UTC.
        run_id: that run.
        attempt: the number of the attempt, from 1.
        status: ``open``.
    """

    document_id: str
    scope: str
    file_name: str
    record_number: int | None
    ingest_seq: int | None
    document_type: str | None
    entity_id: str | None
    violations: int
    reason: str
    rules: list[str]
    load_timestamp: datetime
    run_id: str
    attempt: int
    status: str

    def as_dict(self) -> dict[str, object]:
        """The result as ``quarantine list --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Violation:
    """One reason of one refusal: a row of ``tb_quarantine_files``.

    Attributes:
        file_name: the file it came in.
        reason: why, in a sentence.
        load_timestamp: when the run that refused it began, UTC.
        run_id: that run.
        document_id: SHA-256 of the document; of the file if `scope` is ``file``.
        document_type: such as ``data_blocks``.
        entity_id: the DUNS, if it could be read.
        record_number: line or element in the file.
        rule: the rule that was broken.
        json_path: the place in the document.
        value: the value seen, at most 200 characters.
        line: line in the document, from 1.
        column: column in that line, from 1.
        status: ``open``, ``redriven`` or ``discarded``.
        attempt: the number of the attempt, from 1.
        scope: ``file``, ``document`` or ``element``.
        ingest_seq: its row in ODS; None if it is not in ODS.
    """

    file_name: str
    reason: str
    load_timestamp: datetime
    run_id: str
    document_id: str
    document_type: str | None
    entity_id: str | None
    record_number: int | None
    rule: str
    json_path: str
    value: str | None
    line: int | None
    column: int | None
    status: str
    attempt: int
    scope: str
    ingest_seq: int | None

    def as_dict(self) -> dict[str, object]:
        """The result as ``quarantine show --json`` prints it."""
        return asdict(self)


@dataclass(frozen=True)
class Refusal:
    """One refused document.

    Attributes:
        violations: all of its latest attempt.
        document: its bytes; None if they are not in ODS.
    """

    violations: list[Violation]
    document: bytes | None
