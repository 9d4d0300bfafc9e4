"""A pool of workers, in this process and in others."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing import connection
from typing import Generic

from firmograph.ingest.requests import A, Request, W
from firmograph.ingest.worker_process import WorkerProcess


class WorkerPool(Generic[W]):
    """Distributes requests between the worker of this process and those of others.

    Args:
        own: the worker of this process.
        others: workers for other processes, which are started once there is something to do.
    """

    def __init__(self, own: W, others: Sequence[W]) -> None:
        self._own = own
        self._others = list(others)
        self._processes: list[WorkerProcess[W]] = []

    def start(self) -> None:
        """Starts the other processes, if that has not been done."""
        self._processes += [WorkerProcess(worker) for worker in self._others]
        self._others = []

    def submit(
        self, request: Request[W, A], ahead: int, then: Callable[[A], object] = lambda _: None
    ) -> None:
        """Sends a request to an idle process; if all are busy, executes it in this one.

        Args:
            request: the request.
            ahead: a process with this many requests is busy.
            then: called with the answer.
        """
        self.start()
        self._poll()
        process = self._idle(ahead)
        if process is None:
            then(request.apply(self._own))
        else:
            process.send(request, then)

    def wait(self) -> None:
        """Waits until all requests are answered."""
        while any(process.is_used and process.is_busy for process in self._processes):
            self._poll(wait=True)

    def finish(self, request: Request[W, A]) -> list[A]:
        """Waits, sends every worker a last request, ends the processes; returns the answers."""
        finished = self._all(request)
        self._end()
        return finished

    def discard(self) -> None:
        """Discards the work of all workers, and ends the processes."""
        with suppress(Exception):  # the run reports the earlier error
            self._own.discard()
        for process in self._processes:
            with suppress(Exception):
                process.discard()
        self._end()

    def _end(self) -> None:
        for process in self._processes:
            process.end()
        self._processes = []

    def _idle(self, ahead: int) -> WorkerProcess[W] | None:
        """The process with the fewest requests, if these are fewer than `ahead`; otherwise None."""
        process = min(self._processes, key=lambda p: p.load, default=None)
        return process if process is not None and process.load < ahead else None

    def _poll(self, *, wait: bool = False) -> None:
        """Receives the answers that have arrived; with `wait`, waits for at least one."""
        busy = {process.pipe: process for process in self._processes if process.is_busy}
        for pipe in connection.wait(list(busy), timeout=None if wait and busy else 0):
            busy[pipe].receive()  # type: ignore[index]

    def _all(self, request: Request[W, A]) -> list[A]:
        """Waits, then sends a request to every worker; returns the answers, this process's last."""
        self.wait()
        answers: list[A] = []
        for process in self._processes:
            if process.is_used:
                process.send(request, answers.append)
        own = request.apply(self._own)
        self.wait()
        return [*answers, own]
