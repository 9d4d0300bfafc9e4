"""An older snapshot whose files a vacuum deleted is told as such, not as damage."""

import pytest
from conftest import Project as Fresh
from documents import organization, response

from firmograph.errors import LakeError
from firmograph.project import Project


def publish(project: Fresh, name: str, month: int) -> None:
    document = response(organization("100000001", name), f"2026-{month:02}-01T00:00:00Z")
    project.drop(f"c{month}_data_blocks_2026{month:02}01.json", document)
    project.run()


def test_sql_over_files_that_a_vacuum_deleted_names_the_readable_snapshots(project: Fresh) -> None:
    for month, name in enumerate(("First AG", "Second AG", "Third AG"), 1):
        publish(project, name, month)
    Project(project.root, snapshots_kept=2).vacuum()  # publishes snapshot 4, too
    with (
        Project(project.root).open(1) as reader,
        pytest.raises(LakeError, match="table dw_company_data cannot be read") as raised,
    ):
        reader.sql("SELECT * FROM dw_company_data")
    assert raised.value.hint == (
        "a vacuum deletes what only older snapshots need; readable are 2 to 4"
    )


def test_missing_file_of_the_newest_snapshot_is_damage(project: Fresh) -> None:
    publish(project, "First AG", 1)
    for file in (project.folders.lake / "dw" / "dw_company_data").glob("*.parquet"):
        file.unlink()
    with (
        Project(project.root).open(1) as reader,
        pytest.raises(LakeError, match="is missing") as raised,
    ):
        reader.sql("SELECT * FROM dw_company_data")
    assert "restore the file from a backup" in str(raised.value.hint)


def test_drift_of_an_older_snapshot_reads_its_documents_alone(project: Fresh) -> None:
    publish(project, "First AG", 1)
    publish(project, "Second AG", 2)
    opened = Project(project.root)
    assert [one.documents.stored for one in opened.drift("data_blocks", snapshot_id=1)] == [1]
    assert [one.documents.stored for one in opened.drift("data_blocks")] == [2]
