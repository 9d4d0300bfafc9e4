"""Locates JSON paths in a document's text: their lines and columns for the quarantine."""

import bisect
import json
import re
from collections.abc import Iterator

_DECODER = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
_SPACE = re.compile(r"[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_STEP = re.compile(r"\.([^.\[]+)|\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]")


class Locator:
    """Locates paths in one text; scans each object and array at most once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._line_ends = [match.start() for match in re.finditer("\n", text)]
        self._containers: dict[int, dict[str, int]] = {}

    def locate(self, json_path: str) -> tuple[int, int] | None:
        """Line and column, from 1, of the value at a path, or of its deepest part that exists."""
        at = _skip(self.text, 0)
        for match in _STEP.finditer(json_path):
            key = next(group for group in match.groups() if group is not None)
            try:
                found = self._items(at).get(key)
            except (ValueError, IndexError, RecursionError):
                return None
            if found is None:
                break
            at = found
        return self.line_and_column(at)

    def line_and_column(self, at: int) -> tuple[int, int]:
        """Line and column, from 1, of a position in the text."""
        line = bisect.bisect_left(self._line_ends, at)
        begin = self._line_ends[line - 1] + 1 if line else 0
        return line + 1, at - begin + 1

    def _items(self, at: int) -> dict[str, int]:
        """The positions of the values of an object or array; of a repeated key the last one."""
        if at not in self._containers:
            self._containers[at] = dict(_items(self.text, at))
        return self._containers[at]


def _items(text: str, at: int) -> Iterator[tuple[str, int]]:
    """Yields the key or index of each item of an object or array, and its value's position."""
    is_object = text[at] == "{"
    if text[at] not in "{[":
        return
    at = _skip(text, at + 1)
    place = 0
    while text[at] not in "}]":
        key = str(place)
        if is_object:
            key, at = _DECODER.raw_decode(text, at)
            colon = _COLON.match(text, at)
            at = colon.end() if colon else at
        yield key, at
        place += 1
        at = _skip(text, _DECODER.raw_decode(text, at)[1])
        if text[at] == ",":
            at = _skip(text, at + 1)


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at
