"""The worker pool of an ingest: any worker opens files, but they are decided on in their order."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from firmograph.ingest.exchange import BatchResult, FileScan
from firmograph.ingest.pool import WorkerPool
from firmograph.ingest.requests import (
    Finish,
    KeepFiles,
    OpenFiles,
    ReadBatch,
    ReadLines,
    Rollback,
    Savepoint,
)
from firmograph.ingest.worker import Worker
from firmograph.ingest.worker_process import ENOUGH, WorkerProcess
from firmograph.sources.names import Upload
from firmograph.staging.spill import Spilled

Decide = Callable[[Upload, FileScan], int | None]
"""Decides on a file, called in the files' order; returns the first `ingest_seq` if it is kept."""


@dataclass
class _Opened:
    """Small files that are opened, and the process that holds them, None for this process."""

    files: Sequence[Upload]
    holder: WorkerProcess[Worker] | None
    scans: list[FileScan] | None = None


class IngestPool(WorkerPool[Worker]):
    """The workers of one ingest; files submitted first are decided on first.

    Args:
        own: the worker of this process.
        others: workers for other processes, which are started once there is something to read.
        decide: decides on a small file.
    """

    def __init__(self, own: Worker, others: Sequence[Worker], decide: Decide) -> None:
        super().__init__(own, others)
        self._decide = decide
        self._undecided: deque[_Opened] = deque()
        self._kept: deque[list[int | None]] = deque()
        self._own_opened = 0
        self._result = BatchResult(0)

    def open(self, files: Sequence[Upload]) -> None:
        """Submits small files."""
        while True:
            self._poll()
            process = self._idle(ENOUGH)
            if process is not None:
                small = _Opened(files, process)
                self._undecided.append(small)
                process.send(OpenFiles(files), partial(self._decide_on, small))
                return
            if self._kept:
                self._keep()
            elif self._own_opened < ENOUGH:
                small = _Opened(files, None)
                self._undecided.append(small)
                self._own_opened += 1
                self._decide_on(small, self._own.open(files))
                return
            else:
                self._poll(wait=True)

    def read(self, batch: ReadBatch) -> None:
        """Submits documents; this process parses them if the others are busy."""
        self.submit(batch, 1, self._add)

    def read_lines(self, lines: ReadLines) -> None:
        """Submits a part of a file of lines; this process parses it if the others are busy."""
        self.submit(lines, 2, self._add)

    def take_result(self) -> BatchResult:
        """Waits; returns the result of the batches and ranges since the last call."""
        self.wait()
        result, self._result = self._result, BatchResult(0)
        return result

    def decide_all(self) -> None:
        """Waits until all small files are decided on."""
        while self._undecided:
            self._poll(wait=True)

    def wait(self) -> None:
        """Waits until everything is read."""
        self.decide_all()
        while self._kept:
            self._keep()
        super().wait()

    def savepoint(self) -> None:
        """Waits, then has every worker set a savepoint."""
        self._all(Savepoint())

    def rollback_to_savepoint(self) -> None:
        """Waits, then has every worker discard what it read since the last savepoint."""
        self._all(Rollback())

    def finish_all(self) -> list[tuple[Spilled, dict[str, list[Any]]]]:
        """Waits; returns what each worker staged and wrote."""
        return self.finish(Finish())

    def _decide_on(self, small: _Opened, scans: list[FileScan]) -> None:
        small.scans = scans
        while self._undecided and self._undecided[0].scans is not None:
            first = self._undecided.popleft()
            pairs = zip(first.files, first.scans or [], strict=True)
            seqs = [self._decide(file, scan) for file, scan in pairs]
            if any(seq is not None for seq in seqs):
                self.start()
            if first.holder is None:
                self._kept.append(seqs)
            else:
                first.holder.send(KeepFiles(seqs), lambda _: None)

    def _keep(self) -> None:
        self._own_opened -= 1
        self._own.keep(self._kept.popleft())

    def _add(self, result: BatchResult) -> None:
        self._result += result
