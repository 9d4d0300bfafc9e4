"""Grouping: which pages of a tree form a delivery, and which delivery is authoritative.

Pure functions of pages; apart from ties, the order of arrival does not matter.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby

from firmograph.publish.trees.deliveries import CountMembers, Delivery, Page

GAP = timedelta(hours=24)
"""If the interval between two pages is longer, the later one begins a new delivery."""

A_LITTLE, A_LITTLE_SHARE = 5, 0.01
"""By how much counts may differ within a delivery: the family may grow between two requests."""

COUNTS = ("members_count", "members_count_without_branches")


@dataclass(frozen=True, slots=True)
class Assembly:
    """The deliveries of a tree: which one is its head, and which are incomplete.

    Attributes:
        head: the authoritative delivery.
        is_complete: whether the head is complete.
        waiting: newer deliveries that are not complete, newest first.
    """

    head: Delivery
    is_complete: bool
    waiting: tuple[Delivery, ...]


def assemble(pages: Iterable[Page], count_members: CountMembers) -> Assembly:
    """Finds the authoritative delivery of a tree: the newest complete one, else the newest.

    Args:
        pages: all pages of one tree, in any order; at least one.
        count_members: called only if page numbers do not tell.
    """
    incomplete: list[Delivery] = []
    for window in _windows(pages):
        for delivery in find_deliveries(window, count_members):
            if delivery.is_complete(count_members):
                return Assembly(delivery, is_complete=True, waiting=tuple(incomplete))
            incomplete.append(delivery)
    return Assembly(incomplete[0], is_complete=False, waiting=())


def find_deliveries(pages: Iterable[Page], count_members: CountMembers) -> list[Delivery]:
    """Groups pages of a tree into deliveries, newest first.

    The answers to one request belong together. Requests that are not complete are united with
    earlier ones that are not either, unless a complete one lies between: some page was requested
    again, or the numbers, sizes or counts of the pages do not tell.
    """
    found: list[Delivery] = []
    for _, group in groupby(sorted(pages, key=_by_exclusion), key=lambda p: p.branches_excluded):
        requests = [
            request
            for of_size in _by_size(list(group))
            for request in _requests(of_size, count_members)
        ]
        found += _unite(sorted(requests, key=_age), count_members)
    return sorted(found, key=_age, reverse=True)


def _by_exclusion(page: Page) -> tuple[object, ...]:
    return (page.branches_excluded, *page.age)


def _age(delivery: Delivery) -> tuple[object, ...]:
    return delivery.newest.age


def _windows(pages: Iterable[Page]) -> Iterator[list[Page]]:
    """Splits pages where the interval is too long for a delivery; yields the newest window first.

    A document that was received several times counts once, with its latest arrival. A page without
    members, which earlier releases accepted, proves nothing.
    """
    received = sorted(pages, key=lambda page: page.ingest_seq)
    listing = [page for page in received if page.member_count] or received
    last = {page.document_id: page for page in listing}
    window: list[Page] = []
    for page in sorted(last.values(), key=lambda page: page.age, reverse=True):
        if window and window[-1].source_timestamp - page.source_timestamp > GAP:
            yield window
            window = []
        window.append(page)
    yield window


def _by_size(pages: list[Page]) -> list[list[Page]]:
    """Separates requests of different page sizes; pages that state none belong to the only size."""
    sizes = sorted({page.page_size for page in pages if page.page_size})
    if len(sizes) < 2:
        return [pages]
    groups = ([page for page in pages if page.page_size == size] for size in (None, *sizes))
    return [group for group in groups if group]


def _requests(pages: Sequence[Page], count_members: CountMembers) -> list[Delivery]:
    """Separates pages, given in order of time, by the requests that they answer."""
    found: list[Delivery] = []
    current: Delivery | None = None
    for page in pages:
        if current and _continues(current, page, count_members):
            current = Delivery.of([*current.pages, page])
            continue
        if current:
            found.append(current)
        current = Delivery.of([page])
    return [*found, current] if current else found


def _continues(current: Delivery, page: Page, count_members: CountMembers) -> bool:
    """Whether a page answers the same request as the pages before it."""
    alone = Delivery((page,))
    if not _is_near(current, alone):
        return False
    if page.page_number and any(page.page_number == other.page_number for other in current.pages):
        return False
    if alone.is_complete(count_members):
        return False
    if current.is_numbered and page.page_number:
        return not current.has_all_pages
    if not current.is_complete(count_members):
        return True
    together = count_members([*current.pages, page])
    return count_members(current.pages) < together <= (page.members_expected or 0)


def _is_near(earlier: Delivery, later: Delivery) -> bool:
    """Whether two deliveries may be one, by the time between them and by their counts."""
    if later.oldest.source_timestamp - earlier.newest.source_timestamp > GAP:
        return False
    # a page without a number could as well be the whole tree of its day
    pages = (*earlier.pages, *later.pages)
    times = [page.source_timestamp for page in pages if not page.page_number]
    if times and max(times) - min(times) >= GAP:
        return False
    # how many pages there are depends on their size
    same_size = earlier.page_sizes == later.page_sizes
    facts = ("page_count", *COUNTS) if same_size else COUNTS
    return all(_differ_little(earlier, later, fact) for fact in facts)


def _differ_little(earlier: Delivery, later: Delivery, fact: str) -> bool:
    """Whether what the pages state differs at most a little; what they do not state differs not."""
    one, other = earlier.stated(fact), later.stated(fact)
    if not one or not other:
        return True
    allowed = max(A_LITTLE, int(A_LITTLE_SHARE * max(*one, *other)))
    return max(min(one), min(other)) - min(max(one), max(other)) <= allowed


def _unite(requests: Iterable[Delivery], count_members: CountMembers) -> list[Delivery]:
    """Unites incomplete requests, given in order of time, with near ones before them."""
    found: list[Delivery] = []
    loose: list[Delivery] = []
    for request in requests:
        is_complete = request.is_complete(count_members)
        if not is_complete and (near := [other for other in loose if _is_near(other, request)]):
            loose = [other for other in loose if other not in near]
            request = _union([*near, request], count_members)  # noqa: PLW2901 - one delivery now
            is_complete = request.is_complete(count_members)
        if is_complete:
            found += [*loose, _without_old_pages(request, count_members)]
            loose = []
        else:
            loose.append(request)
    return found + loose


def _union(requests: Iterable[Delivery], count_members: CountMembers) -> Delivery:
    """All pages of some requests; of those with the same size and number, the newest.

    Members may have moved between two pages meanwhile: older copies are used too if they hold
    members that are missing otherwise, and no more than are counted.
    """
    every = Delivery.of(page for request in requests for page in request.pages)
    has_sizes = len(every.page_sizes) > 1
    copies = {
        (has_sizes and page.page_size, page.page_number or page.document_id): page
        for page in sorted(every.pages, key=lambda page: page.age)
    }
    newest = Delivery.of(copies.values())
    if len(newest.pages) == len(every.pages) or not every.members_expected:
        return newest
    held, holdable = count_members(newest.pages), count_members(every.pages)
    return every if held < holdable <= every.members_expected else newest


def _without_old_pages(delivery: Delivery, count_members: CountMembers) -> Delivery:
    """Leaves out the oldest pages as long as the others, some without a number, are complete."""
    while not delivery.is_numbered:
        oldest = delivery.oldest
        rest = Delivery(tuple(page for page in delivery.pages if page is not oldest))
        if not rest.pages or not rest.is_complete(count_members):
            break
        delivery = rest
    return delivery
