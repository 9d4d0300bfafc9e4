"""Prints values so that none of them can control the terminal."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click


def clean(text: str) -> str:
    r"""A text without control characters, which become escapes such as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shown(value: Any) -> str:
    """A value as a cell: NULL is empty, times are UTC to the second, lists are joined."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}Z"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value)
    return clean(str(value))


def as_csv(value: Any) -> Any:
    """A value for CSV: NULL is empty; control characters are escaped, except line feed and tab."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(c if c in "\n\t" else clean(c) for c in value)


def counted(count: int, one: str, many: str | None = None) -> str:
    """A count with its noun, as ``1 row`` or ``2 rows``."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def echo(text: str = "") -> None:
    """Prints a line whose parts are already clean."""
    click.echo(text)


def echo_json(value: Any) -> None:
    """Prints exactly one JSON value."""
    import msgspec

    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    click.echo("".join(_json_character(c) for c in text) if not text.isprintable() else text)


def _json_character(character: str) -> str:
    """A character of a JSON text, escaped if it could control the terminal."""
    if character.isprintable() or character == "\n":
        return character
    return json.dumps(character)[1:-1]


def echo_table(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Prints rows as a table; lines are folded only on a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        is_number = any(isinstance(row.get(column), int | float) for row in rows)
        justify = "right" if is_number else "left"
        table.add_column(Text(clean(column)), justify=justify, overflow="fold")  # type: ignore[arg-type]
    for row in rows:
        table.add_row(*(Text(shown(row.get(column))) for column in columns))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    console.print(table)
