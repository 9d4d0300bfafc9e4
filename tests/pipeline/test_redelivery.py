"""The same bytes under other names: a wrong name is corrected by renaming."""

import gzip
from typing import Any

import pytest
from conftest import Project
from documents import member, organization, response, tree_page

from firmograph.pipeline import publishing
from firmograph.verify.verify import verify

TREE = tree_page("100000009", [member("100000009")], count=1)
BARE = organization("100000001", "Alpine")
TIMED = response(organization("100000002", "Bex"), "2026-05-01T00:00:00Z")


def drop_again(project: Project, old: str, new: str) -> None:
    """Renames a file that was moved, and puts it back into the uploads."""
    (found,) = [p for p in project.root.glob(f"workingArea/*Files/{old}") if p.is_file()]
    found.rename(project.folders.uploads / new)


def rows(project: Project, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in project.sql(query)]


def ledger(project: Project, name: str) -> list[tuple[Any, ...]]:
    return rows(
        project,
        "SELECT status, message FROM tb_pipeline_control "
        f"WHERE file_name = '{name}' ORDER BY load_timestamp",
    )


def differences(project: Project) -> list[str]:
    verdict = verify(project.storages.lake, project.storages.processed)
    return [text for check in verdict.checks for text in check.differences.examples]


def drop_under_wrong_names(project: Project) -> None:
    project.drop(
        "gz_data_blocks_20260504.json",
        gzip.compress(b'{"duns":"100000003","primaryName":"C"}', mtime=0),
    )
    project.drop("tree_data_blocks_20260504.json", TREE)
    project.drop("new_data_blocks_20261001.json", BARE)  # dated too new
    project.drop("timed_data_blocks_20260504.json", TIMED)
    project.drop("json_data_blocks_20260504.json.gz", b'{"duns":"100000004","primaryName":"D"}')


def rename(project: Project) -> None:
    drop_again(project, "gz_data_blocks_20260504.json", "gz_data_blocks_20260504.json.gz")
    drop_again(project, "tree_data_blocks_20260504.json", "tree_family_tree_20260504.json")
    drop_again(project, "new_data_blocks_20261001.json", "new_data_blocks_20260501.json")
    drop_again(project, "timed_data_blocks_20260504.json", "other_data_blocks_20260401.json")
    drop_again(project, "json_data_blocks_20260504.json.gz", "json_data_blocks_20260504.json")
    newer = {**BARE, "primaryName": "Alpine, newer"}
    project.drop("newer_data_blocks_20260601.json", newer)


def rename_again(project: Project) -> None:
    """The same again, and once more under the wrong name: the last sound name counts."""
    drop_again(project, "new_data_blocks_20260501.json", "copy_data_blocks_20260501 (1).json")
    drop_again(project, "tree_family_tree_20260504.json", "tree_data_blocks_20260504.json")


def test_wrong_names_are_corrected_by_renaming(project: Project) -> None:
    drop_under_wrong_names(project)
    assert project.run().exit_code == 3
    names = "SELECT primary_name FROM dw_company_data ORDER BY duns"
    assert rows(project, names) == [("Alpine",), ("Bex",)]

    rename(project)
    report = project.run()
    assert dict(report.totals.files) == {"ingested": 5, "duplicate": 1}
    assert report.status == "ok"
    assert rows(project, names) == [("Alpine, newer",), ("Bex",), ("C",), ("D",)]
    assert rows(project, "SELECT global_duns FROM dw_family_tree") == [("100000009",)]
    assert ledger(project, "new_data_blocks_20260501.json") == [
        (
            "ingested",
            "supersedes the delivery of the same bytes as new_data_blocks_20261001.json",
        )
    ]
    assert ledger(project, "other_data_blocks_20260401.json") == [
        (
            "duplicate",
            "its bytes are in ODS already, delivered as timed_data_blocks_20260504.json",
        )
    ]
    closed = rows(
        project,
        "SELECT DISTINCT file_name, reason FROM tb_quarantine_files "
        "WHERE status = 'superseded' ORDER BY file_name",
    )
    assert [name.split("_")[0] for name, _ in closed] == ["gz", "json", "new", "tree"]
    assert closed[3][1] == ("the same bytes were delivered again as tree_family_tree_20260504.json")
    assert differences(project) == []

    rename_again(project)
    report = project.run()
    assert dict(report.totals.files) == {"duplicate": 1, "ingested": 1}
    assert report.totals.documents.quarantined == 1
    assert rows(project, "SELECT global_duns FROM dw_family_tree") == [("100000009",)]
    assert rows(project, names) == [("Alpine, newer",), ("Bex",), ("C",), ("D",)]
    assert differences(project) == []
    before = rows(project, names)
    project.rebuild()
    assert rows(project, names) == before
    assert differences(project) == []


def test_verify_finds_bytes_that_two_deliveries_hold_in_the_tables(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.drop("a_data_blocks_20261001.json", BARE)
    project.run()
    monkeypatch.setattr(publishing, "supersede_earlier", lambda *_: [])
    drop_again(project, "a_data_blocks_20261001.json", "a_data_blocks_20260501.json")
    project.run()
    assert differences(project) == [
        "a_data_blocks_20261001.json: its bytes were delivered again as "
        "a_data_blocks_20260501.json, and 1 of its documents are still accepted"
    ]
