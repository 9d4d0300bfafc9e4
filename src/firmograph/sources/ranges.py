"""Parts of a file with one document per line, which processes can read in parallel."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import IO

from firmograph.sources.split import RawDocument, Source, lines_of
from firmograph.storage.base import FileStamp, Storage

_PIECE_BYTES = 4 << 20


@dataclass(frozen=True)
class Range:
    """A range of whole lines of a file.

    Attributes:
        folder: the storage of the file.
        name: of the file.
        stamp: the version of the file.
        offset: of the first line, in bytes.
        size: in bytes.
        first_line: the number of the first line, from 1.
        line_count: how many lines it has, including empty ones.
    """

    folder: Storage
    name: str
    stamp: FileStamp
    offset: int = 0
    size: int = 0
    first_line: int = 1
    line_count: int = 0

    def documents(self, limit: int) -> Iterator[RawDocument]:
        """Yields its documents.

        Args:
            limit: the largest document in bytes.

        Raises:
            Unreadable: if a document exceeds the limit.
            StorageError: if the file has changed; documents already yielded are then invalid.
        """
        with self.folder.open(self.name, expected=self.stamp) as file:
            file.content.seek(self.offset)
            source = _Part(file.content, self.size)
            yield from lines_of(source, limit, first_line=self.first_line)


@dataclass(frozen=True)
class Block:
    """Whole lines of a compressed file.

    Attributes:
        content: the lines, decompressed.
        first_line: the number of the first line, from 1.
        line_count: how many lines it has, including empty ones.
    """

    content: bytes
    first_line: int
    line_count: int

    def documents(self, limit: int) -> Iterator[RawDocument]:
        """Yields its documents.

        Raises:
            Unreadable: if a document exceeds the limit.
        """
        yield from lines_of(io.BytesIO(self.content), limit, first_line=self.first_line)


class _Part:
    """Reads a file up to a certain position."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1) -> bytes:
        """Reads at most `size` bytes; none at the end of the part."""
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece


def hash_lines(file: IO[bytes], whole: Range, range_bytes: int) -> tuple[str, list[Range]]:
    """Hashes a file, and finds ranges of whole lines on the way.

    Args:
        file: open at its start.
        whole: the whole file as a range.
        range_bytes: a range ends with the first line that makes it this large.

    Returns:
        The SHA-256 of the file, and its ranges in their order.
    """
    digest = hashlib.sha256()
    ranges: list[Range] = []
    memory = bytearray(min(_PIECE_BYTES, range_bytes))
    begin = offset = lines = counted = 0
    while size := file.readinto(memory):  # type: ignore[attr-defined]
        digest.update(memoryview(memory)[:size])
        at = 0
        while (end := memory.find(b"\n", at, size) + 1) > 0:
            counted += 1
            at = end
            if offset + end - begin >= range_bytes:
                ranges.append(_part(whole, begin, offset + end, lines, counted))
                lines += counted
                begin, counted = offset + end, 0
        offset += size
    if offset > begin:
        ranges.append(_part(whole, begin, offset, lines, counted + 1))
    return digest.hexdigest(), ranges


def blocks(source: Source, block_bytes: int, limit: int) -> Iterator[Block]:
    """Divides a stream into blocks of whole lines.

    Args:
        source: the stream, decompressed.
        block_bytes: about how large a block is.
        limit: the largest document in bytes; a longer line is yielded in parts, the first of which
            is too large as well.
    """
    held, first_line = b"", 1
    while piece := source.read(max(block_bytes, len(held))):
        held += piece
        end = held.rfind(b"\n") + 1 or (len(held) if len(held) > limit else 0)
        if end:
            yield Block(held[:end], first_line, count := _line_count(held, end))
            held, first_line = held[end:], first_line + count
    if held:
        yield Block(held, first_line, 1)


def _line_count(data: bytes, end: int) -> int:
    """How many lines end in the data before a place; `bytes.count` compares byte by byte."""
    count, at = 0, 0
    while (at := data.find(b"\n", at, end) + 1) > 0:
        count += 1
    return count


def _part(whole: Range, begin: int, end: int, lines_before: int, count: int) -> Range:
    return replace(
        whole, offset=begin, size=end - begin, first_line=lines_before + 1, line_count=count
    )
