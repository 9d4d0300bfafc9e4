"""What `doctor` finds in folders."""

from pathlib import Path

import pytest

from firmograph.storage.doctor.examine import examine
from firmograph.storage.local import LocalStorage

NO_FOLDER = Path("/proc/self/none")


def test_all_is_well_in_a_folder_and_nothing_is_left(tmp_path: Path) -> None:
    found = examine(LocalStorage(tmp_path), "uploads")
    assert (found.place, found.url, found.is_ok) == ("uploads", str(tmp_path), True)
    assert [(f.check, f.outcome, f.seen) for f in found.findings[:4]] == [
        ("write", "ok", "a file was written, read, listed and deleted"),
        ("rename", "ok", "a file replaced another in another folder"),
        ("hard links", "ok", "a name that was taken was refused"),
        ("lock", "ok", "another process was refused"),
    ]
    assert list(tmp_path.iterdir()) == []


def test_nearest_folder_is_examined_instead_of_one_that_does_not_exist(tmp_path: Path) -> None:
    found = examine(LocalStorage(tmp_path / "a" / "b"), "processed", LocalStorage(tmp_path / "c"))
    notes = {f.check: f.seen for f in found.findings if f.outcome == "note"}
    assert notes == {
        "folder": f"it does not exist yet; {tmp_path} was examined",
        "file system": "the file system of the uploads: files are renamed",
    }
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not NO_FOLDER.parent.is_dir(), reason="there is no /proc here")
def test_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    found = examine(LocalStorage(NO_FOLDER), "processed", LocalStorage(tmp_path))
    assert not found.is_ok
    outcomes = {f.check: f.outcome for f in found.findings}
    assert outcomes == {
        "folder": "note",
        "write": "failed",
        "rename": "skipped",
        "hard links": "skipped",
        "lock": "skipped",
        "free space": "skipped",
        "file system": "note",
    }
    assert found.findings[-1].seen == "not that of the uploads: files are copied and deleted"
