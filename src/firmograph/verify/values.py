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


_FACTORS = {
    "unit": 1,
    "one": 1,
    "single": 1,
    "singleunit": 1,
    "hundred": 100,
    "thousand": 1_000,
    "tenthousand": 10_000,
    "lakh": 100_000,
    "hundredthousand": 100_000,
    "million": 1_000_000,
    "crore": 10_000_000,
    "billion": 1_000_000_000,
    "trillion": 1_000_000_000_000,
}


class Fault(ValueError):  # noqa: N818 - a fact about a document, not an error of ours
    """Content that no accepted document, and no element with a row, can have."""


class Literal(str):
    """A JSON number as it was written."""

    __slots__ = ()


def is_missing(value: Any, missing_values: frozenset[str] = frozenset()) -> bool:
    """Whether a value is one of the spellings of NULL: null, {}, [], blank and listed texts."""
    if isinstance(value, str) and not isinstance(value, Literal):
        return value.isspace() or value == "" or value in missing_values
    return value is None or value in ({}, [])


def is_same_code(value: Any, wanted: str) -> bool:
    """Whether a value is a contract's code: a number written in any way, or text in any case.

    Raises:
        Fault: if it is neither text nor number, or text where a number is wanted.
    """
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    if not isinstance(text, str):
        raise Fault(f"{value!r:.80} is not a code")
    if not _NUMBER.fullmatch(wanted):
        return text.strip().casefold() == wanted.strip().casefold()
    if not _NUMBER.fullmatch(text.strip()):
        raise Fault(f"{value!r:.80} is not a number")
    return _magnitude(text.strip()) == _magnitude(wanted)


def _magnitude(literal: str) -> int | float:
    return int(literal) if re.fullmatch("-?[0-9]{1,18}", literal) else float(literal)


def age(value: Any, missing_values: frozenset[str]) -> str:
    """A text by which dates are ordered; empty for what is not a date."""
    if is_missing(value, missing_values):
        return ""
    for read in (_partial_date, lambda text: _timestamp(text).isoformat()):
        try:
            return read(value)
        except Fault:
            continue
    return ""


def in_single_units(number: float, unit: Any) -> float:
    """A number in single units.

    Raises:
        Fault: if the unit is not known, or the number becomes too large.
    """
    word = "".join(letter for letter in _text(unit).lower() if letter not in " -_\t\n")
    factor = _FACTORS.get(word.removesuffix("s"))
    if factor is None:
        raise Fault(f"unit {unit!r:.80} is not known")
    return number if factor == 1 else _double(str(Decimal(repr(number)) * factor))


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
