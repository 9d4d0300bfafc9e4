"""Prints values so that none of them can control the terminal."""

import errno
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click

from firmograph.errors import OutputError
from firmograph.queries.text import clean


def shown(value: Any) -> str:
    """A value as a cell: NULL is empty, times are UTC to the second, lists are joined."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return clean(str(value))


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun, as ``1 row`` or ``2 rows``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


@contextmanager
def writing() -> Iterator[None]:
    """Turns a failure to write standard output, except into a closed pipe, to an error."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise
        raise OutputError(
            f"standard output cannot be written: {error.strerror or error}",
            hint="the command itself has done its work; read its result again, or run it again",
        ) from error


def flush() -> None:
    """Writes what standard output still holds."""
    with writing():
        sys.stdout.flush()


def echo(text: str = "", *, ends_line: bool = True) -> None:
    """Prints a line whose parts are already clean."""
    with writing():
        click.echo(text, nl=ends_line)


def echo_bytes(content: bytes) -> None:
    """Writes bytes exactly as they are."""
    with writing():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def echo_json(value: Any) -> None:
    """Prints exactly one JSON value."""
    echo(json_text(value))


def json_text(value: Any) -> str:
    """A value as an indented JSON text that cannot control the terminal."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return "\n".join(map(_json_line, text.split("\n")))


def _json_line(line: str) -> str:
    """A line of a JSON text, escaped where it could control the terminal."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def echo_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Prints rows as a table; lines are folded only on a terminal."""
    echo_pages([list(rows)], columns)


def echo_pages(pages: Iterable[Sequence[Mapping[str, Any]]], columns: Sequence[str]) -> int:
    """Prints pages of rows as one table, laid out by the first page; returns how many rows."""
    from rich.console import Console

    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    widths: list[int] | None = None
    count = 0
    for page in pages:
        with writing():
            console.print(_page(page, columns, widths))
        if widths is None:
            widths = [
                max(len(column), *(len(shown(row.get(column))) for row in page), 0)
                for column in columns
            ]
        count += len(page)
    return count


def _page(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], widths: list[int] | None
) -> Any:
    """Rows as a table; with the widths of an earlier page, without a heading."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    style = box.SIMPLE_HEAD if widths is None else None
    table = Table(box=style, pad_edge=False, show_header=widths is None)
    for place, column in enumerate(columns):
        is_number = any(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(
            Text(clean(column)),
            justify="right" if is_number else "left",
            overflow="fold",
            min_width=widths[place] if widths else None,
        )
    for row in rows:
        table.add_row(*(Text(shown(row.get(column))) for column in columns))
    return table
