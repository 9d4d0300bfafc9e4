"""Pages of rows, one after another, for files that have all of them."""

from collections.abc import Callable, Iterator
from itertools import count

from firmograph.queries.session import Row

ROWS_AT_ONCE = 10_000


def all_rows(list_page: Callable[[int, int], list[Row]]) -> Iterator[Row]:
    """Every row of a list.

    Args:
        list_page: the rows of a page, given its number from 1 and how many rows a page has.
    """
    for number in count(1):
        rows = list_page(number, ROWS_AT_ONCE)
        if not rows:
            return
        yield from rows
