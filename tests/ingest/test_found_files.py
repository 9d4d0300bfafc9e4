"""Files that were listed are packed block by block, and come out as they were."""

import os
from datetime import date
from pathlib import Path

import pytest

from firmograph.ingest import found_files
from firmograph.ingest.found_files import FoundFiles
from firmograph.sources.names import Unknown, Upload
from firmograph.storage.base import FileStamp
from firmograph.storage.local import LocalStorage


def test_files_come_out_in_their_order_and_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(found_files, "BLOCK", 2)
    monkeypatch.setattr(found_files, "UNPACKED", 5)
    folder, day = LocalStorage(Path("uploads")), date(2026, 3, 1)
    odd = os.fsdecode(b"\xff.json")
    added = [
        Upload(folder, "a.json", "a", "data_blocks", day, stamp=FileStamp(5, (7, 8))),
        Upload(folder / "b", odd, "b", "family_tree", day, 2, stamp=FileStamp(6, "x")),
        Unknown(folder, "notes.txt", "the name is odd"),
        Upload(folder, "c.gz", "c", "data_blocks", day, None, True, True),
        Upload(folder, "d.zip", "d", "data_blocks", day, is_zip=True, stamp=FileStamp(7, (9,))),
    ]
    found = FoundFiles(added)
    assert (len(found), found.total_bytes) == (5, 18)
    assert list(found.take()) == added
    assert list(found.take()) == []
    assert len(found) == 5


def test_no_files_are_none() -> None:
    assert list(FoundFiles([]).take()) == []


def test_few_files_are_the_same_ones() -> None:
    file = Unknown(LocalStorage(Path("uploads")), "notes.txt", "the name is odd")
    found = FoundFiles([file])
    assert [one is file for one in found.take()] == [True]
    assert list(found.take()) == []
