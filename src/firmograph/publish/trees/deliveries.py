"""Deliveries: which pages of a family tree belong together, and which delivery is authoritative.

Pure functions of pages; apart from ties, the order of arrival does not matter.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

GAP = timedelta(hours=24)
"""If the interval between two pages is longer, the later one begins a new delivery."""

SHOWN_PAGES = 100
"""How many missing pages are listed; a page may claim any number as the last."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a tree, as ``tb_tree_pages`` keeps it; the facts are those of `PageFacts`."""

    global_duns: str
    ingest_seq: int
    document_id: str
    source_timestamp: datetime
    branches_excluded: bool
    page_size: int | None
    page_number: int
    page_count: int | None
    members_count: int | None
    members_count_without_branches: int | None
    member_count: int

    @property
    def counts(self) -> tuple[int | None, ...]:
        """The counts that are equal on all pages of a delivery."""
        return (self.page_count, self.members_count, self.members_count_without_branches)

    @property
    def age(self) -> tuple[datetime, int]:
        """The key that sorts pages by time."""
        return (self.source_timestamp, self.ingest_seq)


@dataclass(frozen=True, slots=True)
class Delivery:
    """Pages that belong together, ordered by page number."""

    pages: tuple[Page, ...]

    @property
    def newest(self) -> Page:
        """The newest page by source time."""
        return max(self.pages, key=lambda page: page.age)

    @property
    def page_count(self) -> int | None:
        """How many pages there should be; None if the pages do not say."""
        return self.pages[0].page_count

    @property
    def has_all_pages(self) -> bool:
        """Whether every page up to the last was received."""
        received = {page.page_number for page in self.pages}
        last = self.page_count or max(received)
        return sum(number <= last for number in received) == last

    @property
    def missing_pages(self) -> list[int]:
        """Numbers of the pages not received, at most `SHOWN_PAGES` of them."""
        received = {page.page_number for page in self.pages}
        last = self.page_count or max(received)
        missing = (number for number in range(1, last + 1) if number not in received)
        return list(islice(missing, SHOWN_PAGES))

    @property
    def members_expected(self) -> int | None:
        """How many members the vendor counts."""
        page = self.pages[0]
        if page.branches_excluded:
            return page.members_count_without_branches
        return page.members_count


@dataclass(frozen=True, slots=True)
class Assembly:
    """The deliveries of a tree: which one is its head, and which are incomplete.

    Attributes:
        head: the authoritative delivery.
        is_complete: whether the head is complete.
        waiting: newer deliveries that lack pages.
    """

    head: Delivery
    is_complete: bool
    waiting: tuple[Delivery, ...]


def assemble(pages: Iterable[Page], distinct_members: Callable[[Delivery], int]) -> Assembly:
    """Finds the authoritative delivery of a tree: the newest complete one, else the newest.

    Args:
        pages: all pages of one tree, in any order; at least one.
        distinct_members: counts the distinct members on a delivery's pages; called only if pages
            are missing, but all members may have been received.
    """
    deliveries = sorted(find_deliveries(pages), key=lambda d: d.newest.age, reverse=True)
    for place, delivery in enumerate(deliveries):
        if is_complete(delivery, distinct_members):
            return Assembly(delivery, is_complete=True, waiting=tuple(deliveries[:place]))
    return Assembly(deliveries[0], is_complete=False, waiting=())


def is_complete(delivery: Delivery, distinct_members: Callable[[Delivery], int]) -> bool:
    """Whether all pages were received, or as many distinct members as the vendor counts."""
    if delivery.has_all_pages:
        return True
    expected = delivery.members_expected
    if expected is None or sum(page.member_count for page in delivery.pages) < expected:
        return False
    return distinct_members(delivery) >= expected


def find_deliveries(pages: Iterable[Page]) -> list[Delivery]:
    """Groups the pages of one tree into deliveries.

    A document that was received several times counts once, with its latest arrival.
    """
    last = {page.document_id: page for page in sorted(pages, key=lambda page: page.ingest_seq)}
    ordered = sorted(last.values(), key=lambda page: (*_request(page), *page.age))
    found: list[Delivery] = []
    for _, group in groupby(ordered, key=_request):
        current: list[Page] = []
        for page in group:
            if current and _begins_new(current, page):
                found.append(_delivery(current))
                current = []
            current.append(page)
        found.append(_delivery(current))
    return found


def _request(page: Page) -> tuple[bool, int]:
    """The options of the request that a page answers: a delivery answers one request."""
    return (page.branches_excluded, page.page_size or 0)


def _begins_new(current: list[Page], page: Page) -> bool:
    return (
        any(page.page_number == other.page_number for other in current)
        or page.counts != current[-1].counts
        or page.source_timestamp - current[-1].source_timestamp > GAP
    )


def _delivery(pages: list[Page]) -> Delivery:
    return Delivery(tuple(sorted(pages, key=lambda page: page.page_number)))
