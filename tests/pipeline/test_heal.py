"""What a rebuild heals, what remains restorable, and what a run says when it stops."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import pytest
from conftest import Project
from documents import organization, response
from publish.histories import copy_of, live_through
from publish.tables import delta_path, open_delta, state
from workflows import retry_refused, roll_back

import firmograph
from firmograph.errors import LakeError, UsageError, first_line
from firmograph.pipeline import run as pipeline
from firmograph.pipeline.maintenance import vacuum
from firmograph.verify.verify import verify


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a history, to be copied and never changed."""
    project = Project(tmp_path_factory.mktemp("heal") / "lived")
    live_through(project)
    return project


@pytest.fixture
def old(lived: Project, tmp_path: Path) -> Project:
    return copy_of(lived, tmp_path / "old")


def data_files(project: Project, name: str) -> list[Path]:
    table = open_delta(project, name)
    return [delta_path(project, name) / Path(uri).name for uri in table.file_uris()]


def lose_files(project: Project) -> None:
    """A file of a table, of a mart and of the heads is lost, another is cut off."""
    for name in ("dw_stock_exchanges", "app_stocks_by_company", "tb_entity_heads"):
        data_files(project, name)[0].unlink()
    cut = data_files(project, "dw_company_data")[0]
    cut.write_bytes(cut.read_bytes()[:100])


def lose_folders(project: Project) -> None:
    for name in ("dw_industry_code", "tb_tree_pages", "app_stocks_by_company"):
        shutil.rmtree(delta_path(project, name))


def cut_logs(project: Project) -> None:
    for name in ("dw_company_data", "app_stocks_by_company"):
        newest = max((delta_path(project, name) / "_delta_log").glob("*.json"))
        newest.write_bytes(newest.read_bytes()[:50])


@pytest.mark.parametrize("damage", [lose_files, lose_folders, cut_logs])
def test_rebuild_heals_what_follows_from_ods(
    damage: Callable[[Project], None], old: Project
) -> None:
    before = state(old)
    damage(old)
    report = old.rebuild()
    assert "lost and rebuilt: " in report.notes[0]
    assert state(old) == before
    verdict = verify(old.storages.lake, old.storages.processed)
    assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []
    vacuum(old.storages, old.limits, old.contracts)
    assert state(old) == before
    assert not any(change.any for change in old.run().tables.values())
    with pytest.raises(UsageError, match="snapshot 1 is not kept"):
        roll_back(old, 1)


def test_snapshot_whose_files_a_vacuum_deleted_is_not_restored(project: Project) -> None:
    for day in (1, 2):
        time = f"2026-03-{day:02}T00:00:00Z"
        project.drop(f"a_data_blocks_202603{day:02}.json", response(organization(name=time), time))
        project.run()
    lake = firmograph.Project(project.root, snapshots_kept=1)
    lake.vacuum()
    with firmograph.Project(project.root).open() as reader:
        assert [s.is_restorable for s in reader.snapshots()] == [True, True, False]
    with pytest.raises(UsageError, match="snapshot 1 cannot be restored: files of dw_company_data"):
        roll_back(project, 1)


def test_source_time_is_judged_when_a_document_is_retried(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = f"{datetime.now(UTC) + timedelta(hours=30):%Y-%m-%dT%H:%M:%SZ}"
    project.drop("a_data_blocks_20260301.json", response(organization(), ahead))
    assert project.run().totals.documents.quarantined == 1
    assert retry_refused(project).totals.documents.quarantined == 1

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + timedelta(hours=10)

    monkeypatch.setattr("firmograph.pipeline.context.datetime", Tomorrow)
    assert retry_refused(project).totals.documents.published == 1
    assert project.rebuild().totals.documents.published == 0
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]


def test_rebuild_as_of_keeps_decisions_marts_contracts_and_settings(
    project: Project, tmp_path: Path
) -> None:
    project.drop("keep_data_blocks_20260301.json", response(organization()))
    project.drop("drop_data_blocks_20260301.json", response(organization("100000002")))
    project.drop("bad_data_blocks_20260301.json", {"duns": "12345", "primaryName": "Bad"})
    project.folders.marts.mkdir()
    (project.folders.marts / "app_own.sql").write_text("SELECT duns FROM dw_company_data", "utf-8")
    (project.root / "firmograph.toml").write_text("[storage]\nsnapshots_kept = 7\n", "utf-8")
    (project.root / "contracts").mkdir()
    (project.root / "contracts" / "notes.txt").write_text("ours", "utf-8")
    project.run()
    later = "later_data_blocks_20260301.json"
    project.drop(later, response(organization("100000003")))
    project.run()
    ids = {
        row["file_name"].split("_")[0]: row["document_id"]
        for row in project.sql("SELECT file_name, document_id FROM ods_datablocks_raw")
    }
    lake = firmograph.Project(project.root)
    lake.rollback(1)
    lake.discard(ids["bad"], "a test")
    lake.withdraw(ids["drop"], "another company's")
    into = tmp_path / "other"
    report = lake.rebuild(as_of=date(2099, 1, 1), into=into)
    assert report.withdrawn_count == 2
    other = Project(into)
    for _ in range(2):
        assert other.sql("SELECT duns FROM app_own") == [{"duns": "100000001"}]
        assert retry_refused(other).totals.documents.retried == 0
        assert other.run().status == "ok"
    assert (into / "contracts" / "notes.txt").read_text("utf-8") == "ours"
    assert firmograph.Project(into).settings.snapshots_kept == 7


def test_run_that_stops_says_whether_it_published(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))

    def stop(*_: object) -> None:
        raise OSError("Generic LocalFileSystem error\n  \u21b3 Unable to rename file")

    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "_stage_unpublished", stop)
        with pytest.raises(LakeError, match="the run stopped: Unable to rename file") as before:
            project.run()
    assert str(before.value.hint).startswith("nothing was published; ")
    with monkeypatch.context() as patched:
        patched.setattr("firmograph.pipeline.context.maintain_logs", stop)
        with pytest.raises(LakeError) as after:
            project.run()
    assert str(after.value.hint).startswith("snapshot 1 was published and stays; ")
    data_files(project, "ods_datablocks_raw")[0].unlink()
    with pytest.raises(LakeError) as lost:
        project.rebuild()
    assert "files of ODS do not follow from anything else" in str(lost.value.hint)


def test_first_line_tells_the_causes() -> None:
    assert first_line(OSError("No table\n  \u21b3 no log\nmore")) == "No table: no log"
    assert first_line(OSError("a\nLINE 1: b")) == "a"
    assert first_line(ValueError()) == "ValueError"
