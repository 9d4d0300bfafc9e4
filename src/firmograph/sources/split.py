"""Splits a stream of bytes into documents.

A file is a sequence of JSON values, with white space, byte order marks, RS (RFC 7464), commas or
nothing between them. An object is a document; a list on the top level holds documents. What is not
sound JSON is one document for the whole bad stretch, which the kernel refuses. A document is its
exact bytes. Only one document and a piece of the stream are in memory, never the whole stream.
"""

from collections.abc import Iterator
from typing import NamedTuple

from firmograph.contract.rules import RefusalRule
from firmograph.sources.foreign import HEAD_BYTES, find_foreign
from firmograph.sources.stream import BOM, PIECE_BYTES, SPACE, Source, Stream, TooLarge
from firmograph.sources.values import bad_end, is_document, value_end

__all__ = [
    "PIECE_BYTES",
    "FilePlace",
    "RawDocument",
    "Refusal",
    "Source",
    "Unreadable",
    "are_lines",
    "lines_of",
    "split",
]


class FilePlace(NamedTuple):
    """A place in a file: line and column, and the byte; each from 1."""

    line: int
    column: int
    byte: int


class RawDocument(NamedTuple):
    """A document's bytes, and its number in the file.

    Attributes:
        record_number: of its line, or its position among the documents; grows in a file.
        raw: its bytes.
        bad_at: where it begins, if it is a stretch of the file that is not JSON.
    """

    record_number: int
    raw: bytes
    bad_at: FilePlace | None = None


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


def split(source: Source, *, is_lines: bool, limit: int) -> Iterator[RawDocument | Refusal]:
    """Yields the documents of a stream in their order.

    Args:
        source: the stream, decompressed.
        is_lines: whether the file's name promises one document a line; they are numbered by it.
        limit: the largest document in bytes.

    Raises:
        Unreadable: if a document exceeds the limit, or the stream cannot be read.
    """
    splitter = _Splitter(Stream(source, limit), is_lines=is_lines)
    try:
        yield from splitter.parts()
    except TooLarge as error:
        raise _too_large(limit, splitter.line) from error


def lines_of(source: Source, limit: int, first_line: int) -> Iterator[RawDocument]:
    """Yields the lines of a part of a file of lines, given the number of its first line.

    Raises:
        Unreadable: if a document exceeds the limit.
    """
    stream = Stream(source, limit, first_line)
    number = first_line
    try:
        while stream.more():
            begin = 0
            # found one by one: `bytes.split` and `count` compare byte by byte
            while (end := stream.data.find(b"\n", begin)) >= 0:
                if raw := _line(stream.data[begin:end], number):
                    stream.check(len(raw))
                    yield RawDocument(number, raw)
                number += 1
                begin = end + 1
            stream.at = begin  # `move` would count the lines again
        if raw := _line(stream.data[stream.at :], number):
            yield RawDocument(number, raw)
    except TooLarge as error:
        raise _too_large(limit, number) from error


def _line(line: bytes, number: int) -> bytes:
    """A line without the white space around it, the first line without a byte order mark."""
    return (line.removeprefix(BOM) if number == 1 else line).strip(SPACE)


def are_lines(head: bytes) -> bool:
    """Whether a file whose name promises lines may have some, judged by its first piece."""
    return not head.removeprefix(BOM).lstrip(SPACE).startswith(b"[") and not find_foreign(head)


def _too_large(limit: int, line: int) -> Unreadable:
    return Unreadable(
        "too_large",
        f"the document that begins in line {line} is larger than {limit} bytes, the setting "
        "max_document_bytes",
    )


class _Splitter:
    """Splits one stream.

    A line that is one document is the usual case, and found fast; anything else is found value by
    value.

    Attributes:
        line: in which the document at hand begins.
    """

    def __init__(self, stream: Stream, *, is_lines: bool) -> None:
        self._stream = stream
        self._is_lines = is_lines
        self.line = 1
        self._count = 0
        self._in_array = False
        self._odd_until = 0

    def parts(self) -> Iterator[RawDocument | Refusal]:
        """Yields the documents and the refused parts."""
        stream = self._stream
        stream.more()
        is_short = stream.data[:1] == b"{" and stream.allows(len(stream.data))
        if is_short and not stream.more() and is_document(stream.data):
            yield self._document(stream.data.rstrip(SPACE), 1)
            return
        while len(stream.data) < HEAD_BYTES and stream.more():
            pass
        if foreign := find_foreign(stream.data[:HEAD_BYTES]):
            raise Unreadable(*foreign)
        while stream.skip_separators():
            if not self._in_array and stream.place[2] > self._odd_until:
                yield from self._lines()
            else:
                yield from self._next()
        if self._in_array:
            yield Refusal("cut_off", "the array is not closed: the file may be cut off")

    def _lines(self) -> Iterator[RawDocument]:
        """Yields the lines that are documents; remembers the end of the first that is not."""
        stream = self._stream
        data, begin, line = stream.data, stream.at, stream.line
        while (end := data.find(b"\n", begin)) >= 0:
            if raw := data[begin:end].strip(SPACE):
                if not is_document(raw):
                    break
                self.line = line
                yield self._document(raw, line)
            begin, line = end + 1, line + 1
        stream.move(begin)
        self._odd_until = stream.place[2] + (end if end >= 0 else len(data)) - begin

    def _next(self) -> Iterator[RawDocument]:
        """Yields the document at the position, if there is one, and moves behind it."""
        stream, at = self._stream, self._stream.at
        self.line = stream.line
        bracket = stream.data[at : at + 1]
        if bracket == (b"]" if self._in_array else b"["):
            self._in_array = not self._in_array
            stream.move(at + 1)
            return
        end = value_end(stream, in_array=self._in_array)
        bad_at = None
        if end is None:
            bad_at = FilePlace(*stream.place)
            end = bad_end(stream, in_array=self._in_array)
        raw = stream.data[stream.at : end].rstrip(SPACE)
        yield self._document(raw, 0 if self._in_array else stream.line, bad_at)
        stream.move(end)

    def _document(self, raw: bytes, line: int, bad_at: FilePlace | None = None) -> RawDocument:
        self._stream.check(len(raw))
        self._count = max(self._count + 1, line if self._is_lines else 0)
        return RawDocument(self._count, raw, bad_at)
