"""An object as a seekable stream that is read by ranges."""

import io
from collections.abc import Callable
from typing import Any

from firmograph.storage.errors import Changed, Gone

FIRST_BYTES = 1 << 20
"""Read when an object is opened; most need no second request."""
_LEAST, _MOST = 1 << 16, 1 << 23


class ObjectReader(io.RawIOBase):
    """Reads ranges of one version of an object, larger ones while they follow each other."""

    def __init__(self, first: bytes, size: int, read: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._window, self._window_at = first, 0
        self._size, self._read = size, read
        self._at, self._ahead = 0, _LEAST
        self._failure: Changed | None = None

    def check(self) -> None:
        """Raises `Changed` if a range was no longer there."""
        if self._failure is not None:
            raise self._failure

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def seekable(self) -> bool:
        """Whether it can be read from any position."""
        return True

    def tell(self) -> int:
        """The position."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Sets the position; costs no request."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError(f"a position must not be negative: {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Reads what the window has; moves the window if that is nothing."""
        begin = self._at - self._window_at
        if not 0 <= begin < len(self._window):
            self._move_window(len(buffer))
            begin = 0
        piece = memoryview(self._window)[begin : begin + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _move_window(self, wanted: int) -> None:
        follows = self._at == self._window_at + len(self._window)
        self._ahead = min(self._ahead * 2, _MOST) if follows else _LEAST
        end = min(self._at + max(wanted, self._ahead), self._size)
        self._window, self._window_at = b"", self._at
        if self._at >= end:
            return
        try:
            self._window = self._read(self._at, end)
        except (Changed, Gone) as error:
            verb = "changed" if isinstance(error, Changed) else "was deleted"
            self._failure = Changed(f"it {verb} while it was read", str(error.args[1]))
            raise self._failure from error
