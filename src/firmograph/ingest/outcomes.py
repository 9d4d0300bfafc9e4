"""The outcomes of an ingest: a run keeps them until its end, and there may be very many."""

import pickle
import zlib
from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from operator import attrgetter

from firmograph.ingest.found_files import BLOCK, UNPACKED
from firmograph.ingest.outcome import FileOutcome

_values = attrgetter(*(field.name for field in fields(FileOutcome)))


class Outcomes:
    """Outcomes in the order of their files; many are packed in blocks, a ninth of their size.

    An outcome must not be changed once it was added.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._packed_count = 0
        self._last: list[FileOutcome] = []

    def __len__(self) -> int:
        return self._packed_count + len(self._last)

    def __iter__(self) -> Iterator[FileOutcome]:
        return chain.from_iterable(self.blocks())

    def append(self, outcome: FileOutcome) -> None:
        """Adds an outcome."""
        self._last.append(outcome)
        if len(self._last) >= BLOCK and len(self) >= UNPACKED:
            self._pack()

    def _pack(self) -> None:
        for start in range(0, len(self._last), BLOCK):
            block = self._last[start : start + BLOCK]
            self._packed.append(zlib.compress(pickle.dumps([_values(one) for one in block]), 1))
        self._packed_count += len(self._last)
        self._last = []

    def blocks(self) -> Iterator[list[FileOutcome]]:
        """Yields the outcomes block by block, of which one at a time is unpacked."""
        for packed in self._packed:
            block = pickle.loads(zlib.decompress(packed))  # noqa: S301 - our own bytes
            yield [FileOutcome(*values) for values in block]
        if self._last:
            yield list(self._last)
