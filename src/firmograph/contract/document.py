"""A document's text: parsed with its number literals, and shown in parts for the quarantine."""

import itertools
import json
from typing import Any, NoReturn

from firmograph.contract.locate import line_and_column, locate
from firmograph.contract.reading import VALUE_LIMIT, Violation
from firmograph.contract.values import Number

SHOWN_DEPTH, SHOWN_ITEMS, SHOWN_DIGITS = 8, 25, 100


class Refused(Exception):  # noqa: N818 - ends a walk early, never leaves the careful road
    """A fault after which nothing more can be read from the document."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation


def parse(text: str) -> Any:
    """Parses a document; numbers stay as they were written.

    Raises:
        Refused: where it is not JSON, with the place.
    """

    def refuse_constant(name: str) -> NoReturn:
        reason = f"the document is not JSON: {name} is no number"
        raise Refused(Violation("malformed", "$", name, reason))

    try:
        return json.loads(
            text, parse_int=Number, parse_float=Number, parse_constant=refuse_constant
        )
    except json.JSONDecodeError as error:
        line, column = line_and_column(text, error.pos)
        shown = text[error.pos : error.pos + 40] or None
        reason = f"the document is not JSON: {error.msg}"
        raise Refused(Violation("malformed", "$", shown, reason, line, column)) from error
    except RecursionError as error:
        reason = "the document is nested too deeply to be read"
        raise Refused(Violation("malformed", "$", None, reason)) from error


def not_utf8(raw: bytes, error: UnicodeDecodeError) -> Violation:
    """The refusal of bytes that are not UTF-8."""
    before = raw[: error.start].decode("utf-8")
    line, column = line_and_column(before, len(before))
    shown = " ".join(f"{byte:02x}" for byte in raw[error.start : error.start + 8])
    reason = f"the document is not UTF-8 at byte {error.start}"
    return Violation("encoding", "$", shown, reason, line, column)


def placed(text: str, violation: Violation) -> Violation:
    """A violation with the line and column of its JSON path."""
    if violation.line is not None:
        return violation
    place = locate(text, violation.json_path)
    return violation._replace(line=place[0], column=place[1]) if place else violation


def show_value(value: Any) -> str | None:
    """A JSON value as text of at most 200 characters; None where there is none."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value[: VALUE_LIMIT + 1]
    elif isinstance(value, dict | list):
        text = _show_nested(value)
    else:
        text = json.dumps(value)
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= VALUE_LIMIT else text[: VALUE_LIMIT - 1] + "…"


def _show_nested(value: dict[str, Any] | list[Any]) -> str:
    return json.dumps(_plain(value, depth=0), ensure_ascii=False)


def _plain(value: Any, depth: int) -> Any:
    """The beginning of a nested value, with numbers as numbers."""
    if isinstance(value, Number):
        return json.loads(value[:SHOWN_DIGITS].rstrip("eE+-."))
    if isinstance(value, str):
        return value[: VALUE_LIMIT + 1]
    if isinstance(value, dict | list) and depth == SHOWN_DEPTH:
        return "…"
    if isinstance(value, dict):
        items = itertools.islice(value.items(), SHOWN_ITEMS)
        return {key[: VALUE_LIMIT + 1]: _plain(inner, depth + 1) for key, inner in items}
    if isinstance(value, list):
        return [_plain(inner, depth + 1) for inner in value[:SHOWN_ITEMS]]
    return value


def join_path(base: str, key: str | int) -> str:
    """A JSON path one step deeper."""
    if isinstance(key, int):
        return f"{base}[{key}]"
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f"{base}.{key}" if plain else f"{base}['{key}']"
