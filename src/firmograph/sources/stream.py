"""A stream of bytes with a position, of which only the part after the position is in memory."""

import re
from typing import Protocol

PIECE_BYTES = 1 << 20
BOM = b"\xef\xbb\xbf"
SPACE = b" \t\n\r"

_SEPARATORS = re.compile(rb"[ \t\n\r,\x1e]*(?:\xef\xbb\xbf[ \t\n\r,\x1e]*)*")
"""White space, commas, RS and byte order marks, in any number."""


class TooLarge(Exception):  # noqa: N818 - becomes a refusal of the file
    """What begins at the position is larger than the limit."""


class Source(Protocol):
    """A readable stream of bytes."""

    def read(self, size: int = -1, /) -> bytes:
        """Reads at most `size` bytes; none at the end."""


class Stream:
    """A stream with a position.

    Args:
        source: is read from.
        limit: how many bytes after the position may be in memory, apart from a piece.
        line: the number of the line in which the stream begins.

    Attributes:
        data: the bytes in memory.
        at: the position in `data`.
        line: the number of the line that the position is in.
    """

    def __init__(self, source: Source, limit: int, line: int = 1) -> None:
        self._source = source
        self._limit = limit
        self.data = b""
        self.at = 0
        self.line = line
        self._byte = 0
        self._line_begin = 0

    @property
    def place(self) -> tuple[int, int, int]:
        """Line, column and byte of the position; the first byte is 1 in each."""
        byte = self._byte + self.at
        return self.line, byte - self._line_begin + 1, byte + 1

    def more(self) -> bool:
        """Reads as much again as is in memory; False at the end, which changes nothing.

        Bytes before the position are dropped, so that the position becomes 0.

        Raises:
            TooLarge: if the limit is exceeded.
        """
        self.check(len(self.data) - self.at)
        piece = self._source.read(max(PIECE_BYTES, len(self.data) - self.at))
        if not piece:
            return False
        self.data = self.data[self.at :] + piece
        self._byte, self.at = self._byte + self.at, 0
        return True

    def check(self, size: int) -> None:
        """Raises `TooLarge` if a document of this size is."""
        if not self.allows(size):
            raise TooLarge

    def allows(self, size: int) -> bool:
        """Whether a document may have this size."""
        return size <= self._limit

    def move(self, to: int) -> None:
        """Moves the position to a place after it in `data`."""
        if count := self.data.count(b"\n", self.at, to):
            self.line += count
            self._line_begin = self._byte + self.data.rindex(b"\n", self.at, to) + 1
        self.at = to

    def skip_separators(self) -> bool:
        """Moves the position to what is not a separator; False at the end of the stream."""
        while True:
            self.move(after_separators(self.data, self.at))
            rest = len(self.data) - self.at
            if rest >= len(BOM) or (rest and not BOM.startswith(self.data[self.at :])):
                return True
            if not self.more():
                return rest > 0


def after_separators(data: bytes, at: int) -> int:
    """The place of what follows any separators at a place."""
    found = _SEPARATORS.match(data, at)
    return found.end() if found else at
