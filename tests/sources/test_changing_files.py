"""Files that are written, replaced or deleted while a run goes on, and after it."""

import fcntl
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from conftest import Project

from firmograph.engine.base import InProcess
from firmograph.pipeline import run as pipeline
from firmograph.pipeline.report import Report
from firmograph.storage import posix

NAME = "tarn_data_blocks_20260504.json"
LINES = "tarn_data_blocks_20260504.jsonl"
A = b'{"duns":"100000001","primaryName":"A"}'
B = b'{"duns":"100000002","primaryName":"B"}'
needs_leases = pytest.mark.skipif(
    not hasattr(fcntl, "F_SETLEASE"), reason="this system knows no leases"
)


def companies(project: Project) -> list[str]:
    return [row["n"] for row in project.sql("SELECT primary_name AS n FROM dw_company_data")]


def without_leases(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the system does not tell who has a file open, as on a network drive."""
    monkeypatch.setattr(posix.fcntl, "F_SETLEASE", -1)


@needs_leases
def test_file_that_somebody_writes_waits_for_the_next_run(project: Project) -> None:
    path = project.folders.uploads / NAME
    lines = project.folders.uploads / LINES
    with path.open("wb", 0) as writer, lines.open("wb", 0) as other:
        writer.write(A[:20])
        other.write(B + b"\n")
        report = project.run()
        assert (dict(report.totals.files), report.status) == ({"deferred": 2}, "ok")
        assert report.notes == [
            f"deferred: {NAME}: another process has it open for writing",
            f"deferred: {LINES}: another process has it open for writing",
        ]
        writer.write(A[20:])
    assert dict(project.run().totals.files) == {"ingested": 2}
    assert sorted(companies(project)) == ["A", "B"]


def test_file_that_is_written_on_after_the_run_is_read_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_leases(monkeypatch)
    with (
        (project.folders.uploads / NAME).open("wb", 0) as writer,
        (project.folders.uploads / LINES).open("wb", 0) as other,
    ):
        writer.write(A[:20])
        other.write(B + b"\n")
        report = project.run()
        assert dict(report.totals.files) == {"unreadable": 1, "ingested": 1}
        writer.write(A[20:])
        other.write(B.replace(b"2", b"3") + b"\n")
    report = project.run()
    assert dict(report.totals.files) == {"ingested": 2}
    assert sorted(report.notes) == [
        "refusals closed, since their corrections arrived: 1",
        f"{NAME} was written on after it was read: it is read again",
        f"{LINES} was written on after it was read: it is read again",
    ]
    assert sorted(companies(project)) == ["A", "B", "B"]
    assert project.names(project.folders.processed) == [NAME, LINES]
    assert project.names(project.folders.quarantined) == []
    assert dict(project.run().totals.files) == {}


def test_file_that_is_only_touched_after_the_run_stays(project: Project) -> None:
    path = project.folders.processed / project.drop(NAME, A).name
    project.run()
    os.utime(path)
    assert dict(project.run().totals.files) == {}
    assert path.exists()


def test_namesake_of_a_later_run_is_not_taken_for_a_change(project: Project) -> None:
    for content in (A, B):
        project.drop(NAME, content)
        project.run()
    assert dict(project.run().totals.files) == {}
    assert len(list(project.folders.processed.rglob(NAME))) == 2


def replace_by(content: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        other = path.with_suffix(".other")
        other.write_bytes(content)
        other.rename(path)

    return change


@pytest.mark.parametrize("slots", [None, 3])
def test_what_is_moved_is_what_was_read(
    project: Project, slots: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files change between reading and moving, whether tasks read them or this process does."""
    if slots is not None:
        monkeypatch.setattr(InProcess, "slots", slots)
    changes: dict[str, Callable[[Path], object]] = {
        "a_data_blocks_20260504.json": replace_by(B),
        "b_data_blocks_20260504.json": lambda path: path.write_bytes(A + b"\n" + B),
        "c_data_blocks_20260504.json": Path.unlink,
        "d_data_blocks_20260504.json": Path.stat,  # no change
        "e_data_blocks_20260504.json.gz": replace_by(A),
    }
    for number, name in enumerate(changes, 1):
        project.drop(name, b'{"duns":"20000000%d","primaryName":"%d"}' % (number, number))
    move = pipeline._move

    def change_then_move(
        run: pipeline.RunContext, blocks: Iterable[list[pipeline.FileOutcome]]
    ) -> object:
        while changes:
            name, change = changes.popitem()
            change(project.folders.uploads / name)
        return move(run, blocks)

    monkeypatch.setattr(pipeline, "_move", change_then_move)
    report = project.run()
    assert dict(report.totals.files) == {"ingested": 4, "unreadable": 1}
    assert _changed(report) == ["a", "b", "c", "e"]
    assert [name[0] for name in project.names(project.folders.uploads)] == ["a", "b", "e"]
    assert [name[0] for name in project.names(project.folders.processed)] == ["d"]
    assert sorted(companies(project)) == ["1", "2", "3", "4"]
    assert dict(project.run().totals.files) == {"ingested": 2, "unreadable": 1}
    assert sorted(companies(project)) == ["1", "2", "3", "4", "A", "B"]


def _changed(report: Report) -> list[str]:
    return [note[0] for note in report.notes if "changed after it was read" in note]
