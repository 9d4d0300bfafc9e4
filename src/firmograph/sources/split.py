"""Splits a stream of bytes into documents: a single one, an array, or one per line.

A document is its exact bytes, without BOM and surrounding white space. Only one document and a
piece of the stream are in memory, never the whole stream.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import msgspec

from firmograph.contract.rules import RefusalRule

PIECE_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
SPACE = b" \t\n\r"

_TOKEN = re.compile(rb'"[^"\\]*(?:\\(?:.|\Z)[^"\\]*)*(?P<end>"|\Z)|[{\[]+|[}\]]+|,', re.DOTALL)

_FIRST_KEY = re.compile(rb'[ \t\n\r]*({[ \t\n\r]*"[^"\\]*")')


class Source(Protocol):
    """A readable stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Reads at most `size` bytes; none at the end."""


class RawDocument(NamedTuple):
    """A document's bytes, and its number in the file: of the line, or of the array's element."""

    record_number: int
    raw: bytes


class Refusal(NamedTuple):
    """A part of a file that is not a document, and why."""

    rule: RefusalRule
    reason: str
    part: str | None = None


class Unreadable(Exception):  # noqa: N818 - a fact about a file, which ends in the quarantine
    """A file that cannot be read to its end."""

    def __init__(self, rule: RefusalRule, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(rule, reason)


class _Stream:
    """A stream with a buffer, which begins with the first document.

    Attributes:
        line: the number of the line in which the buffer begins.
    """

    def __init__(self, source: Source, limit: int, line: int = 1) -> None:
        self.source = source
        self.limit = limit
        self.line = line
        self.buffer = b""
        while len(self.buffer) < len(BOM) and (piece := source.read(PIECE_BYTES)):
            self.buffer += piece
        if line == 1:
            self.buffer = self.buffer.removeprefix(BOM)
        self._skip_space()
        while not self.buffer and (piece := source.read(PIECE_BYTES)):
            self.buffer = piece
            self._skip_space()

    def _skip_space(self) -> None:
        rest = self.buffer.lstrip(SPACE)
        self.line += self.buffer.count(b"\n", 0, len(self.buffer) - len(rest))
        self.buffer = rest

    def more(self) -> bool:
        """Extends the buffer to about twice its size; False at the end of the stream."""
        self.check(len(self.buffer))
        piece = self.source.read(max(PIECE_BYTES, len(self.buffer)))
        self.buffer += piece
        return bool(piece)

    def check(self, size: int) -> None:
        """Raises `Unreadable` if a document is too large."""
        if size > self.limit:
            raise Unreadable(
                "too_large",
                f"a document is larger than {self.limit} bytes; the setting max_document_bytes "
                "allows no more",
            )

    def first_line(self) -> bytes | None:
        """The first line without its line feed; None if there is no line feed."""
        searched = 0
        while (end := self.buffer.find(b"\n", searched)) < 0:
            searched = len(self.buffer)
            if not self.more():
                return None
        return self.buffer[:end]


def split(source: Source, *, is_lines: bool, limit: int) -> Iterator[RawDocument | Refusal]:
    """Yields the documents of a stream in their order.

    Args:
        source: the stream, decompressed.
        is_lines: whether the file's name promises one document a line.
        limit: the largest document in bytes.

    Raises:
        Unreadable: if a document exceeds the limit, or the stream cannot be read.
    """
    stream = _Stream(source, limit)
    if _is_array(stream.buffer, is_lines=is_lines):
        found: Iterator[RawDocument | Refusal] = _array(stream)
    elif is_lines or _first_line_is_whole(stream):
        found = _lines(stream)
    else:
        found = _one(stream)
    for part in found:
        if isinstance(part, RawDocument):
            stream.check(len(part.raw))
        yield part


def lines_of(source: Source, limit: int, first_line: int) -> Iterator[RawDocument]:
    """Yields the documents of a part of a file of lines, given the number of its first line.

    Raises:
        Unreadable: if a document exceeds the limit.
    """
    stream = _Stream(source, limit, first_line)
    for document in _lines(stream):
        stream.check(len(document.raw))
        yield document


def are_lines(head: bytes) -> bool:
    """Whether a file whose name promises lines has lines, judged by its first piece."""
    return not _is_array(head.removeprefix(BOM).lstrip(SPACE), is_lines=True)


def _is_array(head: bytes, *, is_lines: bool) -> bool:
    """Whether it is an array; if lines are promised, a bad first line does not make it one."""
    if not head.startswith(b"["):
        return False
    end = head.find(b"\n")
    if not is_lines or end < 0:
        return True
    return head[:end].rstrip(SPACE).endswith((b"[", b"{", b",", b"]"))


def _first_line_is_whole(stream: _Stream) -> bool:
    """Whether the first line is an object by itself, and more than white space follows it."""
    line = stream.first_line()
    if line is None:
        return False
    while not (follows := stream.buffer[len(line) :].lstrip(SPACE)) and stream.more():
        pass
    line = line.rstrip(SPACE)
    if not follows or not line.endswith(b"}"):
        return False
    try:
        msgspec.json.decode(line, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _one(stream: _Stream) -> Iterator[RawDocument]:
    while stream.more():
        pass
    if raw := stream.buffer.rstrip(SPACE):
        yield RawDocument(1, raw)


def _lines(stream: _Stream) -> Iterator[RawDocument]:
    number = stream.line - 1
    while True:
        buffer, begin = stream.buffer, 0
        # found one by one: `split` and `count` compare byte by byte
        while (end := buffer.find(b"\n", begin)) >= 0:
            number += 1
            if raw := buffer[begin:end].strip(SPACE):
                yield RawDocument(number, raw)
            begin = end + 1
        stream.buffer = buffer[begin:]
        if not stream.more():
            break
    if raw := stream.buffer.strip(SPACE):
        yield RawDocument(number + 1, raw)


def _array(stream: _Stream) -> Iterator[RawDocument | Refusal]:
    """Splits an array, so that a bad element does not affect the others."""
    stream.buffer = stream.buffer[1:]
    number = 0
    end = b","
    while end == b",":
        raws, end = _decoded(stream) or _scanned(stream)
        for raw in filter(None, raws):
            number += 1
            yield RawDocument(number, raw)
    if end:
        yield from _after_array(stream, number)
    else:
        yield Refusal("cut_off", "the array is not closed: the file may be cut off")


def _decoded(stream: _Stream) -> tuple[list[bytes], bytes] | None:
    """Elements of the buffer, found by a decoder, which is fast but needs whole elements.

    The buffer is cut before an element that begins with the same key as the first one. The part
    before the cut consists of whole elements if and only if it decodes as an array.
    """
    key = _FIRST_KEY.match(stream.buffer)
    if key is None:
        return None
    again = re.compile(rb"}[ \t\n\r]*,[ \t\n\r]*(?=" + re.escape(key[1]) + rb")")
    cuts = [found.end() for found in again.finditer(stream.buffer)]
    while cuts:
        text = stream.buffer[: cuts[-1]].rstrip(SPACE)[:-1]
        try:
            elements = msgspec.json.decode(b"[" + text + b"]", type=list[msgspec.Raw])
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            cuts = cuts[: len(cuts) // 2]
        else:
            stream.buffer = stream.buffer[cuts[-1] :]
            return [bytes(element).strip(SPACE) for element in elements], b","
    return None


def _scanned(stream: _Stream) -> tuple[list[bytes], bytes]:
    """Elements of the buffer, found by brackets outside of strings.

    Returns:
        The elements, and what ends the last one: a comma, a bracket, or nothing at the end of the
        stream. No elements if the buffer has less than one; then more was read.
    """
    raws: list[bytes] = []
    depth, at, begin = 1, 0, 0
    while (match := _TOKEN.search(stream.buffer, at)) is not None and match["end"] != b"":
        at = match.end()
        first = stream.buffer[match.start()]
        if first in b"[{":
            depth += at - match.start()
        elif first in b"]}":
            at = min(at, match.start() + depth)
            depth -= at - match.start()
        if (first in b"," and depth == 1) or depth == 0:
            raws.append(stream.buffer[begin : at - 1].strip(SPACE))
            begin = at
        if depth == 0:
            stream.buffer = stream.buffer[begin:]
            return raws, b"]"
    stream.buffer = stream.buffer[begin:]
    if raws or stream.more():
        return raws, b","
    return [stream.buffer.strip(SPACE)], b""


def _after_array(stream: _Stream, number: int) -> Iterator[RawDocument]:
    while stream.more():
        pass
    if raw := stream.buffer.strip(SPACE):
        yield RawDocument(number + 1, raw)
