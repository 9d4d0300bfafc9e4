"""The facts of a page of a delivery: from the page, its links and its file name."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs


class PageFacts(NamedTuple):
    """The facts that tell to which delivery a page belongs.

    Attributes:
        branches_excluded: whether the tree was requested without branches.
        page_size: members on a full page; None if unknown.
        page_number: from 1; None if unknown.
        page_count: pages of the delivery; None if unknown.
        members_count: members of the family, branches included; None if unknown.
        members_count_without_branches: members of the family without branches; None if unknown.
    """

    branches_excluded: bool
    page_size: int | None
    page_number: int | None
    page_count: int | None
    members_count: int | None
    members_count_without_branches: int | None


def page_facts(row: tuple[Any, ...], file_page: int | None) -> PageFacts:
    """Resolves the row that was read for the contract's `delivery` section.

    Args:
        row: exclusion, page number, page size, self link, last link and the two counts.
        file_page: the page number in the file's name.
    """
    exclusion, number, size, self_link, last_link, count, count_without = row
    return PageFacts(
        branches_excluded=exclusion == "Branches",
        page_size=_positive(size) or _from_link(self_link, "page[size]"),
        page_number=_positive(number) or _from_link(self_link, "page[number]") or file_page or None,
        page_count=_from_link(last_link, "page[number]"),
        members_count=_positive(count),
        members_count_without_branches=_positive(count_without),
    )


def no_members(row: tuple[Any, ...], element_count: int) -> str | None:
    """Why a page of which no member can be used is refused; None if it counts no members either.

    Args:
        row: as for `page_facts`.
        element_count: how many members the page lists.
    """
    if element_count:
        if element_count == 1:
            return "the only member on the page cannot be used"
        return f"none of the {element_count} members on the page can be used"
    counts = [count for count in row[-2:] if count is not None]
    if max(counts, default=0) <= 0:
        return None
    return (
        f"the document counts {counts[0]} members and lists none: a count alone never replaces "
        "the members of a tree; request the tree with its members"
    )


def _positive(value: int | None) -> int | None:
    """A number of pages or members; None if it cannot be one."""
    return value if value is not None and value > 0 else None


def _from_link(link: str | None, name: str) -> int | None:
    """A positive number in a link's query, such as ``page%5Bnumber%5D=2``; None without one."""
    # not by urlsplit, which fails on hosts that do not matter here
    query = (link or "").partition("?")[2].partition("#")[0]
    try:
        texts = parse_qs(query).get(name, [])
    except ValueError:
        return None
    text = texts[0] if texts else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 and int(text) else None
