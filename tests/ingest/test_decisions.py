"""Which file is new, a duplicate, left by an interrupted run, unreadable or deferred."""

from collections.abc import Container
from functools import partial
from pathlib import Path

import pytest

from firmograph.contract.registry import load_contracts
from firmograph.ingest.decisions import Decisions, KnownFiles, LeftOver, Reading
from firmograph.ingest.exchange import FileScan
from firmograph.ingest.outcome import FileOutcome
from firmograph.sources.names import FileNames, Unknown, Upload
from firmograph.sources.ranges import Range
from firmograph.sources.split import Refusal
from firmograph.storage.base import FileStamp
from firmograph.storage.local import LocalStorage

NAMES = FileNames(load_contracts().values())
UPLOADS = LocalStorage(Path("uploads"))
REPEATS_A = "its bytes are in ODS already, delivered as a_data_blocks_20260301.json"
COUNTED = LeftOver(7, counted=1)
"""A file with seven documents, which the ledger has."""
CUT_OFF = Refusal("cut_off", "the array is not closed")


def named(name: str) -> Upload:
    found = NAMES.recognise(UPLOADS, name)
    assert isinstance(found, Upload)
    return found


def upload(letter: str) -> Upload:
    return named(f"{letter}_data_blocks_20260301.json")


def lines(count: int) -> Range:
    return Range(UPLOADS, "x", FileStamp(9, "1"), line_count=count)


def decisions(
    *,
    settled: dict[str, Reading] | None = None,
    unsettled: dict[tuple[str, str], LeftOver] | None = None,
    moved: str = "",
    repeated: Container[str] = (),
    undated: bool = False,
) -> Decisions:
    settled = settled or {}
    recognise = partial(NAMES.recognise, UPLOADS)
    refused = {"7": upload("r").name}
    known = KnownFiles(settled, repeated, unsettled or {}, settled.get, recognise, refused)
    return Decisions(
        known, 11, lambda name, sha256: f"{name} {sha256}" == moved, lambda *_: undated
    )


def told(outcome: FileOutcome) -> tuple[str, int, str | None]:
    return outcome.status, outcome.document_count, outcome.message


def test_new_files_take_the_next_numbers_in_their_order() -> None:
    made = decisions()
    assert made.decide(upload("a"), FileScan("1", 5, 3)).first_seq == 11
    assert made.decide(upload("b"), FileScan("2", 5, 1)).first_seq == 14
    assert made.next_seq == 15
    first, second = made.outcomes
    assert (first.file_name[0], second.file_name[0]) == ("a", "b")
    assert told(first) == ("ingested", 3, None)
    assert (first.sha256, first.size) == ("1", 5)


def test_each_line_of_a_range_takes_a_number_though_it_may_be_empty() -> None:
    made = decisions()
    made.decide(upload("a"), FileScan("1", 5, 3, ranges=(lines(4), lines(2))))
    assert made.decide(upload("b"), FileScan("2", 5, 1)).first_seq == 17
    assert next(iter(made.outcomes)).document_count == 3


def test_second_file_of_the_same_bytes_is_a_duplicate() -> None:
    made = decisions()
    made.decide(upload("a"), FileScan("1", 5, 3))
    again = made.decide(upload("b"), FileScan("1", 5, 3, (CUT_OFF,)))
    assert again.first_seq is None
    assert told(again.outcome) == ("duplicate", 0, REPEATS_A)
    assert list(again.outcome.refusals) == []
    assert made.next_seq == 14


def test_file_of_an_earlier_run_is_a_duplicate() -> None:
    made = decisions(settled={"1": Reading(upload("b"))})
    assert made.repeats(upload("a"), "1") == upload("b")
    assert made.repeats(upload("a"), "2") is None
    assert made.decide(upload("a"), FileScan("1", 5)).outcome.status == "duplicate"


OTHER_NAMES = [
    "a_family_tree_20260301.json",
    "a_data_blocks_20260301.json.gz",
    "a_data_blocks_20260301.zip",
]
SAME_NAMES = [
    "z_data_blocks_20260301.json",
    "a_data_blocks_20260301.ndjson",
    "a_DATA_BLOCKS_20260301 (1).json",
]


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_known_bytes_under_a_name_that_means_something_else_supersede(name: str) -> None:
    made = decisions(settled={"1": Reading(upload("a"))})
    new = made.decide(named(name), FileScan("1", 5, 3))
    assert new.first_seq == 11
    message = "supersedes the delivery of the same bytes as a_data_blocks_20260301.json"
    assert told(new.outcome) == ("ingested", 3, message)
    assert made.decide(named(name), FileScan("1", 5, 3)).outcome.status == "duplicate"
    # what counts is the last name
    again = made.decide(upload("a"), FileScan("1", 5, 3)).outcome
    message = f"supersedes the delivery of the same bytes as {name}"
    assert told(again) == ("ingested", 3, message)


@pytest.mark.parametrize("name", SAME_NAMES)
def test_known_bytes_under_a_name_that_means_the_same_are_a_duplicate(name: str) -> None:
    made = decisions(settled={"1": Reading(upload("a"))})
    assert told(made.decide(named(name), FileScan("1", 5)).outcome) == ("duplicate", 0, REPEATS_A)


@pytest.mark.parametrize(
    ("may_lack_time", "undated", "status"),
    [(True, True, "ingested"), (True, False, "duplicate"), (False, True, "duplicate")],
)
def test_date_matters_where_a_document_has_no_time_of_its_own(
    may_lack_time: bool, undated: bool, status: str
) -> None:
    made = decisions(settled={"1": Reading(upload("a"), may_lack_time)}, undated=undated)
    later = named("a_data_blocks_20260302.json")
    assert made.decide(later, FileScan("1", 5, 3)).outcome.status == status
    assert made.decide(upload("b"), FileScan("2", 5, 3)).outcome.status == "ingested"
    in_this_run = "ingested" if undated else "duplicate"
    assert made.decide(later, FileScan("2", 5, 3)).outcome.status == in_this_run


def test_last_delivery_again_is_a_duplicate_even_after_another_of_the_same_run() -> None:
    key = "e7715acee020e25eba304f68b5c31a84a6766cd1b8bfa2eb80d252497e254690"
    made = decisions(settled={"1": Reading(upload("a"))}, repeated={key})
    assert made.decide(named("a_family_tree_20260301.json"), FileScan("1", 5, 3)).first_seq == 11
    assert made.decide(upload("a"), FileScan("1", 5)).outcome.status == "duplicate"


def test_pages_in_names_tell_trees_apart() -> None:
    one, two = (named(f"a_family_tree_20260301_{n}.json") for n in (1, 2))
    made = decisions(settled={"1": Reading(one)})
    assert made.repeats(one, "1") == one
    assert made.repeats(two, "1") is None


def test_bytes_that_were_refused_under_another_name_are_told() -> None:
    made = decisions()
    assert told(made.decide(upload("a"), FileScan("7", 5, 1)).outcome) == (
        "ingested",
        1,
        "supersedes the refused delivery of the same bytes as r_data_blocks_20260301.json",
    )
    assert decisions().decide(upload("r"), FileScan("7", 5, 1)).outcome.message is None


def test_file_left_by_an_interrupted_run_is_completed_once() -> None:
    left = {"1": Reading(upload("a"))}
    made = decisions(unsettled={("1", upload("a").name): COUNTED}, settled=left)
    assert made.is_left_over(upload("a"), "1")
    done = made.decide(upload("a"), FileScan("1", 5, 3, (CUT_OFF,)))
    assert done.first_seq is None
    assert told(done.outcome) == ("ingested", 7, "read by an interrupted run; completed now")
    assert list(done.outcome.refusals) == [CUT_OFF]
    assert made.decide(upload("b"), FileScan("1", 5, 3)).outcome.status == "duplicate"
    assert made.next_seq == 11


@pytest.mark.parametrize(
    ("name", "moved"), [("b", ""), ("a", "a_data_blocks_20260301.json 1")], ids=["name", "moved"]
)
def test_copy_of_a_file_of_an_interrupted_run_is_a_duplicate(name: str, moved: str) -> None:
    left = {"1": Reading(upload("a"))}
    made = decisions(unsettled={("1", upload("a").name): COUNTED}, settled=left, moved=moved)
    assert made.decide(upload(name), FileScan("1", 5, 3)).outcome.status == "duplicate"


def test_file_left_before_it_was_counted_cannot_be_the_one_that_was_moved() -> None:
    """The same bytes were moved under this name before, and came again."""
    twice = LeftOver(7, deliveries=2, counted=1)
    left, moved = {("1", upload("a").name): twice}, "a_data_blocks_20260301.json 1"
    made = decisions(unsettled=left, settled={"1": Reading(upload("b"))}, moved=moved)
    done = made.decide(upload("a"), FileScan("1", 5, 3)).outcome
    assert told(done) == ("ingested", 7, "read by an interrupted run; completed now")
    assert not done.is_counted


def test_file_that_was_moved_is_a_duplicate_though_the_ledger_was_lost() -> None:
    left, moved = {("1", upload("a").name): LeftOver(7)}, "a_data_blocks_20260301.json 1"
    made = decisions(unsettled=left, settled={"1": Reading(upload("a"))}, moved=moved)
    assert made.decide(upload("a"), FileScan("1", 5, 3)).outcome.status == "duplicate"


def test_files_left_by_interrupted_runs_do_not_change_which_delivery_was_the_last() -> None:
    last = named("a_family_tree_20260301.json")
    made = decisions(unsettled={("1", upload("a").name): COUNTED}, settled={"1": Reading(last)})
    assert made.decide(upload("a"), FileScan("1", 5, 3)).outcome.status == "ingested"
    assert made.decide(last, FileScan("1", 5, 3)).outcome.status == "duplicate"


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
    made = decisions(settled={"9": Reading(upload("z"))})
    made.decide(upload("a"), FileScan("1", 5, 3, (CUT_OFF,)))
    made.decide(upload("b"), FileScan("1", 5, 3))
    made.decide(upload("c"), FileScan("2", 5, 3))
    made.decide(upload("d"), FileScan("9", 5))
    made.defer({upload("a").location}, "it changed")
    assert [told(o) for o in made.outcomes] == [
        ("deferred", 0, "it changed"),
        ("deferred", 0, "it changed"),
        ("ingested", 3, None),
        ("duplicate", 0, "its bytes are in ODS already, delivered as z_data_blocks_20260301.json"),
    ]
    assert [list(o.refusals) for o in list(made.outcomes)[:2]] == [[], []]


def test_outcome_tells_whether_bytes_came_before() -> None:
    paged = named("a_family_tree_20260301_2.json")
    made = decisions(
        settled={"1": Reading(named("a_data_blocks_20260228.json"))},
        unsettled={("2", upload("b").file_name): LeftOver(1)},
        undated=True,
    )
    deliveries = [
        (upload("a"), "1", True),  # in ODS, under another date
        (upload("b"), "2", True),  # left over
        (upload("c"), "3", False),
        (paged, "3", True),  # in the same drop, as a type of its own
        (upload("d"), "7", True),  # refused before
        (upload("e"), "4", False),
    ]
    for file, sha256, is_repeated in deliveries:
        outcome = made.decide(file, FileScan(sha256, 9, 1)).outcome
        assert (outcome.status, outcome.is_repeated) == ("ingested", is_repeated), file.name
