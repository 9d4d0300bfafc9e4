import json
import os
from pathlib import Path
from typing import Any

import pytest
from archives import squeeze, zipped
from conftest import Project
from documents import organization, response

from firmograph.sources.disposal import move_all
from firmograph.storage.local import LocalStorage

NAME = "alpine_data_blocks_20260301.json"


def company(duns: str = "100000001", **more: Any) -> bytes:
    return json.dumps(response(organization(duns, **more))).encode()


def ledger(project: Project) -> list[tuple[str, str]]:
    rows = project.sql(
        "SELECT file_name, status FROM tb_pipeline_control WHERE activity = 'ingest' "
        "ORDER BY load_timestamp, file_name"
    )
    return [(row["file_name"], row["status"]) for row in rows]


def duns_of(project: Project) -> list[str]:
    return [r["duns"] for r in project.sql("SELECT duns FROM dw_company_data ORDER BY duns")]


def contents(folder: Path, name: str) -> list[bytes]:
    """What the files of one name hold, in a folder and below, sorted."""
    return sorted(path.read_bytes() for path in folder.rglob(name))


def test_move_keeps_what_stands_there(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for content in (b"1", b"2", b"3", b"3"):
        upload = tmp_path / "x.json"
        upload.write_bytes(content)
        move_all(LocalStorage(tmp_path), {"x.json": None}, LocalStorage(kept), "this run")
        assert not upload.exists()
    assert (kept / "x.json").read_bytes() == b"1"
    assert contents(kept, "x.json") == [b"1", b"2", b"3", b"3"]


def test_namesakes_of_a_run_lie_together(tmp_path: Path) -> None:
    kept, uploads = tmp_path / "kept", tmp_path / "uploads"
    uploads.mkdir()
    for run_id in ("first", "second", "second"):
        for name in ("x.json", "y.json"):
            (uploads / name).write_text(run_id)
        both = dict.fromkeys(["x.json", "y.json"])
        move_all(LocalStorage(uploads), both, LocalStorage(kept), run_id)
        assert list(uploads.iterdir()) == []
    assert {str(p.relative_to(kept)): p.read_text() for p in kept.rglob("*.json")} == {
        "x.json": "first",
        "y.json": "first",
        "second/x.json": "second",
        "second/y.json": "second",
        "second-2/x.json": "second",
        "second-2/y.json": "second",
    }


def test_move_does_not_write_through_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "x.json").symlink_to(tmp_path / "outside")
    (tmp_path / "x.json").write_bytes(b"1")
    move_all(LocalStorage(tmp_path), {"x.json": None}, LocalStorage(kept), "this run")
    assert (kept / "this run" / "x.json").read_bytes() == b"1"
    assert (kept / "x.json").is_symlink()
    assert not (tmp_path / "outside").exists()


def test_ingested_file_moves_to_processed_as_it_is(project: Project) -> None:
    content = project.drop(NAME, b"\xef\xbb\xbf" + company() + b"\n").read_bytes()
    assert project.run().totals.files == {"ingested": 1}
    assert project.names(project.folders.uploads) == []
    assert (project.folders.processed / NAME).read_bytes() == content
    assert ledger(project) == [(NAME, "ingested")]


def test_document_is_kept_without_bom_and_white_space(project: Project) -> None:
    project.drop(NAME, b'\xef\xbb\xbf\r\n {"duns":"100000001","primaryName":"A"} \n')
    project.run()
    assert project.sql(
        "SELECT company_name, file_name, file_path, raw_data, document_id, record_number, "
        "raw_encoding, ingest_seq, CAST(ref_date AS VARCHAR) AS ref_date FROM ods_datablocks_raw"
    ) == [
        {
            "company_name": "alpine",
            "file_name": NAME,
            "file_path": f"workingArea/uploads/{NAME}",
            "raw_data": '{"duns":"100000001","primaryName":"A"}',
            "document_id": "0ef7e89864b8782ef5cc230b1af659a6b4c7db32025ce07b3a46e4edacf5e032",
            "record_number": 1,
            "raw_encoding": "utf-8",
            "ingest_seq": 1,
            "ref_date": "2026-03-01",
        }
    ]


def test_duplicate_moves_to_duplicates_whatever_its_name(project: Project) -> None:
    project.drop(NAME, company())
    project.drop("other_data_blocks_20260302.json", company())
    report = project.run()
    assert report.status == "ok"
    assert report.totals.files == {"ingested": 1, "duplicate": 1}
    project.drop("third_data_blocks_20260303.json", company())
    assert project.run().totals.files == {"duplicate": 1}
    assert project.names(project.folders.processed) == [NAME]
    assert project.names(project.folders.processed / "duplicates") == [
        "other_data_blocks_20260302.json",
        "third_data_blocks_20260303.json",
    ]
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 1}]


def test_file_of_a_run_that_came_to_its_end_is_a_duplicate_though_its_copy_is_gone(
    project: Project,
) -> None:
    name = "alpine_data_blocks_20260301.json"
    content = b"[" + company()
    for status in ("ingested", "duplicate"):
        project.drop(name, content)
        assert project.run().totals.files == {status: 1}
        if status == "ingested":
            (project.folders.processed / name).unlink()
    assert ledger(project) == [(name, "ingested"), (name, "duplicate")]


def test_duplicate_that_is_a_hard_link_leaves_the_uploads(project: Project) -> None:
    project.drop(NAME, company())
    project.run()
    for _ in range(2):
        os.link(project.folders.processed / NAME, project.folders.uploads / NAME)
        assert project.run().totals.files == {"duplicate": 1}
        assert project.names(project.folders.uploads) == []
    assert (project.folders.processed / NAME).read_bytes() == company()


def test_changed_bytes_under_an_old_name_are_new(project: Project) -> None:
    project.drop(NAME, company())
    project.run()
    project.drop(NAME, company("100000002"))
    assert project.run().totals.files == {"ingested": 1}
    assert (project.folders.processed / NAME).read_bytes() == company()
    assert contents(project.folders.processed, NAME) == [company(), company("100000002")]
    assert duns_of(project) == ["100000001", "100000002"]


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a_data_blocks_20260301.json.gz", squeeze(company())[:-6], "cut_off"),
        ("a_data_blocks_20260301.zip", b"PK\x03\x04 is all there is", "cut_off"),
        ("a_data_blocks_20260301.zip", zipped({"b.zip": b""}), "member"),
        ("a_data_blocks_20260301.zip", zipped({}), "empty"),
        ("a_data_blocks_20260301.json", b"", "empty"),
    ],
    ids=["gzip cut off", "zip cut off", "zip in zip", "zip of nothing", "nothing"],
)
def test_unreadable_file_moves_to_quarantine_and_stops_nothing_else(
    project: Project, name: str, content: bytes, rule: str
) -> None:
    project.drop(name, content)
    project.drop("z_data_blocks_20260301.json", company())
    report = project.run()
    assert report.status == "refused"
    assert report.totals.files == {"unreadable": 1, "ingested": 1}
    assert (project.folders.quarantined / name).read_bytes() == content
    assert duns_of(project) == ["100000001"]
    rows = project.sql("SELECT file_name, scope, rule FROM tb_quarantine_files")
    assert rows == [{"file_name": name, "scope": "file", "rule": rule}]


def test_unreadable_namesake_is_not_overwritten(project: Project) -> None:
    name = "a_data_blocks_20260301.zip"
    for content in (b"no zip", b"no zip either"):
        project.drop(name, content)
        assert project.run().totals.files == {"unreadable": 1}
    assert (project.folders.quarantined / name).read_bytes() == b"no zip"
    assert contents(project.folders.quarantined, name) == [b"no zip", b"no zip either"]


def test_unreadable_file_again_is_refused_again_and_listed_once(project: Project) -> None:
    for _ in range(2):
        project.drop("a_data_blocks_20260301.zip", b"no zip")
        report = project.run()
        assert report.status == "refused"
        assert report.totals.files == {"unreadable": 1}
    assert project.sql("SELECT count(*) AS n FROM tb_quarantine_files") == [{"n": 1}]


def test_array_cut_off_is_ingested_and_reported(project: Project) -> None:
    project.drop(NAME, b"[" + company() + b"," + company("100000002") + b",")
    report = project.run()
    assert report.status == "refused"
    assert report.totals.files == {"ingested": 1}
    assert duns_of(project) == ["100000001", "100000002"]
    assert project.sql("SELECT rule, scope FROM tb_quarantine_files") == [
        {"rule": "cut_off", "scope": "file"}
    ]


def test_array_bad_element_is_refused_alone(project: Project) -> None:
    project.drop(NAME, b"[" + company() + b', {"duns": }, null, ' + company("100000002") + b"]")
    report = project.run()
    assert report.status == "refused"
    assert (report.totals.documents.published, report.totals.documents.quarantined) == (2, 2)
    assert duns_of(project) == ["100000001", "100000002"]
    assert project.sql(
        "SELECT record_number, rule FROM tb_quarantine_files ORDER BY record_number"
    ) == [{"record_number": 2, "rule": "malformed"}, {"record_number": 3, "rule": "shape"}]


def test_unknown_file_stays_and_the_run_says_so(project: Project) -> None:
    names = ["a_data_blocks_20260230.json", "a_data_blocks_20260301_1.json", "notes.txt"]
    for name in names:
        project.drop(name, company())
    (project.folders.uploads / "link_data_blocks_20260301.json").symlink_to("notes.txt")
    report = project.run()
    assert (report.status, report.exit_code) == ("refused", 3)
    assert report.totals.files == {"unknown": 4}
    assert report.notes[0] == (
        "unknown: a_data_blocks_20260230.json: the date 20260230 in the name does not exist"
    )
    assert report.totals.documents.received == 0
    assert project.names(project.folders.uploads) == sorted(
        [*names, "link_data_blocks_20260301.json"]
    )
    assert ledger(project) == [
        ("a_data_blocks_20260230.json", "unknown"),
        ("a_data_blocks_20260301_1.json", "unknown"),
        ("link_data_blocks_20260301.json", "unknown"),
        ("notes.txt", "unknown"),
    ]


def test_unfinished_files_are_not_even_seen(project: Project) -> None:
    for name in (f"{NAME}.part", f"{NAME}.tmp", f".{NAME}"):
        project.drop(name, company())
    assert project.run().totals.files_seen == 0
    assert len(project.names(project.folders.uploads)) == 3


def test_name_that_is_not_utf8_is_ingested(project: Project) -> None:
    name = os.fsdecode(b"caf\xe9_data_blocks_20260301.json")
    project.drop(name, company())
    assert project.run().totals.files == {"ingested": 1}
    assert (project.folders.processed / name).read_bytes() == company()
    assert project.sql("SELECT company_name, file_name, file_path FROM ods_datablocks_raw") == [
        {
            "company_name": r"caf\xe9",
            "file_name": r"caf\xe9_data_blocks_20260301.json",
            "file_path": r"workingArea/uploads/caf\xe9_data_blocks_20260301.json",
        }
    ]


def test_bytes_that_are_not_utf8_are_kept_and_refused(project: Project) -> None:
    project.drop(NAME, b'{"duns":"100000001","primaryName":"Caf\xe9"}')
    assert project.run().totals.documents.quarantined == 1
    assert project.sql("SELECT raw_encoding, raw_data FROM ods_datablocks_raw") == [
        {
            "raw_encoding": "base64",
            "raw_data": "eyJkdW5zIjoiMTAwMDAwMDAxIiwicHJpbWFyeU5hbWUiOiJDYWbpIn0=",
        }
    ]
