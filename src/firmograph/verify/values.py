"""Converts JSON values to column types, by rules independent of the kernel's."""

import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))?)?"
)


class Fault(ValueError):  # noqa: N818 - a fact about a document, not an error of ours
    """Content that no accepted document, and no element with a row, can have."""


class Literal(str):
    """A JSON number as it was written."""

    __slots__ = ()


def is_missing(value: Any) -> bool:
    """Whether a value is one of the spellings of NULL: null, {}, [] and an empty text."""
    return value is None or value in ({}, [], "")


def convert(kind: str, value: Any) -> Any:
    """Converts a value that is not missing to its column's type.

    Raises:
        Fault: if it does not fit.
    """
    return _CONVERSIONS[kind](value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Fault(f"{value!r:.80} is not text")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise Fault("the text holds half a surrogate pair") from error
    return str(value)


def _duns(value: Any) -> str:
    text = _text(value)
    if not re.fullmatch("[0-9]{9}", text):
        raise Fault(f"{text!r:.80} is not a DUNS")
    return text


def _number(value: Any) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise Fault(f"{value!r:.80} is not a number")
    return str(value)


def _integer(value: Any) -> int:
    try:
        number = Decimal(_number(value))
        if number != number.to_integral_value() or not -(2**63) <= number < 2**63:
            raise Fault(f"{value!r:.80} is not a whole number of 64 bits")
    except ArithmeticError as error:
        raise Fault(f"{value!r:.80} is too large") from error
    return int(number)


def _double(value: Any) -> float:
    number = float(_number(value))
    if not math.isfinite(number):
        raise Fault(f"{value!r:.80} is not finite")
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise Fault(f"{value!r:.80} is neither true nor false")


def _timestamp(value: Any) -> datetime:
    match = _TIME.fullmatch(_text(value))
    if match is None:
        raise Fault(f"{value!r:.80} is not a timestamp")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.group(*range(1, 7)))
    micros = int((match[7] or "").ljust(6, "0")[:6])
    away = timedelta(hours=int(match[10] or 0), minutes=int(match[11] or 0))
    try:
        zone = timezone(-away if match[9] == "-" else away)
        return datetime(year, month, day, hour, minute, second, micros, zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Fault(f"{value!r:.80} is not a timestamp") from error


def _partial_date(value: Any) -> str:
    text = _text(value)
    match = _DATE.fullmatch(text)
    try:
        date(*(int(part or 1) for part in match.groups())) if match else date.fromisoformat("")
    except ValueError as error:
        raise Fault(f"{text!r:.80} is not a date") from error
    return text


_CONVERSIONS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "duns": _duns,
    "integer": _integer,
    "double": _double,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "partial_date": _partial_date,
    "present": lambda _: True,
}
