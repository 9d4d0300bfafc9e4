"""Which pages form a delivery, and which delivery is the head: pure functions of pages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest

from firmograph.publish.trees.deliveries import CountMembers, Delivery, Page
from firmograph.publish.trees.grouping import Assembly, assemble, find_deliveries

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
SEQ = count(1)


def page(number: int | None, hours: float = 0, **more: Any) -> Page:
    """A page of three; two members on each, six in all."""
    seq = next(SEQ)
    facts: dict[str, Any] = {
        "global_duns": "100000001",
        "ingest_seq": seq,
        "document_id": f"document {seq}",
        "source_timestamp": START + timedelta(hours=hours),
        "branches_excluded": False,
        "page_size": 2,
        "page_number": number,
        "page_count": 3,
        "members_count": 6,
        "members_count_without_branches": 5,
        "member_count": 2,
    }
    return Page(**{**facts, **more})


def sheet(members: str, hours: float = 0, *, of: int | None = 9, **more: Any) -> Page:
    """A page whose members are letters, without links and page number, of nine members."""
    unknown = {"page_size": None, "page_count": None, "members_count": of}
    return page(
        more.pop("number", None),
        hours,
        **{**unknown, "document_id": f"{members} at {hours}", "member_count": len(members), **more},
    )


def never(pages: Sequence[Page]) -> int:
    """Counts members; fails, because the pages alone must be enough."""
    raise AssertionError(f"members of {pages} were counted")


def letters(pages: Sequence[Page]) -> int:
    """Counts the distinct members of sheets."""
    return len({letter for p in pages for letter in p.document_id.split()[0]})


def numbers(pages: list[Page]) -> list[list[int | None]]:
    """The page numbers of each delivery, the oldest first."""
    return [[p.page_number for p in d.pages] for d in reversed(find_deliveries(pages, never))]


def sheets(pages: list[Page], count_members: CountMembers = letters) -> list[list[str]]:
    """The documents of each delivery, the oldest first."""
    found = reversed(find_deliveries(pages, count_members))
    return [[p.document_id for p in delivery.pages] for delivery in found]


def spoken(assembly: Assembly) -> tuple[set[int], list[set[int]], bool]:
    """The `ingest_seq` of the head's pages and of each waiting delivery's."""
    waiting = [{p.ingest_seq for p in delivery.pages} for delivery in assembly.waiting]
    return {p.ingest_seq for p in assembly.head.pages}, waiting, assembly.is_complete


def test_pages_out_of_order_are_one_delivery_in_the_order_of_numbers() -> None:
    assert numbers([page(3, 0), page(1, 1), page(2, 2)]) == [[1, 2, 3]]


def test_page_number_that_repeats_begins_a_new_delivery() -> None:
    whole = [page(1, 0), page(2, 1), page(3, 2)]
    assert numbers([*whole, page(2, 3)]) == [[1, 2, 3], [2]]
    assert numbers([*whole, page(1, 3), page(2, 4), page(3, 5)]) == [[1, 2, 3], [1, 2, 3]]


def test_page_asked_for_twice_within_a_delivery_counts_as_its_newer_copy() -> None:
    older, newer = page(2, 1), page(2, 2)
    (found,) = find_deliveries([page(1, 0), older, newer, page(3, 3)], lambda _: 6)
    assert [p.page_number for p in found.pages] == [1, 2, 3]
    assert newer in found.pages
    assert found.pages_received == 3


def test_older_copy_of_a_page_is_used_for_members_that_would_be_missing() -> None:
    pages = [sheet("abc", 0), sheet("def", 1), sheet("dei", 2), sheet("ghi", 3)]
    numbered = [replace(p, page_number=n) for p, n in zip(pages, (1, 2, 2, 3), strict=True)]
    (found,) = find_deliveries(numbered, letters)
    assert [p.document_id for p in found.pages] == ["abc at 0", "dei at 2", "def at 1", "ghi at 3"]
    smaller = [replace(p, members_count=8) for p in numbered]
    (found,) = find_deliveries(smaller, letters)
    assert [p.document_id for p in found.pages] == ["abc at 0", "dei at 2", "ghi at 3"]


def test_pages_of_an_abandoned_request_stay_apart_from_a_complete_one() -> None:
    abandoned, complete = [page(1, 0), page(2, 1)], [page(1, 2), page(2, 3), page(3, 4)]
    found = find_deliveries([*abandoned, *complete], never)
    assert [list(d.pages) for d in found] == [complete, abandoned]


def test_whole_tree_on_one_page_takes_no_page_of_an_abandoned_request_before_or_after_it() -> None:
    whole = page(1, 24, page_count=1, members_count=2)
    before, after = (page(2, hours, page_count=2, members_count=4) for hours in (0, 30))
    found = find_deliveries([before, whole, after], never)
    assert [list(d.pages) for d in found] == [[after], [whole], [before]]


def test_page_of_a_larger_family_amid_the_others_is_left_out() -> None:
    foreign = page(2, 1.5, page_count=20, members_count=40)
    head, _, complete = spoken(assemble([page(1, 0), page(2, 1), foreign, page(3, 2)], never))
    assert complete
    assert foreign.ingest_seq not in head


@pytest.mark.parametrize(
    "changed",
    [
        {"members_count": 7},
        {"members_count": 11},
        {"members_count_without_branches": 4},
        {"members_count": None, "page_count": None},
    ],
    ids=str,
)
def test_counts_that_differ_a_little_do_not_separate_pages(changed: dict[str, int]) -> None:
    assert numbers([page(1, 0), page(2, 1, **changed), page(3, 2, **changed)]) == [[1, 2, 3]]


def test_counts_of_a_large_family_may_differ_by_one_in_a_hundred() -> None:
    def three(second: int) -> list[Page]:
        third = page(3, 2, members_count=second)
        return [page(1, 0, members_count=2000), page(2, 1, members_count=second), third]

    assert numbers(three(2020)) == [[1, 2, 3]]
    assert numbers(three(2021)) == [[1], [2, 3]]


@pytest.mark.parametrize(
    "changed",
    [{"page_count": 9}, {"members_count": 12}, {"members_count_without_branches": 11}],
    ids=str,
)
def test_counts_that_differ_much_begin_a_new_delivery(changed: dict[str, int]) -> None:
    assert numbers([page(1, 0), page(2, 1, **changed), page(3, 2, **changed)]) == [[1], [2, 3]]


def test_newest_page_that_states_a_count_is_believed() -> None:
    grown = {"members_count": 8, "page_count": 4}
    delivery = Delivery.of([page(2, 1, **grown), page(1, 0), page(3, 2, members_count=None)])
    assert (delivery.members_expected, delivery.page_count) == (8, 3)
    assert Delivery.of([page(2, 1, **grown), page(1, 0)]).missing_pages == [3, 4]


def test_a_day_between_pages_is_no_gap() -> None:
    assert numbers([page(1, 0), page(2, 24), page(3, 48)]) == [[1, 2, 3]]


def test_more_than_a_day_between_pages_begins_a_new_delivery() -> None:
    assert numbers([page(1, 0), page(2, 24.0003), page(3, 30)]) == [[1], [2, 3]]


def test_pages_asked_for_in_another_way_are_another_delivery() -> None:
    full = [page(1, 0), page(2, 2), page(3, 4)]
    excluded = [page(1, 1, branches_excluded=True), page(2, 3, branches_excluded=True)]
    larger = [page(1, 1, page_size=1000), page(2, 3, page_size=1000)]
    assert numbers([*full, *excluded]) == [[1, 2], [1, 2, 3]]
    assert numbers([*full, *larger]) == [[1, 2], [1, 2, 3]]


def test_same_document_again_counts_once_as_its_later_arrival() -> None:
    first, second = page(1, 0, document_id="same"), page(2, 1)
    again = page(1, 0, document_id="same")
    assembly = assemble([first, second, again], never)
    assert list(assembly.head.pages) == [again, second]


def test_missing_pages_are_those_up_to_the_count() -> None:
    assert Delivery((page(2),)).missing_pages == [1, 3]
    assert Delivery((page(1), page(2), page(3))).missing_pages == []


def test_missing_pages_without_a_count_are_the_holes() -> None:
    unknown: dict[str, Any] = {"page_count": None}
    assert Delivery((page(1, **unknown), page(4, **unknown))).missing_pages == [2, 3]
    assert Delivery((page(1, **unknown),)).missing_pages == []


def test_missing_pages_of_an_absurd_count_are_the_first_hundred() -> None:
    assert Delivery((page(1, page_count=10**12),)).missing_pages == list(range(2, 102))


def test_delivery_that_names_no_last_page_and_no_count_proves_nothing() -> None:
    unknown: dict[str, Any] = {"page_count": None, "members_count": None}
    assert not Delivery((page(1, **unknown), page(2, **unknown))).is_complete(never)
    assert not Delivery((page(1, member_count=99, **unknown),)).is_complete(never)
    assert not Delivery((sheet("abcdefghi", of=None),)).is_complete(never)


def test_page_beyond_the_count_stands_in_for_no_other() -> None:
    beyond = Delivery((page(1), page(2), page(9, member_count=1)))
    assert beyond.missing_pages == [3]
    assert beyond.pages_received == 2
    assert not beyond.is_complete(never)


def test_page_without_members_proves_nothing() -> None:
    empty = page(1, 9, member_count=0, page_count=1)
    assert not Delivery((empty,)).is_complete(never)
    whole = [page(n, n) for n in (1, 2, 3)]
    assembly = assemble([*whole, empty], never)
    assert (list(assembly.head.pages), assembly.waiting) == (whole, ())


def test_members_expected_depend_on_whether_branches_were_excluded() -> None:
    assert Delivery((page(1),)).members_expected == 6
    assert Delivery((page(1, branches_excluded=True),)).members_expected == 5


def test_newest_page_is_that_of_the_latest_source_time_then_ingest() -> None:
    late, early = page(1, 2), page(2, 1)
    assert Delivery((late, early)).newest is late
    one, other = page(1, 1), page(2, 1)
    assert Delivery((one, other)).newest is other


def test_delivery_with_all_pages_is_complete_without_counting() -> None:
    assert Delivery((page(1), page(2), page(3, member_count=1))).is_complete(never)


def test_delivery_with_too_few_members_is_incomplete_without_counting() -> None:
    assert not Delivery((page(1), page(2))).is_complete(never)


def test_delivery_with_as_many_distinct_members_as_expected_is_complete() -> None:
    both = Delivery((page(1, member_count=4), page(2, member_count=3)))
    assert both.is_complete(lambda _: 6)
    assert not both.is_complete(lambda _: 5)


def test_count_below_the_members_received_proves_nothing_while_pages_are_missing() -> None:
    assert not Delivery((page(3, members_count=1),)).is_complete(never)
    assert Delivery((page(3, members_count=1, page_count=None),)).is_complete(never)


def test_delivery_that_names_no_count_is_complete_by_pages_alone() -> None:
    assert not Delivery((page(1, members_count=None, member_count=99),)).is_complete(never)


# Pages without numbers, links and sizes


def test_pages_without_numbers_are_one_delivery_until_the_members_are_as_many_as_counted() -> None:
    pages = [sheet("abc", 0), sheet("def", 1), sheet("ghi", 2)]
    (found,) = find_deliveries(pages, letters)
    assert (found.page_count, found.pages_received, found.missing_pages) == (None, 3, [])
    assert found.is_complete(letters)
    (two,) = find_deliveries(pages[:2], never)
    assert not two.is_complete(never)
    assert two.missing_pages == []


def test_whole_trees_without_numbers_are_a_delivery_each() -> None:
    trees = [sheet("abcdefghi", 0), sheet("abcdefghx", 1), sheet("abcdefghy", 2)]
    assert sheets(trees, never) == [["abcdefghi at 0"], ["abcdefghx at 1"], ["abcdefghy at 2"]]


def test_pages_without_numbers_after_a_complete_delivery_begin_a_new_one() -> None:
    first = [sheet("abc", 0), sheet("def", 1), sheet("ghi", 2)]
    assert sheets([*first, sheet("abx", 3)])[1] == ["abx at 3"]
    second = [sheet("abx", 3), sheet("def", 4), sheet("ghi", 5)]
    assert [len(d) for d in sheets([*first, *second])] == [3, 3]


def test_overlapping_pages_without_numbers_count_each_member_once() -> None:
    overlapping = [sheet("abcd", 0), sheet("cdef", 1), sheet("efgh", 2)]
    (found,) = find_deliveries(overlapping, letters)
    assert not found.is_complete(letters)
    (found,) = find_deliveries([*overlapping, sheet("hi", 3)], letters)
    assert found.is_complete(letters)


def test_page_without_a_number_that_was_asked_for_twice_is_used_once() -> None:
    repeated = [sheet("abc", 0), sheet("abc", 1), sheet("def", 2), sheet("ghi", 3)]
    assert sheets(repeated) == [["ghi at 3", "def at 2", "abc at 1"]]


def test_page_without_a_number_may_bring_the_member_that_joined_meanwhile() -> None:
    grown = [sheet("abcd", 0, of=8), sheet("efgh", 1, of=8), sheet("i", 2, of=9)]
    assert [len(d) for d in sheets(grown)] == [3]


def test_day_between_pages_without_numbers_begins_a_new_delivery() -> None:
    assert [len(d) for d in sheets([sheet("abc", 0), sheet("def", 23)], never)] == [2]
    assert [len(d) for d in sheets([sheet("abc", 0), sheet("def", 24)], never)] == [1, 1]


def test_numbered_pages_without_links_are_complete_by_their_members() -> None:
    pages = [sheet(m, n, number=n) for n, m in ((1, "abc"), (2, "def"), (3, "ghi"))]
    (found,) = find_deliveries(pages, letters)
    assert found.is_complete(letters)
    (holed,) = find_deliveries([pages[0], pages[2]], never)
    assert holed.missing_pages == [2]


def test_pages_that_state_no_size_belong_to_the_only_size() -> None:
    assert numbers([page(1, 0, page_size=None), page(2, 1), page(3, 2)]) == [[1, 2, 3]]


def test_pages_of_different_sizes_are_united_by_members_alone() -> None:
    sizes: list[Page] = [
        sheet("abcd", 0, number=1, page_size=4, page_count=3),
        sheet("efgh", 1, number=2, page_size=4, page_count=3),
        sheet("i", 2, number=3, page_size=1, page_count=9),
    ]
    (found,) = find_deliveries(sizes, letters)
    assert (found.page_count, found.missing_pages) == (None, [])
    assert found.is_complete(letters)
    (found,) = find_deliveries(sizes[1:], letters)
    assert (found.missing_pages, found.is_complete(letters)) == ([], False)


def test_newest_complete_delivery_speaks_and_newer_ones_wait() -> None:
    old = [page(n, n) for n in (1, 2, 3)]
    middle = [page(n, 100 + n) for n in (1, 2, 3)]
    newer, newest = [page(2, 200)], [page(1, 300), page(3, 301)]
    head, waiting, complete = spoken(assemble([*newest, *middle, *newer, *old], never))
    assert head == {p.ingest_seq for p in middle}
    assert waiting == [{p.ingest_seq for p in newest}, {p.ingest_seq for p in newer}]
    assert complete


def test_newest_delivery_speaks_where_none_is_complete() -> None:
    older, newest = [page(1, 0), page(2, 1)], [page(3, 200)]
    head, waiting, complete = spoken(assemble([*older, *newest], never))
    assert head == {p.ingest_seq for p in newest}
    assert (waiting, complete) == ([], False)


def test_assembly_is_the_same_for_every_order_of_pages() -> None:
    pages = [page(1, 0), page(2, 1), page(3, 2), page(1, 3), page(2, 80), page(2, 90)]
    found = {repr(spoken(assemble(order, lambda _: 2))) for order in permutations(pages)}
    first = [p.ingest_seq for p in pages]
    assert found == {repr((set(first[:3]), [{first[5]}, {first[3]}], True))}


def test_odd_assembly_is_the_same_for_every_order_of_pages() -> None:
    pages = [
        sheet("abc", 0),
        sheet("def", 1, of=8),
        sheet("abx", 2),
        sheet("ghi", 3, number=3, page_size=3),
        sheet("de", 4, number=2, page_size=2),
        sheet("abcdefghi", 60),
    ]
    found = {repr(spoken(assemble(order, letters))) for order in permutations(pages)}
    assert found == {repr(({pages[5].ingest_seq}, [], True))}
    older = {repr(spoken(assemble(order, letters))) for order in permutations(pages[:5])}
    assert len(older) == 1
