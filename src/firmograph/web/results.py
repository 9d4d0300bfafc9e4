"""Runs a user's query, for a page or row by row for a file."""

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

from firmograph.queries.session import Row
from firmograph.queries.values import rows_of
from firmograph.web.view import View


@dataclass(frozen=True)
class Result:
    """The first rows of a query.

    Attributes:
        columns: their names.
        rows: at most as many as were asked for.
        has_more: whether there are others.
        seconds: how long it took.
    """

    columns: list[str]
    rows: list[Row]
    has_more: bool
    seconds: float


def first_rows(view: View, sql: str, limit: int, *, seconds: float = 0.0) -> Result:
    """Runs a query until it has returned enough rows.

    Args:
        view: the snapshot, and what stops the query.
        sql: the query.
        limit: how many rows are returned at most.
        seconds: how long it may take; 0 for as long as the settings allow.

    Raises:
        QueryError: if it is refused, fails or is stopped.
    """
    began, rows = time.perf_counter(), list[Row]()
    with view.session.stream(sql, view.stop, seconds=seconds) as batches:
        for batch in batches:
            rows += rows_of(batch)
            if len(rows) > limit:
                break
    took = time.perf_counter() - began
    return Result(batches.schema.names, rows[:limit], len(rows) > limit, took)


def all_rows(view: View, sql: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """Runs a query whose rows are read one after another while the answer is sent.

    Returns:
        Its columns and its rows.

    Raises:
        QueryError: if it is refused, or fails before its first row.
    """
    found = _columns_and_rows(view, sql)
    columns: tuple[str, ...] = next(found)
    view.held.callback(found.close)
    first = next(found, None)
    return columns, chain([] if first is None else [first], found)


def _columns_and_rows(view: View, sql: str) -> Generator[Any]:
    """Yields the names of the columns, then each row."""
    with view.session.stream(sql, view.stop) as batches:
        yield tuple(batches.schema.names)
        for batch in batches:
            yield from rows_of(batch)


def is_number(value: Any) -> bool:
    """Whether a value is a number; a truth value is none."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
