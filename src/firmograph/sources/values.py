"""Finds where JSON values end, and where the next sound one begins after a bad one."""

import re
from typing import NamedTuple

import msgspec

from firmograph.sources.stream import SPACE, Stream, after_separators

RETRY_BYTES = 64 << 20
"""The limit of bytes decoded in vain while the end of one bad stretch is searched for."""

_DECODER = msgspec.json.Decoder(msgspec.Raw)
_FAILED = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
_RECURSION_BYTES = 64 << 10
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")
_ERROR_BYTE = re.compile(r"\(byte (\d+)\)")
_SPACE = re.compile(rb"[ \t\n\r]*")
_LINE_END = re.compile(rb"[\n\r]")
_TOKEN = re.compile(rb'"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?P<end>"|\Z)|[{\[]+|[}\]]|,', re.DOTALL)
_FIRST_KEY = re.compile(rb'{[ \t\n\r]*("[^"\\]*")')
_INDENT = re.compile(rb"(?:\A|[\n\r])([ \t]*)\Z")
_SCALAR_END = re.compile(rb"[ \t\n\r,\x1e\]]|\xef\xbb\xbf|\Z")
_REST_OF_OBJECT = re.compile(rb'}|"[^"\\\n]{0,100}"[ \t\n\r]{0,20}:')
_LOOKAHEAD_BYTES = 150
_OBJECT_BEGIN = b'{"a":0'
"""Sound where a value may stand, and nowhere else: its quotes would end a string."""


def is_document(text: bytes) -> bool:
    """Whether a text is one JSON value and no list; strings in it may be any bytes."""
    if text[:1] == b"[":
        return False
    try:
        _DECODER.decode(text)
    except _FAILED:
        return False
    return True


def is_beginning(text: bytes) -> bool:
    """Whether a text is the beginning of a JSON value, sound as far as it goes."""
    try:
        _DECODER.decode(text)
    except _FAILED as error:
        return str(error) == "Input data was truncated"
    return False


def value_end(stream: Stream, *, in_array: bool) -> int | None:
    """The end of the value at the stream's position; None if it is bad."""
    while True:
        found = _decode(stream.data, stream.at)
        if not (found.needs_more and stream.more()):
            break
    data, end = stream.data, found.end
    if end is None:
        return None
    if data[stream.at : stream.at + 1] not in (b"{", b"["):
        return end if _SCALAR_END.match(data, end) else None
    follows = _skip_space(data, end)
    if _LINE_END.search(data, end, follows) or (in_array and data[follows : follows + 1] == b"]"):
        return end
    return None if _is_inside(data, follows) else end


def _is_inside(data: bytes, follows: int) -> bool:
    """Whether a value is from inside an object or a list, judged by what follows it."""
    if data[follows : follows + 1] in (b"}", b"]", b":", b'"'):
        return True
    return _REST_OF_OBJECT.match(data, after_separators(data, follows)) is not None


class _Decoded(NamedTuple):
    """The end of a value, None if it has none; whether more data may change that; bytes seen."""

    end: int | None
    needs_more: bool
    cost: int = 0


def _decode(data: bytes, at: int) -> _Decoded:
    try:
        _DECODER.decode(memoryview(data)[at:])
    except msgspec.MsgspecError as error:
        text = str(error)
        if found := _TRAILING.search(text):
            end = at + len(data[at : at + int(found[1]) - 1].rstrip(SPACE))
            return _Decoded(end, _is_near_end(data, end))
        place, rest = _ERROR_BYTE.search(text), len(data) - at
        cost = int(place[1]) if place else rest
        # a number may go on where the data ends, such as `1.`
        return _Decoded(None, cost >= rest, cost)
    except RecursionError:
        return _Decoded(None, needs_more=False, cost=_RECURSION_BYTES)
    return _Decoded(len(data.rstrip(SPACE)), needs_more=True)


def _is_near_end(data: bytes, at: int) -> bool:
    """Whether what follows the separators at a place may lie beyond the data."""
    return after_separators(data, at) > len(data) - _LOOKAHEAD_BYTES


def bad_end(stream: Stream, *, in_array: bool) -> int:
    """The end of the bad stretch at the stream's position, where the next value may begin."""
    search = _Search(stream, in_array=in_array)
    while (end := search.run(stream.data, stream.at, is_final=False)) is None:
        if not stream.more():
            end = search.run(stream.data, stream.at, is_final=True)
            return len(stream.data) if end is None else end
    return end


class _Search:
    """The search for the end of one bad stretch.

    It ends where its brackets balance, or before a sound value that begins a line as the stretch
    does, that follows a bracket without a comma, or that begins with the stretch's first key.
    """

    def __init__(self, stream: Stream, *, in_array: bool) -> None:
        self._in_array = in_array
        self._budget = RETRY_BYTES
        begin, at = stream.data, stream.at
        indent = _INDENT.search(begin, max(0, at - 100), at)
        margin = re.escape(indent[1]) if indent else b""
        inner = b"(?!)"
        if begin[at : at + 1] not in (b"{", b"["):
            inner = rb"[{\[]"
        elif not in_array and (key := _FIRST_KEY.match(begin, at)):
            inner = rb"{[ \t\n\r]*" + re.escape(key[1])
        self._sound = re.compile(
            rb"(?:[\n\r]" + margin + rb"|\x1e|\xef\xbb\xbf|[}\]][ \t\n\r]*)(?P<next>[{\[])"
            rb"|(?P<inner>" + inner + rb")"
        )

    def run(self, data: bytes, at: int, *, is_final: bool) -> int | None:
        """Searches the data from the stretch's begin; None if more data is needed, or has ended."""
        self._data, self._at, self._is_final = data, at, is_final
        self._depth, self._scanned = 0, at
        for found in self._sound.finditer(data, at + 1):
            is_inner = found["next"] is None
            begin = found.start("inner" if is_inner else "next")
            if (end := self._balanced(begin)) is not None:
                return end
            if self._budget < 0:
                break
            decoded = _decode(data, begin)
            if decoded.needs_more and not is_final:
                return None
            self._budget -= decoded.cost
            if decoded.end is None:
                continue
            if self._is_apart(begin, decoded.end) if is_inner else self._is_end(decoded.end):
                return begin
        return self._balanced(len(data))

    def _balanced(self, until: int) -> int | None:
        """Where the stretch's brackets are balanced, if that is sound and before a place."""
        for token in _TOKEN.finditer(self._data, self._scanned, until):
            if token["end"] == b"":
                return None
            begin, self._scanned = token.span()
            end = None
            match self._data[begin : begin + 1]:
                case b"{" | b"[":
                    self._depth += self._scanned - begin
                case b"}" | b"]" if self._depth:
                    self._depth -= 1
                    end = self._scanned if self._depth == 0 else None
                case b"]" if self._in_array:
                    end = begin
                case b"}" | b"]":
                    end = self._scanned
                case b"," if self._depth == 0 and self._in_array:
                    end = begin
            if end is not None and end > self._at and self._is_end(end):
                return end
        return None

    def _is_apart(self, begin: int, end: int) -> bool:
        """Whether a sound value in the stretch is a document, judged by what is around it."""
        space = _skip_space(self._data, end)
        if self._data[space : space + 1] not in (b"{", b"[", b"\x1e", b"\xef", b""):
            return False
        self._budget -= begin - self._at
        return not is_beginning(self._data[self._at : begin] + _OBJECT_BEGIN)

    def _is_end(self, end: int) -> bool:
        """Whether the stretch or a value may end at a place, judged by what follows."""
        data = self._data
        if _is_near_end(data, end) and not self._is_final:
            return False
        space = _skip_space(data, end)
        follows = data[space : space + 1]
        if self._in_array and follows == b"]":
            return True
        if _is_inside(data, space):
            return False
        if _LINE_END.search(data, end, space) or (self._in_array and follows == b","):
            return True
        after = after_separators(data, end)
        return data[after : after + 1] in (b"{", b"[", b"")


def _skip_space(data: bytes, at: int) -> int:
    found = _SPACE.match(data, at)
    return found.end() if found else at
