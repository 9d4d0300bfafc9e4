"""Column types: which JSON values each allows, and how they are converted."""

import math
import re
from collections.abc import Container
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from firmograph.contract.model import ColumnType
from firmograph.contract.rules import FindingRule

INTEGER_RANGE = range(-(2**63), 2**63)

_TIMESTAMP = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?", re.ASCII
)
NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:[.]\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_PARTIAL_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_BLOCK_ID = re.compile(r"(?P<name>[A-Za-z0-9]+)_L(?P<level>\d{1,3})(?:_v.*)?", re.ASCII)

ALLOWED = {
    ColumnType.TEXT: "text",
    ColumnType.DUNS: "nine digits in quotes",
    ColumnType.INTEGER: "a whole number of at most 64 bits",
    ColumnType.DOUBLE: "a finite number",
    ColumnType.BOOLEAN: "true or false",
    ColumnType.TIMESTAMP: "a timestamp such as 2026-11-23T08:15:00.000Z",
    ColumnType.PARTIAL_DATE: "a date as 1975, 1986-02 or 1993-09-22",
    ColumnType.PRESENT: "anything",
}


def allowed_for(kind: ColumnType, value: Any) -> str:
    """What a column of a type allows, in words that fit a value which it does not allow."""
    if isinstance(value, str) and _has_lone_surrogate(value):
        return (
            "text of whole characters: a lone surrogate such as \\ud83d is half of a character, "
            "which was cut before it was delivered"
        )
    return ALLOWED[kind]


def _has_lone_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


class Unfit(ValueError):  # noqa: N818 - a fact about a value, not an error of ours
    """A value does not fit its column's type."""


def is_missing(value: Any, missing_values: Container[str] = ()) -> bool:
    """Whether a JSON value is one of the spellings of NULL: absent, null, {}, [] and blank text.

    Args:
        value: the JSON value.
        missing_values: further texts that mean NULL, by their contract.
    """
    if isinstance(value, str):
        if isinstance(value, Number):
            return False
        return not value.strip() or value in missing_values
    return value is None or (not value and not isinstance(value, bool | int | float))


def is_duns(text: str) -> bool:
    """Whether a text is a DUNS: nine ASCII digits."""
    return len(text) == 9 and text.isascii() and text.isdigit()


@lru_cache(maxsize=65_536)
def is_partial_date(text: str) -> bool:
    """Whether a text is a year, a month or a day that exists."""
    if not _PARTIAL_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(f"{text}-01-01"[:10] if len(text) < 10 else text)
    except ValueError:
        return False
    return True


def to_timestamp(text: str) -> datetime:
    """Converts an ISO 8601 timestamp to UTC; one without an offset is UTC.

    Raises:
        Unfit: if it is not one, or is outside the years 1 to 9999.
    """
    if not _TIMESTAMP.fullmatch(text):
        raise Unfit(text)
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Unfit(text) from error


@lru_cache(maxsize=4_096)
def block_level(block_id: str) -> tuple[str, int] | None:
    """Name and level of a block: ``companyinfo_L2_v1`` is ("companyinfo", 2)."""
    match = _BLOCK_ID.fullmatch(block_id)
    return (match["name"].lower(), int(match["level"])) if match else None


def convert(kind: ColumnType, value: Any) -> tuple[Any, FindingRule | None]:
    """Converts a JSON value that is not missing to its column's type.

    Returns:
        The value, and the rule of a warning if it has another JSON type.

    Raises:
        Unfit: if it does not fit.
    """
    match kind:
        case ColumnType.PRESENT:
            return True, None
        case ColumnType.BOOLEAN:
            return _boolean(value)
        case ColumnType.INTEGER | ColumnType.DOUBLE:
            return _number(kind, value)
        case _:
            return _text(kind, value)


def _boolean(value: Any) -> tuple[bool, FindingRule | None]:
    if isinstance(value, bool):
        return value, None
    if isinstance(value, str) and not isinstance(value, Number) and value in ("true", "false"):
        return value == "true", "text_as_boolean"
    raise Unfit(value)


def _number(kind: ColumnType, value: Any) -> tuple[int | float, FindingRule | None]:
    if not isinstance(value, str) or not NUMBER.fullmatch(value):
        raise Unfit(value)
    warning: FindingRule | None = None if isinstance(value, Number) else "text_as_number"
    if kind is ColumnType.INTEGER:
        return _whole(value), warning
    number = float(value) + 0.0  # minus zero is zero
    if not math.isfinite(number):
        raise Unfit(value)
    return number, warning


def _whole(literal: str) -> int:
    """A whole number from its literal, without a float's loss of precision."""
    try:
        number = Decimal(literal)
        is_whole = not number or (number.adjusted() <= 19 and number == number.to_integral_value())
    except ArithmeticError as error:  # an exponent that no computer can handle
        raise Unfit(literal) from error
    if not is_whole:
        raise Unfit(literal)
    if int(number) not in INTEGER_RANGE:
        raise Unfit(literal)
    return int(number)


def _text(kind: ColumnType, value: Any) -> tuple[str | datetime, FindingRule | None]:
    if not isinstance(value, str):
        raise Unfit(value)
    text = str(value)
    warning: FindingRule | None = "number_as_text" if isinstance(value, Number) else None
    if kind is ColumnType.TIMESTAMP:
        return to_timestamp(text), warning
    if kind is ColumnType.DUNS and not is_duns(text):
        raise Unfit(value)
    if kind is ColumnType.PARTIAL_DATE and not is_partial_date(text):
        raise Unfit(value)
    if _has_lone_surrogate(text):
        raise Unfit(value)
    return text, warning
