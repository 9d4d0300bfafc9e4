"""Figures: codes and dates by which they are picked, and their units."""

import math
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from firmograph.kernel.values import NUMBER, Unfit, is_partial_date, to_timestamp

POWERS = {
    **dict.fromkeys(("unit", "one", "single", "singleunit"), 0),
    "hundred": 2,
    "thousand": 3,
    "tenthousand": 4,
    "hundredthousand": 5,
    "lakh": 5,
    "million": 6,
    "crore": 7,
    "billion": 9,
    "trillion": 12,
}
"""Known units and their powers of ten, without case, plural, spaces, hyphens and underscores."""


@lru_cache(maxsize=4_096)
def code_number(text: str) -> int | float | None:
    """The number that a code is, however it is written: 9067 for ``9067.0`` and ``9.067E3``.

    Returns:
        None for a text that is not a number.
    """
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return None
    if len(text) < 19 and text.lstrip("-").isdigit():
        return int(text)
    return float(text)  # infinity for a number that no code can be


def is_code(value: Any, wanted: str) -> bool:
    """Whether a JSON value is a contract's code.

    Numbers are compared as numbers, text without case and surrounding white space.

    Raises:
        Unfit: if the value is not text, or not a number where one is wanted.
    """
    if isinstance(value, bool):
        value = "true" if value else "false"
    if not isinstance(value, str):
        raise Unfit(value)
    number = code_number(wanted)
    if number is None:
        return value.strip().casefold() == wanted.strip().casefold()
    found = code_number(value)
    if found is None:
        raise Unfit(value)
    return found == number


def date_order(value: Any) -> str:
    """A text by which dates are ordered: partial dates and timestamps.

    Raises:
        Unfit: if it is neither.
    """
    if not isinstance(value, str):
        raise Unfit(value)
    return str(value) if is_partial_date(value) else to_timestamp(value).isoformat()


def to_single_units(value: float, unit: Any) -> float:
    """Converts a number to single units.

    Raises:
        Unfit: if the unit is not known, or the number is not finite then.
    """
    if not isinstance(unit, str):
        raise Unfit(unit)
    power = POWERS.get(re.sub(r"[\s_-]", "", unit).lower().removesuffix("s"))
    if power is None:
        raise Unfit(unit)
    if not power:
        return value
    number = float(Decimal(repr(value)).scaleb(power))
    if not math.isfinite(number):
        raise Unfit(unit)
    return number
