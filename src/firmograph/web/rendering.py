"""Answers as pages, as JSON and as CSV."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from itertools import chain
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from firmograph import __version__
from firmograph.engine.sql import literal
from firmograph.queries.session import Row
from firmograph.queries.text import as_csv, clean
from firmograph.web.compiled import CompiledTemplates
from firmograph.web.results import is_number

ROWS_AT_ONCE = 500
"""Rows of a CSV that are sent together."""
TEXT_SHOWN = 1_000
"""How many characters of a value a page shows."""
NAME_SHOWN = 200
"""How many characters of a name a page shows."""
_SIZES = ("bytes", "kB", "MB", "GB", "TB")
_KINDS = {
    "string": "text",
    "int64": "integer",
    "bool": "boolean",
    "date32[day]": "date",
    "list<item: string>": "list of text",
    "list<element: string>": "list of text",
}
_PATH = re.compile(r"\w[.\[]\w|: \w+[.\[]| \| ")


@cache
def environment() -> Environment:
    """The templates and their filters."""
    made = Environment(
        loader=PackageLoader("firmograph.web"),
        bytecode_cache=CompiledTemplates(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "number": number,
        "percent": percent,
        "prose": prose,
        "time": time,
        "age": age,
        "bytesize": bytesize,
        "clean": clean,
        "clean_lines": clean_lines,
        "text": text,
        "shortened": shortened,
        "rounded": rounded,
        "numeric": numeric,
        "literal": literal,
        "breakable": breakable,
        "brief": brief,
        "kind": kind,
        "meaning": meaning,
    }
    made.globals |= {"version": __version__, "asset": asset}
    return made


@cache
def asset(name: str) -> str:
    """The address of a file of the package, which changes with its content."""
    import hashlib

    content = resources.files("firmograph.web").joinpath("static", name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def page(template: str, names: Mapping[str, Any]) -> str:
    """Renders a template."""
    return environment().get_template(template).render(names)


def as_json(value: Any) -> bytes:
    """A value as JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def csv_lines(rows: Iterable[Row], columns: tuple[str, ...]) -> Iterator[str]:
    """Rows as CSV that is safe to open in a spreadsheet, some lines at a time."""
    left = iter(rows)
    first = next(left, None)
    names = columns or (tuple(first) if first else ())
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(as_csv(name) for name in names)
    for place, row in enumerate(chain([first] if first else [], left), 1):
        writer.writerow([_cell(row.get(name)) for name in names])
        if place % ROWS_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, str):  # nearly all are
        return as_csv(value)
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, list | dict):
        return as_csv(msgspec.json.encode(value).decode())
    return as_csv(value)


# Filters


def number(value: float | None) -> str:
    """A number with its thousands apart; an empty text for None."""
    if value is None:
        return ""
    return f"{value:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def numeric(rows: Sequence[Row]) -> list[str]:
    """The columns that hold nothing but numbers."""
    return [
        name
        for name in (rows[0] if rows else ())
        if any(row[name] is not None for row in rows)
        and all(row[name] is None or is_number(row[name]) for row in rows)
    ]


def rounded(value: float) -> str:
    """A number of a picture: at most two places behind the point, or four digits if it is small."""
    if isinstance(value, int) or not math.isfinite(value):
        return number(value)
    short = round(float(value), 2) if abs(value) >= 1 else float(f"{value:.4g}")
    return number(int(short) if short.is_integer() else short)


def percent(part: float, whole: float = 1) -> str:
    """A share, which is 0 % or 100 % only if it is exactly that."""
    if not whole:
        return "\N{EN DASH}"
    share = 100 * part / whole
    if share in (0, 100):
        return f"{share:.0f}\N{NO-BREAK SPACE}%"
    return f"{min(max(share, 0.1), 99.9):.1f}\N{NO-BREAK SPACE}%"


def time(value: datetime | None, absent: str = "never") -> Markup:
    """A time: UTC to the minute; the browser shows local time, with exact UTC on hover."""
    if value is None:
        return Markup('<span class="absent">{}</span>').format(absent)
    utc = value.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        utc.isoformat().replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S.%f} UTC",
        f"{utc:%Y-%m-%d %H:%M} UTC",
    )


def age(value: datetime | None) -> str:
    """How long ago a time was, to one unit."""
    if value is None:
        return "never"
    seconds = max((datetime.now(UTC) - value.astimezone(UTC)).total_seconds(), 0)
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def bytesize(value: float | None) -> str:
    """A size in bytes, to three digits."""
    if value is None:
        return ""
    size, unit = float(value), 0
    while size >= 1000 and unit < len(_SIZES) - 1:
        size, unit = size / 1000, unit + 1
    name = "byte" if size == 1 and not unit else _SIZES[unit]
    return f"{size:.3g}\N{NO-BREAK SPACE}{name}"


def breakable(value: str) -> Markup:
    """A name that can wrap behind its underscores."""
    return Markup("<wbr>").join(re.split(r"(?<=_)(?!_|$)", clean(value)))


def brief(value: str) -> str:
    """A name, of which the beginning is shown if it is very long."""
    shown = clean(value)
    return (
        shown
        if len(shown) <= NAME_SHOWN
        else shown[:NAME_SHOWN].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
    )


def kind(value: str) -> str:
    """A type of a column in one word, the same for tables of contracts and others."""
    return "time" if value.startswith("timestamp") else _KINDS.get(value, value)


def meaning(value: str) -> Markup:
    """A path as code that can wrap behind its dots, or the meaning of a column as prose."""
    if " " in value and not _PATH.search(value):
        return prose(value)
    pieces = re.split(r"(?<=[.\]])(?=\w)", clean(value))
    return Markup("<code>{}</code>").format(Markup("<wbr>").join(pieces))


def prose(value: str) -> Markup:
    """A sentence in which what stands in backquotes is code."""
    pieces = clean(value).split("`")
    marked = [
        Markup("<code>{}</code>").format(piece) if place % 2 else escape(piece)
        for place, piece in enumerate(pieces)
    ]
    return Markup("").join(marked)


def clean_lines(value: str) -> str:
    """A text of several lines without other control characters."""
    return "\n".join(clean(line) for line in value.expandtabs(4).splitlines())


def text(value: Any) -> Markup:
    """A value of any type as a cell: NULL and the empty text look different."""
    if value is None:
        return Markup('<span class="absent" title="NULL: the document has no value">NULL</span>')
    if isinstance(value, datetime) and value.tzinfo:
        return time(value)
    if isinstance(value, list):
        return Markup(", ").join(text(item) for item in value)
    if isinstance(value, bool):
        value = "yes" if value else "no"
    shown = clean(str(value))
    if not shown:
        return Markup('<span class="absent">empty</span>')
    kind = "figure" if isinstance(value, int | float) else "text"
    return Markup('<bdi class="{}">{}</bdi>').format(kind, shown)


def shortened(value: Any) -> Any:
    """A value as a page shows it: bytes by their size, long texts by their beginning."""
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, dict | tuple):
        value = str(value)
    if isinstance(value, str) and len(value) > TEXT_SHOWN:
        return f"{value[:TEXT_SHOWN]}\N{HORIZONTAL ELLIPSIS} ({len(value)} characters)"
    return value
