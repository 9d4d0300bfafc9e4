"""Who works on an ingest: files are opened by whoever is free, and decided on in their order."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from firmograph.ingest.pool import WorkerPool
from firmograph.ingest.worker import Batch, BatchResult, FileScan, LineBatch, Worker
from firmograph.ingest.worker_process import ENOUGH, WorkerProcess
from firmograph.sources.names import Upload

Decide = Callable[[Sequence[Upload], list[FileScan]], list[int | None]]
"""Told what small files turned out to be, in their order; gives the first `ingest_seq` of each
that is to be kept."""


@dataclass
class _Small:
    """Small files that are opened, and the process that holds them; None is this one."""

    files: Sequence[Upload]
    holder: WorkerProcess | None
    opened: list[FileScan] | None = None


class IngestPool(WorkerPool):
    """Works on one ingest; what is handed over first is decided on first.

    Args:
        own: the work of this process.
        others: the work of processes, started once there is something to read.
        decide: what becomes of small files.
    """

    def __init__(self, own: Worker, others: Sequence[Worker], decide: Decide) -> None:
        super().__init__(own, others)
        self._decide = decide
        self._undecided: deque[_Small] = deque()
        self._kept: deque[list[int | None]] = deque()
        self._own_opened = 0
        self.document_count = 0
        self.refusal: Any = None
        self.deferred: str | None = None

    def open(self, files: Sequence[Upload]) -> None:
        """Hands over small files."""
        while True:
            self._poll()
            process = self._idle(ENOUGH)
            if process is not None:
                small = _Small(files, process)
                self._undecided.append(small)
                process.order("open", partial(self._opened, small), files)
                return
            if self._kept:
                self._keep()
            elif self._own_opened < ENOUGH:
                small = _Small(files, None)
                self._undecided.append(small)
                self._own_opened += 1
                self._opened(small, self._own.open(files))
                return
            else:
                self._poll(wait=True)

    def read(self, batch: Batch) -> None:
        """Hands over documents; this process reads them where the others are busy."""
        self.submit("read", batch, 1, self._done)

    def read_lines(self, batch: LineBatch) -> None:
        """Hands over a range of a file."""
        self.submit("read_lines", batch, 2, self._done)

    def decide_all(self) -> None:
        """Waits until all small files are decided on."""
        while self._undecided:
            self._poll(wait=True)

    def wait(self) -> None:
        """Waits until all is read."""
        self.decide_all()
        while self._kept:
            self._keep()
        super().wait()

    def savepoint(self) -> None:
        """Waits, and keeps what was read, whatever becomes of the next file."""
        self._all("savepoint")

    def rollback_to_savepoint(self) -> None:
        """Waits, and throws away what was read since the last seal."""
        self._all("rollback_to_savepoint")

    def _opened(self, small: _Small, opened: list[FileScan]) -> None:
        small.opened = opened
        while self._undecided and self._undecided[0].opened is not None:
            first = self._undecided.popleft()
            seqs = self._decide(first.files, first.opened or [])
            if any(seq is not None for seq in seqs):
                self.start()
            if first.holder is None:
                self._kept.append(seqs)
            else:
                first.holder.order("keep", self._done, seqs)

    def _keep(self) -> None:
        self._own_opened -= 1
        self._done(self._own.keep(self._kept.popleft()))

    def _done(self, done: BatchResult) -> None:
        self.document_count += done.document_count
        self.refusal = self.refusal or done.refusal
        self.deferred = self.deferred or done.deferred
