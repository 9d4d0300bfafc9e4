"""The surroundings of places in a document, however long it or its lines are."""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

LINES_AROUND = 3
CHARACTERS_AROUND = 240
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Line:
    """A line, or a part of a long one.

    Attributes:
        number: from 1.
        before: its text up to the mark.
        marked: the text that is marked; empty on a line without a mark.
        after: the text behind it.
        is_cut_before: whether the line begins further left.
        is_cut_after: whether the line goes on.
    """

    number: int
    before: str
    marked: str = ""
    after: str = ""
    is_cut_before: bool = False
    is_cut_after: bool = False


def excerpt(document: bytes, line: int, column: int) -> list[Line]:
    """The lines around a place, those that are too long cut to a window.

    Args:
        document: its bytes.
        line: of the place, from 1.
        column: in that line, in characters from 1.
    """
    spans = _spans(document, line - LINES_AROUND, line + LINES_AROUND)
    return [
        _marked(document, number, begin, end, column)
        if number == line
        else _plain(document, number, begin, end)
        for number, begin, end in spans
    ]


def _spans(document: bytes, first: int, last: int) -> Iterable[tuple[int, int, int]]:
    """The number, begin and end in bytes of some lines."""
    begin, number = 0, 1
    while number <= last:
        end = document.find(b"\n", begin)
        if number >= first:
            yield number, begin, len(document) if end < 0 else end
        if end < 0:
            return
        begin, number = end + 1, number + 1


def _plain(document: bytes, number: int, begin: int, end: int) -> Line:
    text = document[begin : min(end, begin + 4 * CHARACTERS_AROUND)].decode("utf-8", "ignore")
    shown = text[:CHARACTERS_AROUND]
    return Line(number, shown.rstrip("\r"), is_cut_after=len(shown.encode()) < end - begin)


def _marked(document: bytes, number: int, begin: int, end: int, column: int) -> Line:
    """The window of a line around a column."""
    at = begin + _bytes_of(document, begin, end, column - 1)
    low = max(begin, at - 4 * CHARACTERS_AROUND)
    before = document[low:at].decode("utf-8", "ignore")[-CHARACTERS_AROUND:]
    rest = document[at : min(end, at + 4 * CHARACTERS_AROUND)].decode("utf-8", "ignore")
    shown = rest[:CHARACTERS_AROUND].rstrip("\r")
    length = _value_length(shown)
    return Line(
        number,
        before,
        shown[:length],
        shown[length:],
        is_cut_before=len(before.encode()) < at - begin,
        is_cut_after=len(shown.encode()) < end - at - 1,
    )


def _bytes_of(document: bytes, begin: int, end: int, characters: int) -> int:
    """How many bytes the first so many characters of a line have."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    passed, left = 0, characters
    for low in range(begin, end, _CHUNK):
        text = decoder.decode(document[low : min(low + _CHUNK, end)])[:left]
        passed += len(text.encode("utf-8", "surrogateescape"))
        left -= len(text)
        if not left:
            break
    return passed


_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"?|[^\s,\]}]+|.')


def _value_length(text: str) -> int:
    """How long the value is with which a text begins; a container counts as its bracket."""
    if text[:1] in ("{", "["):
        return 1
    found = _VALUE.match(text)
    return len(found[0]) if found else 0
