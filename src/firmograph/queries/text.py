"""Values as text that neither a terminal nor a spreadsheet takes for a command."""

import re
from typing import Any

_BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What a formula of a spreadsheet begins with; the last four are as wide as a Chinese letter."""
_NUMBER = re.compile(r"[+-][\d\s.,()/-]*")


def clean(text: str) -> str:
    r"""A text without control characters, which become escapes such as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def as_csv(value: Any) -> Any:
    """A value for CSV that neither a terminal nor a spreadsheet takes for a command.

    NULL is empty; control characters are escaped, except line feed and tab; a text that a
    spreadsheet would compute is preceded by an apostrophe.
    """
    if not isinstance(value, str):
        return value
    if value.startswith(_BEGIN_A_FORMULA) and not _NUMBER.fullmatch(value):
        value = "'" + value
    if value.isprintable():
        return value
    return "".join(c if c in "\n\t" else clean(c) for c in value)
