"""Deliveries: pages of a family tree that belong together, and what they prove."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

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
    page_number: int | None
    page_count: int | None
    members_count: int | None
    members_count_without_branches: int | None
    member_count: int

    @property
    def members_expected(self) -> int | None:
        """How many members the vendor counts in the tree as it was requested."""
        return self.members_count_without_branches if self.branches_excluded else self.members_count

    @property
    def age(self) -> tuple[datetime, int]:
        """The key that sorts pages by time."""
        return (self.source_timestamp, self.ingest_seq)


CountMembers = Callable[[Iterable[Page]], int]
"""Counts the distinct members on some pages; that may require reading the pages from ODS."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Pages that belong together: by number, then those without one; of equals the newest first.

    The newest page that states a count is believed, since a family may grow between two pages.
    """

    pages: tuple[Page, ...]

    @classmethod
    def of(cls, pages: Iterable[Page]) -> "Delivery":
        """A delivery of some pages, in any order."""
        newest_first = sorted(pages, key=lambda page: page.age, reverse=True)
        return cls(tuple(sorted(newest_first, key=_number_or_last)))

    @property
    def newest(self) -> Page:
        """The newest page by source time."""
        return max(self.pages, key=lambda page: page.age)

    @property
    def oldest(self) -> Page:
        """The oldest page by source time."""
        return min(self.pages, key=lambda page: page.age)

    @property
    def page_sizes(self) -> set[int]:
        """The page sizes that are stated."""
        return set(self.stated("page_size"))

    def stated(self, fact: str) -> list[int]:
        """What the pages state about a fact, the oldest page first."""
        ordered = sorted(self.pages, key=lambda page: page.age)
        return [value for page in ordered if (value := getattr(page, fact))]

    @property
    def is_numbered(self) -> bool:
        """Whether the numbers of all pages are known, and count pages of the same size."""
        return len(self.page_sizes) < 2 and all(page.page_number for page in self.pages)

    @property
    def page_count(self) -> int | None:
        """How many pages there should be; None if that or a page's number is unknown."""
        stated = self.stated("page_count") if self.is_numbered else []
        return stated[-1] if stated else None

    @property
    def pages_received(self) -> int:
        """How many of the expected pages were received; of all pages if that is unknown."""
        last = self.page_count
        return sum(number <= last for number in self._numbers) if last else len(self.pages)

    @property
    def has_all_pages(self) -> bool:
        """Whether every page was received, up to a last page that is known."""
        return self.pages_received == self.page_count

    @property
    def missing_pages(self) -> list[int]:
        """Numbers of the pages known to be missing, at most `SHOWN_PAGES` of them."""
        if not self.is_numbered:
            return []
        received = self._numbers
        last = self.page_count or max(received)
        missing = (number for number in range(1, last + 1) if number not in received)
        return list(islice(missing, SHOWN_PAGES))

    @property
    def members_expected(self) -> int | None:
        """How many members the vendor counts; None if no page says."""
        stated = self.stated("members_expected")
        return stated[-1] if stated else None

    def is_complete(self, count_members: CountMembers) -> bool:
        """Whether it proves to be complete: by all pages, or as many members as are counted.

        Args:
            count_members: called only if pages are missing or unknown, but the members may suffice.
        """
        listed = sum(page.member_count for page in self.pages)
        if not listed or self.has_all_pages:
            return bool(listed)
        expected = self.members_expected
        if expected is None or listed < expected:
            return False
        # keys are distinct on each page
        held = listed if len(self.pages) == 1 else count_members(self.pages)
        # more members than are counted, on fewer pages than there are: the count is wrong
        return held >= expected if self.page_count is None else held == expected

    @property
    def _numbers(self) -> set[int]:
        return {page.page_number for page in self.pages if page.page_number}


def _number_or_last(page: Page) -> tuple[bool, int]:
    return (page.page_number is None, page.page_number or 0)
