"""A program that uses the public face, for mypy: nothing in it may be `Any`; it is never run."""

from datetime import date, datetime
from pathlib import Path
from typing import assert_type

import firmograph
from firmograph import (
    Check,
    DataTestResult,
    FileOutcome,
    FilesTouched,
    FirmographError,
    Freshness,
    LastRun,
    ProgressListener,
    Project,
    Reader,
    RefusedCase,
    Report,
    RowCounts,
    SnapshotInfo,
    TableInfo,
    Violation,
    WaitingTree,
)
from firmograph.drift.findings import Unnamed


class Listener(ProgressListener):
    """Hears of files and tables."""

    def file(self, outcome: FileOutcome) -> None:
        """A file was read."""
        assert_type(outcome.status, str)
        assert_type(outcome.message, str | None)

    def table(self, name: str, changes: RowCounts) -> None:
        """A table was published."""
        print(name, changes.inserted)


def publish(root: Path, session: object) -> None:
    """Runs and everything like it gives a report."""
    assert_type(firmograph.run(), Report)
    assert_type(firmograph.run(root, spark=session, memory_limit="4GB", workers=2), Report)
    project = Project(root, snapshots_kept=5, spark_conf=["spark.executor.memory=8g"])
    assert_type(project.run(listener=Listener()), Report)
    assert_type(project.run(marts_only=True), Report)
    assert_type(project.plan(), Report)
    assert_type(project.rebuild(as_of=date(2026, 3, 31), into=root / "march"), Report)
    assert_type(project.retry(rule="mandatory", dry_run=True), Report)
    assert_type(project.discard("0f", "withdrawn"), Report)
    assert_type(project.rollback(3), Report)
    assert_type(project.reinstate(), Report)
    report = project.run()
    assert_type(report.status, str)
    assert_type(report.exit_code, int)
    assert_type(report.totals.documents.published, int)
    assert_type(report.totals.files["ingested"], int)
    assert_type(report.tables, dict[str, RowCounts])
    assert_type(report.waiting_trees, dict[str, WaitingTree])
    assert_type(report.mart_failures, dict[str, str])
    assert_type(report.test_results, dict[str, DataTestResult])
    assert_type(report.as_dict(), dict[str, object])


def maintain(project: Project) -> None:
    """Maintenance and proof."""
    assert_type(project.vacuum(), FilesTouched)
    assert_type(project.compact().files, dict[str, int])
    verdict = project.verify(sample=None, seed=3)
    assert_type(verdict.is_ok, bool)
    assert_type(verdict.checks, list[Check])
    assert_type(verdict.as_dict(), dict[str, object])
    for drift in project.drift("data_blocks", sample=None):
        assert_type(drift.unnamed, list[Unnamed])


def read(project: Project) -> None:
    """The read side."""
    with project.open(4) as reader:
        assert_type(reader, Reader)
        status = reader.status()
        assert_type(status.last_run, LastRun | None)
        assert_type(status.published_at, datetime | None)
        assert_type(status.freshness, list[Freshness])
        assert_type(status.as_dict(), dict[str, object])
        assert_type(reader.tables(), list[TableInfo])
        assert_type(reader.snapshots(), list[SnapshotInfo])
        assert_type(reader.refusals(), list[RefusedCase])
        refusal = reader.refusal("0f")
        assert_type(refusal.violations, list[Violation])
        assert_type(refusal.document, bytes | None)


def fail(root: Path) -> str | None:
    """Errors."""
    try:
        Project(root).run()
    except FirmographError as error:
        assert_type(error.message, str)
        assert_type(error.exit_code, int)
        return error.hint
    return None
