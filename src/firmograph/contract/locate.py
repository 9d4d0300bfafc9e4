"""Finds where in a document's text a JSON path stands, for the reader of a quarantine."""

import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_STEP = re.compile(r"\.([^.\[]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")


def locate(text: str, json_path: str) -> tuple[int, int] | None:
    """Line and column, from 1, of the value at `json_path`; of the deepest part that is there."""
    at = _skip(text, 0)
    for match in _STEP.finditer(json_path):
        key = match[1] if match[1] is not None else match[2]
        try:
            found = _member(text, at, key) if key is not None else _element(text, at, int(match[3]))
        except (ValueError, IndexError, RecursionError):
            return None
        if found is None:
            break
        at = found
    return line_and_column(text, at)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of a place in a text."""
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _member(text: str, at: int, key: str) -> int | None:
    """Where the value of an object's key begins; of the last one if it stands twice."""
    found = None
    for name, begin in _items(text, at, "{"):
        if name == key:
            found = begin
    return found


def _element(text: str, at: int, index: int) -> int | None:
    for place, (_, begin) in enumerate(_items(text, at, "[")):
        if place == index:
            return begin
    return None


def _items(text: str, at: int, bracket: str) -> Iterator[tuple[str | None, int]]:
    """Yields (key or None, where the value begins) for each item of an object or array."""
    if text[at] != bracket:
        return
    at = _skip(text, at + 1)
    while text[at] not in "}]":
        key = None
        if bracket == "{":
            key, at = _DECODER.raw_decode(text, at)
            colon = _COLON.match(text, at)
            at = colon.end() if colon else at
        yield key, at
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
