"""Prints the rows of a query batch by batch, as a table, CSV or JSON."""

import csv
import sys
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from firmograph.cli.render import counted, echo, echo_pages, json_text, writing
from firmograph.queries.text import as_csv, clean

if TYPE_CHECKING:
    from firmograph.queries.reader import Batches

Page = list[dict[str, Any]]
PAGE = 1_000
"""How many rows are laid out at once."""


def echo_rows(batches: "Batches", form: str, limit: int | None) -> None:
    """Prints the rows of a query.

    Args:
        batches: the rows.
        form: ``table``, ``csv`` or ``json``.
        limit: how many rows are printed at most; None for all.
    """
    names, pages = batches.schema.names, _pages(batches, limit)
    if form == "json":
        _echo_json(pages)
    elif form == "csv":
        _echo_csv(pages, names)
    elif names == ["explain_key", "explain_value"]:
        for line in "".join(row["explain_value"] for page in pages for row in page).splitlines():
            echo(clean(line))
    else:
        first = next(pages, [])
        echo(counted(echo_pages(_chain(first, pages), names), "row"))


def _pages(batches: "Batches", limit: int | None) -> Iterator[Page]:
    """The rows up to the limit, in pages of `PAGE` rows, however small the batches are."""
    page: Page = []
    for row in islice(_rows(batches), limit):
        page.append(row)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _rows(batches: "Batches") -> Iterator[dict[str, Any]]:
    from firmograph.queries.values import rows_of  # imports pyarrow

    for batch in batches:
        yield from rows_of(batch)


def _chain(first: Page, rest: Iterator[Page]) -> Iterator[Page]:
    yield first
    yield from rest


def _echo_csv(pages: Iterator[Page], names: list[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    with writing():
        writer.writerow(as_csv(name) for name in names)
    for page in pages:
        with writing():
            writer.writerows([as_csv(row[name]) for name in names] for row in page)


def _echo_json(pages: Iterator[Page]) -> None:
    """Prints one array, whose rows are written as they come."""
    first = next(pages, None)
    if first is None:
        echo("[]")
        return
    echo("[")
    separator = ""
    for page in _chain(first, pages):
        rows = json_text(page).removeprefix("[\n").removesuffix("\n]")
        echo(separator + rows, ends_line=False)
        separator = ",\n"
    echo("\n]")
