"""Parses a document, keeping number literals, and shows parts of it for the quarantine."""

import itertools
import json
import re
from typing import Any, NoReturn

from firmograph.kernel.malformed import nested_too_deeply, not_json
from firmograph.kernel.positions import Locator
from firmograph.kernel.result import VALUE_LIMIT, Violation
from firmograph.kernel.values import Number

SHOWN_DEPTH, SHOWN_ITEMS, SHOWN_DIGITS = 8, 25, 100


class Refused(Exception):  # noqa: N818 - ends a walk early, never leaves the reference path
    """A fault after which reading cannot continue."""

    def __init__(self, violation: Violation) -> None:
        self.violation = violation


def parse(text: str) -> Any:
    """Parses a document; numbers are kept as they were written.

    Raises:
        Refused: if it is not JSON, naming the place.
    """
    try:
        return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except _Constant as constant:
        reason = f"the document is not JSON: {constant} is not a number"
        place = Locator(text).line_and_column(_find_constant(text, str(constant)))
        raise Refused(Violation("malformed", "$", str(constant), reason, *place)) from constant
    except json.JSONDecodeError as error:
        raise Refused(not_json(text, error)) from error
    except RecursionError as error:
        raise Refused(nested_too_deeply(text)) from error


class _Constant(ValueError):  # noqa: N818 - a word found, which ends the parse
    """NaN or an infinity, which Python parses and JSON does not allow."""


def _refuse(name: str) -> NoReturn:
    raise _Constant(name)


def _find_constant(text: str, name: str) -> int:
    """The position of the first constant of a name outside strings."""
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)', text):
        if match[0] == name:
            return match.start()
    return 0


def placed(text: str, violations: list[Violation]) -> list[Violation]:
    """Adds to violations the line and column of their JSON paths."""
    if not violations:
        return violations
    locator = Locator(text)
    found = []
    for violation in violations:
        place = locator.locate(violation.json_path) if violation.line is None else None
        found.append(violation._replace(line=place[0], column=place[1]) if place else violation)
    return found


def show_value(value: Any) -> str | None:
    """A JSON value as text of at most `VALUE_LIMIT` characters; None for null."""
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


def _show_nested(value: Any, depth: int = 0) -> str:
    """The beginning of a nested value as JSON, with numbers as they were written."""
    if isinstance(value, Number):
        return value[:SHOWN_DIGITS]
    if isinstance(value, str):
        return json.dumps(value[: VALUE_LIMIT + 1], ensure_ascii=False)
    if not isinstance(value, dict | list):
        return json.dumps(value)
    if depth == SHOWN_DEPTH:
        return "…"
    if isinstance(value, list):
        return f"[{', '.join(_show_nested(v, depth + 1) for v in value[:SHOWN_ITEMS])}]"
    items = itertools.islice(value.items(), SHOWN_ITEMS)
    shown = (f"{_show_nested(k)}: {_show_nested(v, depth + 1)}" for k, v in items)
    return f"{{{', '.join(shown)}}}"


def join_path(base: str, key: str | int) -> str:
    """A JSON path one step deeper."""
    if isinstance(key, int):
        return f"{base}[{key}]"
    plain = key.replace("_", "").replace("-", "").isalnum()
    return f"{base}.{key}" if plain else f"{base}['{key}']"
