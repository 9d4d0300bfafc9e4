"""What becomes of uploads that were read: moved, kept where they are, or deleted."""

import os
from dataclasses import replace

import pytest
from conftest import Project
from documents import organization

from firmograph.verify.verify import verify

A, B = "a_data_blocks_20260301.json", "b_data_blocks_20260301.jsonl"
SOUND = organization("100000001")
BROKEN = '{"duns": "100000002", "primaryName": "B"}\n{"duns": '
LATER = organization("100000001", "Later")


@pytest.fixture
def after(project: Project, request: pytest.FixtureRequest) -> Project:
    """A project with a sound file, one with a bad stretch, one that is empty, and one unknown."""
    project.limits = replace(project.limits, after=request.param)
    project.drop(A, SOUND)
    project.drop(B, BROKEN)
    project.drop("c_data_blocks_20260301.json", "")
    project.drop("d.json", "{}")
    return project


def files(project: Project) -> dict[str, list[str]]:
    folders = project.folders
    places = {
        "uploads": folders.uploads,
        "processed": folders.processed,
        "quarantined": folders.quarantined,
    }
    return {name: found for name, place in places.items() if (found := project.names(place))}


def statuses(project: Project) -> dict[str, int]:
    return {name: count for name, count in project.run().totals.files.items() if count}


def companies(project: Project) -> list[str]:
    return [r["duns"] for r in project.sql("SELECT duns FROM dw_company_data ORDER BY duns")]


def assert_well(project: Project) -> None:
    verdict = verify(project.storages.lake, project.storages.processed)
    assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []


@pytest.mark.parametrize("after", ["keep"], indirect=True)
def test_kept_files_are_known_by_their_listing(after: Project) -> None:
    everything = [A, B, "c_data_blocks_20260301.json", "d.json"]
    assert statuses(after) == {"ingested": 2, "unreadable": 1, "unknown": 1}
    assert files(after) == {"uploads": everything}
    report = after.run()
    assert {name: n for name, n in report.totals.files.items() if n} == {"unknown": 1}
    assert "files that earlier runs read and kept in the upload folder: 3" in report.notes
    assert companies(after) == ["100000001", "100000002"]
    assert_well(after)


@pytest.mark.parametrize("after", ["keep"], indirect=True)
def test_kept_file_that_changed_is_read_again(after: Project) -> None:
    after.run()
    after.drop(A, LATER)
    assert statuses(after) == {"ingested": 1, "unknown": 1}
    assert after.sql("SELECT primary_name AS n FROM dw_company_data ORDER BY duns") == [
        {"n": "Later"},
        {"n": "B"},
    ]
    os.utime(after.folders.uploads / A)
    assert statuses(after) == {"duplicate": 1, "unknown": 1}
    assert statuses(after) == {"unknown": 1}


@pytest.mark.parametrize("after", ["keep"], indirect=True)
def test_kept_files_of_a_run_that_did_not_complete_are_read_again(
    after: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("firmograph.pipeline.run.publish_staged", stop)
        with pytest.raises(KeyboardInterrupt):
            after.run()
    assert statuses(after) == {"ingested": 2, "unreadable": 1, "unknown": 1}
    refused = after.sql("SELECT DISTINCT file_name FROM tb_quarantine_files ORDER BY 1")
    assert [row["file_name"] for row in refused] == [B, "c_data_blocks_20260301.json"]
    assert companies(after) == ["100000001", "100000002"]
    assert_well(after)


@pytest.mark.parametrize("after", ["delete"], indirect=True)
def test_only_files_that_are_whole_in_ods_are_deleted(after: Project) -> None:
    after.run()
    assert files(after) == {
        "uploads": ["d.json"],
        "processed": [B],
        "quarantined": ["c_data_blocks_20260301.json"],
    }
    after.drop("again_data_blocks_20260301.json", SOUND)
    assert statuses(after) == {"duplicate": 1, "unknown": 1}
    assert files(after)["uploads"] == ["d.json"]
    assert_well(after)


@pytest.mark.parametrize("after", ["keep"], indirect=True)
def test_kept_files_are_moved_once_that_is_wanted(after: Project) -> None:
    after.run()
    after.limits = replace(after.limits, after="move")
    assert statuses(after) == {"duplicate": 2, "unreadable": 1, "unknown": 1}
    assert files(after)["uploads"] == ["d.json"]
