"""Outcomes are packed block by block, and come out as they were."""

import os
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response
from publish.tables import query

from firmograph.ingest import outcomes as packing
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.outcomes import Outcomes
from firmograph.sources.split import Refusal
from firmograph.storage.base import FileStamp
from firmograph.storage.local import LocalStorage


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "BLOCK", 2)
    monkeypatch.setattr(packing, "UNPACKED", 4)


def test_outcomes_come_out_in_their_order_and_as_they_were() -> None:
    folder = LocalStorage(Path("uploads"))
    odd = os.fsdecode(b"\xff.json")
    added = [
        FileOutcome(folder, "a.json", "ingested", "1", 5, 3, stamp=FileStamp(5, (7, 8))),
        FileOutcome(folder / "below", odd, "unreadable", refusals=[Refusal("empty", "nothing")]),
        FileOutcome(folder, "c.json", "duplicate", "1", 5, message="again", is_repeated=True),
        FileOutcome(folder, "d.json", "deferred", stamp=FileStamp(5, "x"), is_inaccessible=True),
        FileOutcome(folder, "e.json", "ingested", is_left_over=True, is_counted=True),
    ]
    found = Outcomes()
    for outcome in added:
        found.append(outcome)
    assert [len(block) for block in found.blocks()] == [2, 2, 1]
    assert list(found) == added
    assert len(found) == 5


def test_ledger_names_each_file_of_all_blocks_once_in_one_commit(project: Project) -> None:
    for number in range(1, 6):
        document = response(organization(duns=f"10000000{number}"))
        project.drop(f"{number}_data_blocks_20260301.json", document)
    project.drop("2b_data_blocks_20260301.json", response(organization(duns="100000001")))
    project.drop("6_data_blocks_20260301.json", b"{")
    project.drop("notes.txt", b"x")
    report = project.run()
    assert report.totals.files == {"ingested": 5, "duplicate": 1, "unreadable": 1, "unknown": 1}
    entries = query(
        project, "SELECT file_name, status FROM tb_pipeline_control WHERE activity = 'ingest'"
    )
    assert [(row["file_name"][:2], row["status"]) for row in entries] == [
        ("1_", "ingested"),
        ("2_", "ingested"),
        ("2b", "duplicate"),
        ("3_", "ingested"),
        ("4_", "ingested"),
        ("5_", "ingested"),
        ("6_", "unreadable"),
        ("no", "unknown"),
    ]
    log = project.folders.lake / "control" / "tb_pipeline_control" / "_delta_log"
    assert len(list(log.glob("*.json"))) == 3  # created, the files, the run
    assert [name[0] for name in project.names(project.folders.processed)] == list("12345")
    assert [name[0] for name in project.names(project.folders.quarantined)] == ["6"]
    assert project.waiting() == ["notes.txt"]
