"""Files removed, truncated or changed, as by a disk fault, a person or a power failure."""

import json
import os
from pathlib import Path

import pytest
from conftest import Project
from deltalake import DeltaTable

from firmograph.errors import LakeError
from verify.lakes import data_files, printed, prove, publish_again, rewrite, table_path

INDUSTRY = "dw_industry_code"


def newest_log(project: Project, name: str) -> Path:
    return max(table_path(project, name).glob("_delta_log/*.json"))


@pytest.mark.parametrize(
    "name", ["dw_company_data", "dw_family_tree_members", "app_stocks_by_company", "tb_tree_pages"]
)
def test_removed_data_file_is_found(name: str, lake: Project) -> None:
    file, *_ = data_files(lake, name)
    file.unlink()
    proof = prove(lake)
    assert proof.code == 1
    assert proof.failing["files"] == [f"{name}: {file.name} is missing"]


def test_other_checks_are_made_without_the_file(lake: Project) -> None:
    data_files(lake, INDUSTRY)[0].unlink()
    failing = prove(lake).failing
    assert list(failing) == ["files", "keys", "parents", "rows"]
    assert failing["keys"][0].startswith("it cannot be checked: ")


def test_cut_off_data_file_is_found(lake: Project) -> None:
    file, *_ = data_files(lake, INDUSTRY)
    size = file.stat().st_size
    os.truncate(file, size - 100)
    assert prove(lake).failing["files"] == [
        f"{INDUSTRY}: {file.name} has {size - 100} bytes, the log says {size}"
    ]


def test_data_file_of_nothing_but_zeros_is_found(lake: Project) -> None:
    file, *_ = data_files(lake, INDUSTRY)
    file.write_bytes(bytes(file.stat().st_size))
    (difference,) = prove(lake).failing["files"]
    assert difference.startswith(f"{INDUSTRY}: {file.name} cannot be read: Parquet magic bytes")


def test_data_file_of_other_rows_is_found(lake: Project) -> None:
    """A file of the same size with fewer rows: the log is adapted, except for the row count."""
    file, *_ = data_files(lake, INDUSTRY)
    logs = table_path(lake, INDUSTRY).glob("_delta_log/*.json")
    log = next(path for path in logs if file.name in path.read_text())
    actions = [json.loads(line) for line in log.read_text().splitlines()]
    for action in actions:
        if action.get("add", {}).get("path") == file.name:
            stats = json.loads(action["add"]["stats"])
            action["add"]["stats"] = json.dumps({**stats, "numRecords": 7})
    log.write_text("\n".join(json.dumps(action) for action in actions))
    (difference,) = prove(lake).failing["files"]
    assert difference == f"{INDUSTRY}: {file.name} has 3 rows, the log says 7"


def test_removed_file_of_raw_documents_is_found(lake: Project) -> None:
    data_files(lake, "ods_datablocks_raw")[0].unlink()
    failing = prove(lake).failing
    assert list(failing) == ["files", "sums", "parents", "heads", "rows", "processed"]


def test_older_version_than_the_snapshots_is_found(lake: Project) -> None:
    """The result of a power failure before a table's log reached the disk."""
    newest_log(lake, INDUSTRY).unlink()
    failing = prove(lake).failing
    assert failing["files"][0].startswith(f"table dw/{INDUSTRY} cannot be opened: ")
    assert list(failing) == ["files", "keys", "parents", "rows"]


def test_cut_off_log_is_found(lake: Project) -> None:
    log = newest_log(lake, INDUSTRY)
    os.truncate(log, log.stat().st_size // 2)
    assert prove(lake).code == 1
    assert "files" in prove(lake).failing


def test_lost_snapshots_are_said_so(lake: Project) -> None:
    data_files(lake, "tb_published_snapshots")[0].unlink()
    with pytest.raises(LakeError, match="tb_published_snapshots cannot be read"):
        prove(lake)


def test_another_protocol_is_found(lake: Project) -> None:
    table = DeltaTable(str(table_path(lake, INDUSTRY)))
    table.alter.set_table_properties({"delta.minWriterVersion": "3"})
    publish_again(lake)
    (difference,) = prove(lake).failing["files"]
    assert difference == (
        f"table dw/{INDUSTRY} has protocol reader 1, writer 3; "
        "this program reads and writes 1 and 2"
    )


def test_processed_file_with_changed_bytes_is_found(lake: Project) -> None:
    path = lake.folders.processed / "bex_data_blocks_20260106.json"
    path.write_bytes(path.read_bytes().replace(b"Bex", b"Box"))
    proof = prove(lake)
    assert proof.code == 1
    assert proof.failing == {"processed": [f"{path.name}: its bytes are not in ODS"]}
    assert proof.seen("processed") == "1 difference in 9 files"


def test_processed_files_are_read_in_every_folder(lake: Project) -> None:
    folder = lake.folders.processed / "duplicates" / "deep"
    folder.mkdir(parents=True)
    (folder / ".hidden").write_bytes(b"")
    kept = lake.folders.processed / "bex_data_blocks_20260106.json"
    (folder / "copy of a file in ODS.json").write_bytes(kept.read_bytes())
    assert prove(lake).failing == {
        "processed": ["duplicates/deep/.hidden: its bytes are not in ODS"]
    }


def test_links_and_pipes_among_processed_files_are_found_and_not_opened(lake: Project) -> None:
    folder = lake.folders.processed
    os.mkfifo(folder / "a pipe")
    (folder / "b link").symlink_to(folder / "bex_data_blocks_20260106.json")
    (folder / "c folder").symlink_to(lake.folders.lake, target_is_directory=True)
    assert prove(lake).failing == {
        "processed": [
            f"{name} cannot be read: it is not a regular file"
            for name in ("a pipe", "b link", "c folder")
        ]
    }


def test_names_of_processed_files_do_not_speak_to_the_terminal(lake: Project) -> None:
    (lake.folders.processed / "evil\x1b[31m").write_bytes(b"")
    name = os.fsdecode(b"bytes\xff")
    (lake.folders.processed / name).write_bytes(b"")
    assert printed(lake)[-3:] == [
        r"FAIL processed: bytes\xff: its bytes are not in ODS",
        r"     evil\x1b[31m: its bytes are not in ODS",
        "verified snapshot 3: 2 differences",
    ]


def test_emptied_quarantine_does_not_hide_what_it_held(lake: Project) -> None:
    rewrite(lake, "tb_quarantine_files", "SELECT * FROM held WHERE false")
    assert list(prove(lake).failing) == ["sums"]


def test_processed_file_that_grew_is_found_and_a_file_that_is_no_delivery_is_not(
    lake: Project,
) -> None:
    for name in (".gitkeep", ".DS_Store", "README.txt", "Thumbs.db"):
        (lake.folders.processed / name).write_text("not a delivery")
    assert prove(lake).code == 0
    name = "bex_data_blocks_20260106.json"
    with (lake.folders.processed / name).open("ab") as file:
        file.write(b" ")
    (lake.folders.processed / "notes.txt").write_text("not known")
    assert prove(lake).failing == {
        "processed": [f"{name}: its bytes are not in ODS", "notes.txt: its bytes are not in ODS"]
    }


def test_processed_delivery_is_checked_though_a_pattern_has_its_name(lake: Project) -> None:
    (lake.root / "firmograph.toml").write_text('not_deliveries = ["bex*"]')
    name = "bex_data_blocks_20260106.json"
    with (lake.folders.processed / name).open("ab") as file:
        file.write(b" ")
    assert prove(lake).failing == {"processed": [f"{name}: its bytes are not in ODS"]}
