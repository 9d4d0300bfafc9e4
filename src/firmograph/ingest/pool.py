"""Who works on many documents: this process, and others beside it where there is enough to do."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import connection
from typing import Any

from firmograph.ingest.worker_process import WorkerProcess


class WorkerPool:
    """Hands out work to this process and to others.

    Args:
        own: the work of this process; orders are names of its methods.
        others: the same for processes, started once there is something to do.
    """

    def __init__(self, own: Any, others: Sequence[Any]) -> None:
        self._own = own
        self._others = list(others)
        self._processes: list[WorkerProcess] = []

    def start(self) -> None:
        """Starts the other processes, where that was not done."""
        self._processes += [WorkerProcess(worker) for worker in self._others]
        self._others = []

    def submit(
        self, order: str, argument: Any, ahead: int, then: Callable[[Any], Any] = lambda _: None
    ) -> None:
        """Has something done; by this process, where the others are busy.

        Args:
            order: what.
            argument: of the order.
            ahead: a process with so many orders is busy.
            then: told the answer.
        """
        self.start()
        self._poll()
        process = self._idle(ahead)
        if process is None:
            then(getattr(self._own, order)(argument))
        else:
            process.order(order, then, argument)

    def wait(self) -> None:
        """Waits until all is done."""
        while any(process.is_used and process.is_busy for process in self._processes):
            self._poll(wait=True)

    def finish(self) -> list[Any]:
        """Waits; returns what came of the work of each process."""
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

    def _idle(self, ahead: int) -> WorkerProcess | None:
        """The process with the least to do, where one has less than so many orders."""
        process = min(self._processes, key=lambda p: p.load, default=None)
        return process if process is not None and process.load < ahead else None

    def _poll(self, *, wait: bool = False) -> None:
        """Takes the answers that are there; waits for one if asked."""
        busy = {process.pipe: process for process in self._processes if process.is_busy}
        for pipe in connection.wait(list(busy), timeout=None if wait and busy else 0):
            busy[pipe].poll()  # type: ignore[index]

    def _all(self, order: str) -> list[Any]:
        """Has every process do the same; the answers, this one's last."""
        self.wait()
        answers: list[Any] = []
        for process in self._processes:
            if process.is_used:
                process.order(order, answers.append)
        answers.append(getattr(self._own, order)())
        self.wait()
        return answers
