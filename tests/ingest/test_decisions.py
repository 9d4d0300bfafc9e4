"""Which file is new, a duplicate, left by an interrupted run, unreadable or deferred."""

from pathlib import Path

import pytest

from firmograph.contract.registry import load_contracts
from firmograph.ingest.decisions import Decisions, KnownFiles, Unsettled
from firmograph.ingest.exchange import FileScan
from firmograph.ingest.outcome import FileOutcome
from firmograph.sources.names import FileNames, Unknown, Upload
from firmograph.sources.ranges import Range
from firmograph.sources.split import Refusal
from firmograph.storage.base import FileStamp
from firmograph.storage.local import LocalStorage

NAMES = FileNames(load_contracts().values())
UPLOADS = LocalStorage(Path("uploads"))
CUT_OFF = Refusal("cut_off", "the array is not closed")


def upload(letter: str) -> Upload:
    found = NAMES.recognise(UPLOADS, f"{letter}_data_blocks_20260301.json")
    assert isinstance(found, Upload)
    return found


def lines(count: int) -> Range:
    return Range(UPLOADS, "x", FileStamp(9, "1"), line_count=count)


def decisions(
    *,
    settled: set[str] | None = None,
    unsettled: dict[str, Unsettled] | None = None,
    moved: str = "",
) -> Decisions:
    known = KnownFiles(settled or set(), unsettled or {})
    return Decisions(known, 11, lambda name, sha256: f"{name} {sha256}" == moved)


def told(outcome: FileOutcome) -> tuple[str, int, str | None]:
    return outcome.status, outcome.document_count, outcome.message


def test_new_files_take_the_next_numbers_in_their_order() -> None:
    made = decisions()
    assert made.decide(upload("a"), FileScan("1", 5, 3)).first_seq == 11
    assert made.decide(upload("b"), FileScan("2", 5, 1)).first_seq == 14
    assert made.next_seq == 15
    assert [o.file_name[0] for o in made.outcomes] == ["a", "b"]
    assert told(made.outcomes[0]) == ("ingested", 3, None)
    assert (made.outcomes[0].sha256, made.outcomes[0].size) == ("1", 5)


def test_each_line_of_a_range_takes_a_number_though_it_may_be_empty() -> None:
    made = decisions()
    made.decide(upload("a"), FileScan("1", 5, 3, ranges=(lines(4), lines(2))))
    assert made.decide(upload("b"), FileScan("2", 5, 1)).first_seq == 17
    assert made.outcomes[0].document_count == 3


def test_second_file_of_the_same_bytes_is_a_duplicate() -> None:
    made = decisions()
    made.decide(upload("a"), FileScan("1", 5, 3))
    again = made.decide(upload("b"), FileScan("1", 5, 3, (CUT_OFF,)))
    assert again.first_seq is None
    assert told(again.outcome) == ("duplicate", 0, "its bytes are in ODS already")
    assert list(again.outcome.refusals) == []
    assert made.next_seq == 14


def test_file_of_an_earlier_run_is_a_duplicate() -> None:
    made = decisions(settled={"1"})
    assert made.is_known("1")
    assert not made.is_known("2")
    assert made.decide(upload("a"), FileScan("1", 5)).outcome.status == "duplicate"


def test_file_left_by_an_interrupted_run_is_completed_once() -> None:
    made = decisions(unsettled={"1": Unsettled(upload("a").name, 7)})
    assert made.is_left_over(upload("a"), "1")
    left = made.decide(upload("a"), FileScan("1", 5, 3, (CUT_OFF,)))
    assert left.first_seq is None
    assert told(left.outcome) == ("ingested", 7, "read by an interrupted run; completed now")
    assert list(left.outcome.refusals) == [CUT_OFF]
    assert made.decide(upload("b"), FileScan("1", 5, 3)).outcome.status == "duplicate"
    assert made.next_seq == 11


@pytest.mark.parametrize(
    ("name", "moved"), [("b", ""), ("a", "a_data_blocks_20260301.json 1")], ids=["name", "moved"]
)
def test_copy_of_a_file_of_an_interrupted_run_is_a_duplicate(name: str, moved: str) -> None:
    made = decisions(unsettled={"1": Unsettled(upload("a").name, 7)}, moved=moved)
    assert made.decide(upload(name), FileScan("1", 5, 3)).outcome.status == "duplicate"


def test_file_without_a_document_is_unreadable_and_may_come_again() -> None:
    made = decisions()
    for scan, reason in (
        (FileScan("1", 5, 0, (CUT_OFF,)), "the array is not closed"),
        (FileScan("2", 0), "the file contains no document"),
        (FileScan("1", 5, 0, (CUT_OFF,)), "the array is not closed"),
    ):
        assert told(made.decide(upload("a"), scan).outcome) == ("unreadable", 0, reason)
    assert [r.rule for o in made.outcomes for r in o.refusals] == ["cut_off", "empty", "cut_off"]
    assert made.next_seq == 11


def test_file_that_cannot_be_read_now_is_deferred() -> None:
    made = decisions()
    deferred = made.decide(upload("a"), FileScan(None, 5, deferred="it changed")).outcome
    assert told(deferred) == ("deferred", 0, "it changed")
    assert deferred.sha256 is None


def test_unknown_file_is_told_as_such() -> None:
    outcome = decisions().decide(Unknown(UPLOADS, "notes.txt", "no such name")).outcome
    assert told(outcome) == ("unknown", 0, "no such name")
    assert outcome.document_type is None


def test_changed_file_is_deferred_with_the_files_thought_its_copies() -> None:
    made = decisions(settled={"9"})
    made.decide(upload("a"), FileScan("1", 5, 3, (CUT_OFF,)))
    made.decide(upload("b"), FileScan("1", 5, 3))
    made.decide(upload("c"), FileScan("2", 5, 3))
    made.decide(upload("d"), FileScan("9", 5))
    made.defer({upload("a").name}, "it changed")
    assert [told(o) for o in made.outcomes] == [
        ("deferred", 0, "it changed"),
        ("deferred", 0, "it changed"),
        ("ingested", 3, None),
        ("duplicate", 0, "its bytes are in ODS already"),
    ]
    assert [list(o.refusals) for o in made.outcomes[:2]] == [[], []]
