"""The files that an ingest is to read, packed: a drop may have very many."""

import gc
import pickle
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from firmograph.sources.names import Unknown, Upload
from firmograph.storage.base import FileStamp

BLOCK = 8192
"""How many files are packed together."""
UNPACKED = 32_768
"""Fewer files than this are not packed."""


class FoundFiles:
    """Files in their order; many are packed in blocks, a fifth of their size.

    The listed files have many small parts all over the memory, which is returned to the system
    only if all of them are freed before others take their places.

    Args:
        files: the files; the caller forgets them.

    Attributes:
        total_bytes: the size of the uploads among them.
    """

    def __init__(self, files: Sequence[Upload | Unknown]) -> None:
        self.total_bytes = sum(file.size for file in files if isinstance(file, Upload))
        self._count = len(files)
        self._few = deque(files if len(files) < UNPACKED else ())
        starts = range(0, 0 if self._few else len(files), BLOCK)
        self._blocks = deque(_packed(files[start : start + BLOCK]) for start in starts)

    def __len__(self) -> int:
        return self._count

    def take(self) -> Iterator[Upload | Unknown]:
        """Yields the files once, and forgets them on the way."""
        while self._few:
            yield self._few.popleft()
        if self._blocks:
            gc.collect()  # else Python keeps tuples to use them again, all over that memory
        while self._blocks:
            for values in pickle.loads(self._blocks.popleft()):  # noqa: S301 - our own bytes
                yield _unpacked(values)


def _packed(files: Sequence[Upload | Unknown]) -> bytes:
    return pickle.dumps([_values(file) for file in files])


def _values(file: Upload | Unknown) -> tuple[Any, ...]:
    if isinstance(file, Unknown):
        return file.folder, file.name, file.reason
    # the values of a stamp pickle in half the time of the stamp
    *values, stamp = file.__reduce__()[1]
    return (*values, *(stamp or ()))


def _unpacked(values: tuple[Any, ...]) -> Upload | Unknown:
    if len(values) == 3:
        return Unknown(*values)
    stamp = FileStamp(*values[9:]) if len(values) > 9 else None
    return Upload(*(*values[:9], stamp))
