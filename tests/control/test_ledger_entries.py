"""The ledger: one entry per file and one for the run, appended and never changed."""

from datetime import UTC, datetime

import pytest
from conftest import Json, Project
from documents import organization, response
from publish.histories import change_contract
from publish.tables import column, count, one, query

from firmograph.errors import ContractError, SettingsError

RUNS = "SELECT script, status, document_count, row_count FROM tb_pipeline_control "
RUN_ENTRIES = f"{RUNS} WHERE activity = 'run' ORDER BY load_timestamp"
DOCUMENT = '{"duns": "100000001", "primaryName": "Alpine Cocoa AG"}'
DOCUMENT_SHA256 = "1e0e32cdd55c00571a898a3f5b3e3e1f426a681b0035e9f26dc26d9402de094d"


def files(project: Project) -> dict[str, str]:
    """Status of each file in the last run."""
    rows = query(
        project,
        "SELECT file_name, status FROM tb_pipeline_control WHERE activity = 'ingest' "
        "AND run_id = (SELECT max_by(run_id, load_timestamp) FROM tb_pipeline_control)",
    )
    return {row["file_name"]: row["status"] for row in rows}


def test_file_has_an_entry_with_its_hash_size_and_documents(project: Project) -> None:
    found = project.drop("alpine_data_blocks_20260301.json", DOCUMENT).stat()
    version = f"55-{found.st_mtime_ns}-{found.st_ino}"
    before = datetime.now(UTC)
    report = project.run()
    row = one(project, "SELECT * FROM tb_pipeline_control WHERE activity = 'ingest'")
    assert before <= row.pop("load_timestamp") <= datetime.now(UTC)
    assert row == {
        "file_name": "alpine_data_blocks_20260301.json",
        "activity": "ingest",
        "status": "ingested",
        "script": "run",
        "run_id": report.run_id,
        "file_path": "workingArea/uploads/alpine_data_blocks_20260301.json",
        "file_sha256": DOCUMENT_SHA256,
        "file_bytes": 55,
        "document_count": 1,
        "row_count": None,
        "message": None,
        "duration_seconds": None,
        "file_version": version,
    }


def test_every_file_seen_has_an_entry_whatever_became_of_it(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", DOCUMENT)
    project.drop("b_data_blocks_20260301.json", DOCUMENT)
    project.drop("c_data_blocks_20260301.json.gz", b"not gzip")
    project.drop("d_data_blocks_20261345.json", DOCUMENT)
    project.drop("notes.txt", "hello")
    project.drop("e_data_blocks_20260301.json", "")
    report = project.run()
    assert files(project) == {
        "a_data_blocks_20260301.json": "ingested",
        "b_data_blocks_20260301.json": "duplicate",
        "c_data_blocks_20260301.json.gz": "unreadable",
        "d_data_blocks_20261345.json": "unknown",
        "e_data_blocks_20260301.json": "unreadable",
        "notes.txt": "unknown",
    }
    messages = "SELECT count(message) AS n FROM tb_pipeline_control WHERE activity = 'ingest'"
    assert one(project, messages) == {"n": 5}
    assert report.totals.files_seen == 6
    assert project.names(project.folders.uploads) == ["d_data_blocks_20261345.json", "notes.txt"]


def test_run_has_an_entry_with_its_documents_and_rows(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.drop("b_data_blocks_20260301.json", {"primaryName": "No DUNS"})
    project.run()
    project.run()
    project.rebuild()
    # company, industry code, listing, mart, and two documents in ODS
    assert query(project, RUN_ENTRIES) == [
        entry("run", "refused", 2, 6),
        entry("run", "ok", 0, 0),
        entry("rebuild", "refused", 2, 0),
    ]


def entry(script: str, status: str, document_count: int, row_count: int) -> Json:
    return {
        "script": script,
        "status": status,
        "document_count": document_count,
        "row_count": row_count,
    }


def test_entries_of_earlier_runs_stay(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", DOCUMENT)
    project.run()
    earlier = query(project, "SELECT * FROM tb_pipeline_control ORDER BY activity")
    project.run()
    first = earlier[0]["run_id"]
    kept = f"SELECT * FROM tb_pipeline_control WHERE run_id = '{first}' ORDER BY activity"
    assert query(project, kept) == earlier
    assert count(project, "tb_pipeline_control") == 3


def test_failed_run_has_an_entry_with_the_reason(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", DOCUMENT)
    project.run()
    change_contract(project, "sic_id: primaryIndustryCode.usSicV4\n", "sic_id: other\n")
    with pytest.raises(ContractError):
        project.run()
    row = one(project, "SELECT status, message FROM tb_pipeline_control WHERE status = 'failed'")
    assert "dw_company_data.sic_id" in row["message"]


def test_run_without_an_upload_folder_fails_and_says_so(project: Project) -> None:
    project.run()
    project.folders.uploads.rmdir()
    with pytest.raises(SettingsError, match="upload folder"):
        project.run()
    assert column(project, "SELECT status FROM tb_pipeline_control ORDER BY load_timestamp") == [
        "ok",
        "failed",
    ]
