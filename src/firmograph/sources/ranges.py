"""Ranges of a file that holds one document a line: each can be read by a process of its own."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from firmograph.sources.split import RawDocument, lines_of

RANGE_BYTES = 32 << 20
_PIECE_BYTES = 4 << 20


@dataclass(frozen=True)
class Range:
    """Whole lines of a file.

    Attributes:
        path: the file.
        offset: of the first line, in bytes.
        size: in bytes.
        first_line: the number of the first line, from 1.
        line_count: how many lines there are, empty ones too.
    """

    path: Path
    offset: int
    size: int
    first_line: int
    line_count: int

    def documents(self, limit: int) -> Iterator[RawDocument]:
        """Yields its documents.

        Args:
            limit: the largest document in bytes.

        Raises:
            Unreadable: where a document exceeds the limit.
        """
        handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(handle, "rb", buffering=0) as file:
            file.seek(self.offset)
            source = _Part(file, self.size)
            yield from lines_of(source, limit, first_line=self.first_line)


class _Part:
    """Reads a file up to a certain place."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left

    def read(self, size: int = -1) -> bytes:
        """Reads at most `size` bytes; none at the end of the part."""
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece


def hash_lines(file: IO[bytes], path: Path) -> tuple[str, list[Range]]:
    """Hashes a file, and finds ranges of whole lines on the way.

    Returns:
        The sha-256 of the file, and its ranges in their order.
    """
    digest = hashlib.sha256()
    ranges: list[Range] = []
    memory = bytearray(_PIECE_BYTES)
    begin = offset = lines = counted = 0
    while size := file.readinto(memory):  # type: ignore[attr-defined]
        digest.update(memoryview(memory)[:size])
        at = 0
        while (end := memory.find(b"\n", at, size) + 1) > 0:
            counted += 1
            at = end
            if offset + end - begin >= RANGE_BYTES:
                ranges.append(Range(path, begin, offset + end - begin, lines + 1, counted))
                lines += counted
                begin, counted = offset + end, 0
        offset += size
    if offset > begin:
        ranges.append(Range(path, begin, offset - begin, lines + 1, counted + 1))
    return digest.hexdigest(), ranges
