"""Prints the rows of a query batch by batch, as a table, CSV or JSON."""

import csv
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from firmograph.cli.render import as_csv, clean, counted, echo, echo_pages, json_text, writing

if TYPE_CHECKING:
    from firmograph.queries.reader import Batches

Page = list[dict[str, Any]]


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
    """The rows of each batch, up to the limit."""
    left = limit
    if left == 0:
        return
    for batch in batches:
        page: Page = batch.slice(0, left).to_pylist() if left is not None else batch.to_pylist()
        if page:
            yield page
        if left is not None:
            left -= len(page)
            if not left:
                return


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
