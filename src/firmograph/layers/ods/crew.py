"""Who works on an ingest: this process, and others beside it where there is enough to do."""

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection
from typing import Any

from firmograph.intake.names import Upload
from firmograph.layers.ods.processes import ENOUGH, WorkerProcess
from firmograph.layers.ods.worker import Batch, Done, LineBatch, OpenedFile, Worker
from firmograph.piles import Piled

Decide = Callable[[Sequence[Upload], list[OpenedFile]], list[int | None]]
"""Told what small files turned out to be, in their order; gives the first `ingest_seq` of each
that is to be kept."""


@dataclass
class _Small:
    """Small files that are opened, and the process that holds them; None is this one."""

    files: Sequence[Upload]
    holder: WorkerProcess | None
    opened: list[OpenedFile] | None = None


class Crew:
    """Works on one ingest; what is handed over first is decided on first.

    Args:
        own: the work of this process.
        others: the work of processes, started once there is something to read.
        decide: what becomes of small files.
    """

    def __init__(self, own: Worker, others: Sequence[Worker], decide: Decide) -> None:
        self._own = own
        self._decide = decide
        self._undecided: deque[_Small] = deque()
        self._kept: deque[list[int | None]] = deque()
        self._own_opened = 0
        self.document_count = 0
        self.refusal: Any = None
        self._others = list(others)
        self._processes: list[WorkerProcess] = []

    def start(self) -> None:
        """Starts the other processes, where that was not done."""
        self._processes += [WorkerProcess(worker) for worker in self._others]
        self._others = []

    def open(self, files: Sequence[Upload]) -> None:
        """Hands over small files."""
        while True:
            self._hear()
            process = self._free(ENOUGH)
            if process is not None:
                small = _Small(files, process)
                self._undecided.append(small)
                process.order("open", files, partial(self._opened, small))
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
                self._hear(wait=True)

    def read(self, batch: Batch) -> None:
        """Hands over documents; this process reads them where the others are busy."""
        self._hand_over("read", batch, ahead=1)

    def read_lines(self, batch: LineBatch) -> None:
        """Hands over a range of a file."""
        self._hand_over("read_lines", batch, ahead=2)

    def decide_all(self) -> None:
        """Waits until all small files are decided on."""
        while self._undecided:
            self._hear(wait=True)

    def wait(self) -> None:
        """Waits until all is read."""
        self.decide_all()
        while self._kept:
            self._keep()
        while any(process.is_used and process.is_busy for process in self._processes):
            self._hear(wait=True)

    def seal(self) -> None:
        """Waits, and keeps what was read, whatever becomes of the next file."""
        self._all("seal")

    def unseal(self) -> None:
        """Waits, and throws away what was read since the last seal."""
        self._all("unseal")

    def finish(self) -> list[tuple[Piled, dict[str, list[Any]]]]:
        """Waits; returns the readings and what ODS's appenders commit, of each process."""
        finished = self._all("finish")
        self._end()
        return finished

    def discard(self) -> None:
        """Ends the work and throws everything away."""
        with suppress(Exception):  # what went wrong before is what the run tells
            self._own.discard()
        for process in self._processes:
            with suppress(Exception):
                process.discard()
        self._end()

    def _end(self) -> None:
        for process in self._processes:
            process.end()
        self._processes = []

    def _hand_over(self, order: str, batch: Batch | LineBatch, ahead: int) -> None:
        self.start()
        self._hear()
        process = self._free(ahead)
        if process is None:
            self._done(getattr(self._own, order)(batch))
        else:
            process.order(order, batch, self._done)

    def _free(self, ahead: int) -> WorkerProcess | None:
        """The process with the least to do, where one has less than so many orders."""
        process = min(self._processes, key=lambda p: p.load, default=None)
        return process if process is not None and process.load < ahead else None

    def _opened(self, small: _Small, opened: list[OpenedFile]) -> None:
        small.opened = opened
        while self._undecided and self._undecided[0].opened is not None:
            first = self._undecided.popleft()
            seqs = self._decide(first.files, first.opened or [])
            if any(seq is not None for seq in seqs):
                self.start()
            if first.holder is None:
                self._kept.append(seqs)
            else:
                first.holder.order("keep", seqs, self._done)

    def _keep(self) -> None:
        self._own_opened -= 1
        self._done(self._own.keep(self._kept.popleft()))

    def _done(self, done: Done) -> None:
        self.document_count += done.document_count
        self.refusal = self.refusal or done.refusal

    def _hear(self, *, wait: bool = False) -> None:
        """Takes the answers that are there; waits for one if asked."""
        busy = {process.pipe: process for process in self._processes if process.is_busy}
        for pipe in connection.wait(list(busy), timeout=None if wait and busy else 0):
            busy[pipe].hear()  # type: ignore[index]

    def _all(self, order: str) -> list[Any]:
        self.wait()
        answers: list[Any] = []
        for process in self._processes:
            if process.is_used:
                process.order(order, None, answers.append)
        answers.append(getattr(self._own, order)())
        self.wait()
        return answers
