"""The outcomes of an ingest: a run keeps them until its end, and there may be very many."""

import pickle
from collections.abc import Iterator
from dataclasses import fields
from itertools import chain
from operator import attrgetter

from firmograph.ingest.outcome import FileOutcome

BLOCK = 8192
"""How many outcomes are packed together."""
_values = attrgetter(*(field.name for field in fields(FileOutcome)))


class Outcomes:
    """Outcomes in the order of their files, packed block by block: a quarter of their size.

    An outcome must not be changed once it was added.
    """

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._last: list[FileOutcome] = []

    def __len__(self) -> int:
        return len(self._packed) * BLOCK + len(self._last)

    def __iter__(self) -> Iterator[FileOutcome]:
        return chain.from_iterable(self.blocks())

    def append(self, outcome: FileOutcome) -> None:
        """Adds an outcome."""
        self._last.append(outcome)
        if len(self._last) == BLOCK:
            self._packed.append(pickle.dumps([_values(one) for one in self._last]))
            self._last = []

    def blocks(self) -> Iterator[list[FileOutcome]]:
        """Yields the outcomes block by block, of which one at a time is unpacked."""
        for packed in self._packed:
            yield [FileOutcome(*values) for values in pickle.loads(packed)]  # noqa: S301 - our own
        if self._last:
            yield list(self._last)
