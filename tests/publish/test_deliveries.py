"""Which pages form a delivery, and which delivery is the head: pure functions of pages."""

from datetime import UTC, datetime, timedelta
from itertools import count, permutations
from typing import Any

import pytest

from firmograph.publish.trees.deliveries import (
    Assembly,
    Delivery,
    Page,
    assemble,
    find_deliveries,
    is_complete,
)

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
SEQ = count(1)


def page(number: int, hours: float = 0, **more: Any) -> Page:
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


def never(delivery: Delivery) -> int:
    """Counts members; fails, because the pages alone must be enough."""
    raise AssertionError(f"members of {delivery} were counted")


def numbers(pages: list[Page]) -> list[list[int]]:
    """The page numbers of each delivery."""
    return [[p.page_number for p in delivery.pages] for delivery in find_deliveries(pages)]


def spoken(assembly: Assembly) -> tuple[set[int], list[set[int]], bool]:
    """The `ingest_seq` of the head's pages and of each waiting delivery's."""
    waiting = [{p.ingest_seq for p in delivery.pages} for delivery in assembly.waiting]
    return {p.ingest_seq for p in assembly.head.pages}, waiting, assembly.is_complete


def test_pages_out_of_order_are_one_delivery_in_the_order_of_numbers() -> None:
    assert numbers([page(3, 0), page(1, 1), page(2, 2)]) == [[1, 2, 3]]


def test_page_number_that_repeats_begins_a_new_delivery() -> None:
    assert numbers([page(1, 0), page(2, 1), page(1, 2), page(3, 3)]) == [[1, 2], [1, 3]]


@pytest.mark.parametrize(
    "changed",
    [{"page_count": 4}, {"members_count": 7}, {"members_count_without_branches": 4}],
    ids=str,
)
def test_counts_that_change_begin_a_new_delivery(changed: dict[str, int]) -> None:
    assert numbers([page(1, 0), page(2, 1, **changed), page(3, 2, **changed)]) == [[1], [2, 3]]


def test_a_day_between_pages_is_no_gap() -> None:
    assert numbers([page(1, 0), page(2, 24), page(3, 48)]) == [[1, 2, 3]]


def test_more_than_a_day_between_pages_begins_a_new_delivery() -> None:
    assert numbers([page(1, 0), page(2, 24.0003), page(3, 30)]) == [[1], [2, 3]]


def test_pages_asked_for_in_another_way_are_another_delivery() -> None:
    full = [page(1, 0), page(2, 2), page(3, 4)]
    excluded = [page(1, 1, branches_excluded=True), page(2, 3, branches_excluded=True)]
    larger = [page(1, 1, page_size=1000), page(2, 3, page_size=1000)]
    assert numbers([*full, *excluded]) == [[1, 2, 3], [1, 2]]
    assert numbers([*full, *larger]) == [[1, 2, 3], [1, 2]]


def test_same_document_again_counts_once_as_its_later_arrival() -> None:
    first, second = page(1, 0, document_id="same"), page(2, 1)
    again = page(1, 0, document_id="same")
    deliveries = find_deliveries([first, second, again])
    assert [[p.ingest_seq for p in d.pages] for d in deliveries] == [
        [again.ingest_seq, second.ingest_seq]
    ]


def test_missing_pages_are_those_up_to_the_count() -> None:
    assert Delivery((page(2),)).missing_pages == [1, 3]
    assert Delivery((page(1), page(2), page(3))).missing_pages == []


def test_missing_pages_without_a_count_are_the_holes() -> None:
    unknown: dict[str, Any] = {"page_count": None}
    assert Delivery((page(1, **unknown), page(4, **unknown))).missing_pages == [2, 3]
    assert Delivery((page(1, **unknown),)).missing_pages == []


def test_missing_pages_of_an_absurd_count_are_the_first_hundred() -> None:
    assert Delivery((page(1, page_count=10**12),)).missing_pages == list(range(2, 102))


def test_delivery_without_a_count_is_complete_where_it_has_no_holes() -> None:
    unknown: dict[str, Any] = {"page_count": None, "members_count": None}
    assert is_complete(Delivery((page(1, **unknown), page(2, **unknown))), never)
    assert not is_complete(Delivery((page(1, **unknown), page(3, **unknown))), never)


def test_page_beyond_the_count_stands_in_for_no_other() -> None:
    beyond = Delivery((page(1), page(2), page(9, member_count=1)))
    assert beyond.missing_pages == [3]
    assert not is_complete(beyond, never)


def test_members_expected_depend_on_whether_branches_were_excluded() -> None:
    assert Delivery((page(1),)).members_expected == 6
    assert Delivery((page(1, branches_excluded=True),)).members_expected == 5


def test_newest_page_is_that_of_the_latest_source_time_then_ingest() -> None:
    late, early = page(1, 2), page(2, 1)
    assert Delivery((late, early)).newest is late
    one, other = page(1, 1), page(2, 1)
    assert Delivery((one, other)).newest is other


def test_delivery_with_all_pages_is_complete_without_counting() -> None:
    assert is_complete(Delivery((page(1), page(2), page(3, member_count=1))), never)


def test_delivery_with_too_few_members_is_incomplete_without_counting() -> None:
    assert not is_complete(Delivery((page(1), page(2))), never)


def test_delivery_with_as_many_distinct_members_as_expected_is_complete() -> None:
    both = Delivery((page(1, member_count=4), page(2, member_count=3)))
    assert is_complete(both, lambda _: 6)
    assert not is_complete(both, lambda _: 5)


def test_delivery_that_names_no_count_is_complete_by_pages_alone() -> None:
    assert not is_complete(Delivery((page(1, members_count=None, member_count=99),)), never)


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
    found = {repr(spoken(assemble(order, never))) for order in permutations(pages)}
    first = [p.ingest_seq for p in pages]
    assert found == {repr((set(first[:3]), [{first[5]}, {first[4]}, {first[3]}], True))}
