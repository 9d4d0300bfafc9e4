"""Where the marks of a picture are, in per cent of its width and height."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from firmograph.errors import QueryError
from firmograph.queries.session import Row
from firmograph.web.results import is_number


@dataclass(frozen=True)
class Bar:
    """A bar.

    Attributes:
        label: whose it is.
        value: what it shows; None if there is none.
        start: where it begins.
        width: how wide it is.
    """

    label: Any
    value: Any
    start: float = 0.0
    width: float = 0.0


@dataclass(frozen=True)
class Line:
    """A line.

    Attributes:
        points: where it runs, from the left above.
        low: the value at the lower edge.
        high: the value at the upper edge.
        first: what the left edge stands for.
        last: what the right edge stands for.
        last_value: the value there.
    """

    points: list[tuple[float, float]]
    low: float
    high: float
    first: Any
    last: Any
    last_value: Any


def bars(rows: Sequence[Row], columns: Sequence[str]) -> list[Bar]:
    """A bar for each row, from the zero line.

    Raises:
        QueryError: if the rows are not a label and a number each.
    """
    _check_columns(rows, columns, "bars")
    label, value = columns[:2]
    known = [row[value] for row in rows if _is_finite(row[value])]
    low, high = float(min(known, default=0)), float(max(known, default=0))
    low, high = min(low, 0.0), max(high, 0.0)
    return [_bar(row[label], row[value], low, (high - low) or 1.0) for row in rows]


def _bar(label: Any, value: Any, low: float, span: float) -> Bar:
    if not _is_finite(value):
        return Bar(label, value)
    size = float(value)
    start = _percent((min(size, 0.0) - low) / span)
    return Bar(label, value, start, _percent(abs(size) / span))


def line(rows: Sequence[Row], columns: Sequence[str]) -> Line | None:
    """A line through the rows that have both values; None if there is none.

    Raises:
        QueryError: if the rows are not a time or number and a number each.
    """
    _check_columns(rows, columns, "line")
    across, up = columns[:2]
    known = sorted(
        (_place(row[across], number), float(row[up]), number)
        for number, row in enumerate(rows)
        if row[across] is not None and _is_finite(row[up])
    )
    if not known:
        return None
    left, right = known[0][0], known[-1][0]
    values = [value for _, value, _ in known]
    low, high = min(0.0, *values), max(0.0, *values)
    points = [
        (
            _percent((place - left) / (right - left)) if right > left else 50.0,
            _percent((high - value) / ((high - low) or 1.0)) if high > low else 100.0,
        )
        for place, value, _ in known
    ]
    first, last = rows[known[0][2]], rows[known[-1][2]]
    return Line(points, low, high, first[across], last[across], last[up])


def _check_columns(rows: Sequence[Row], columns: Sequence[str], kind: str) -> None:
    what = "a label and a number" if kind == "bars" else "a time or number and a number"
    allowed = f"{kind} need{'s' if kind == 'line' else ''} {what}, as the first two columns"
    if len(columns) < 2:
        raise QueryError(f"the query returns {len(columns)} column; {allowed}")
    other = next((v for row in rows if not _is_figure(v := row[columns[1]])), None)
    if other is not None:
        raise QueryError(f"column {columns[1]} has the value {str(other)[:60]!r}; {allowed}")


def _is_figure(value: Any) -> bool:
    return value is None or is_number(value)


def _is_finite(value: Any) -> bool:
    return is_number(value) and math.isfinite(value)


def _place(value: Any, number: int) -> float:
    """How far to the right a value is: times and numbers by their size, others in their order."""
    if _is_finite(value):
        return float(value)
    if isinstance(value, date):
        if not isinstance(value, datetime):
            return float(value.toordinal() * 86_400)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    return float(number)


def _percent(share: float) -> float:
    return round(100 * share, 2)
