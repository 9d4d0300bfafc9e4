"""Who works on the batches of an ingest: this process, or several."""

import multiprocessing
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, Protocol

from firmograph.errors import LakeError
from firmograph.layers.ods_batches import Batch, Done, Worker

Take = Callable[[Done], None]
"""Told what came of each batch."""


class Workers(Protocol):
    """Works on batches, one after another or several at once."""

    def submit(self, batch: Batch) -> None:
        """Hands over a batch; waits while all are busy."""

    def wait(self) -> None:
        """Waits for all batches."""

    def seal(self) -> None:
        """Waits for all batches, and keeps them whatever becomes of the next file."""

    def unseal(self) -> None:
        """Waits for all batches, and throws away those since the last seal."""

    def finish(self) -> dict[str, list[Any]]:
        """Waits for all batches; returns what ODS's appenders commit, by document type."""

    def discard(self) -> None:
        """Ends the work and throws everything away."""


class OneProcess:
    """This process does all work."""

    def __init__(self, worker: Worker, take: Take) -> None:
        self._worker = worker
        self._take = take
        self.seal = worker.seal
        self.unseal = worker.unseal
        self.finish = worker.finish
        self.discard = worker.discard

    def submit(self, batch: Batch) -> None:
        """Reads a batch."""
        self._take(self._worker.read(batch))

    def wait(self) -> None:
        """Nothing to wait for: each batch is read when it is handed over."""


class SeveralProcesses:
    """Started processes, each with a worker of its own and a pipe to it.

    Each process has one batch at a time, so that no pipe is full at both ends.

    Args:
        workers: one for each process.
        take: told what came of each batch.
    """

    def __init__(self, workers: list[Worker], take: Take) -> None:
        context = multiprocessing.get_context("spawn")
        self._take = take
        self._busy: set[Connection] = set()
        self._processes: dict[Connection, Any] = {}
        for worker in workers:
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, worker), daemon=True)
            process.start()
            theirs.close()
            self._processes[ours] = process

    def submit(self, batch: Batch) -> None:
        """Hands over a batch; waits while all are busy."""
        idle = [pipe for pipe in self._processes if pipe not in self._busy]
        pipe = idle[0] if idle else self._next()
        self._send(pipe, "read", batch)
        self._busy.add(pipe)

    def wait(self) -> None:
        """Waits for all batches."""
        while self._busy:
            self._next()

    def seal(self) -> None:
        """Waits for all batches, and keeps them whatever becomes of the next file."""
        self._all("seal")

    def unseal(self) -> None:
        """Waits for all batches, and throws away those since the last seal."""
        self._all("unseal")

    def finish(self) -> dict[str, list[Any]]:
        """Waits for all batches; returns what ODS's appenders commit, by document type."""
        written: dict[str, list[Any]] = {}
        for answer in self._all("finish"):
            for kind, files in answer.items():
                written.setdefault(kind, []).extend(files)
        self._end()
        return written

    def discard(self) -> None:
        """Ends the work and throws everything away."""
        with suppress(Exception):  # what went wrong before is what the run tells
            self._all("discard")
        self._end()

    def _all(self, order: str) -> list[Any]:
        self.wait()
        for pipe in self._processes:
            self._send(pipe, order, None)
        return [self._receive(pipe) for pipe in self._processes]

    def _next(self) -> Connection:
        """Waits for a batch to be done; returns the pipe of the process that is free now."""
        ready = connection.wait(list(self._busy))[0]
        assert isinstance(ready, Connection)  # noqa: S101 - nothing else was waited for
        self._busy.remove(ready)
        self._take(self._receive(ready))
        return ready

    def _send(self, pipe: Connection, order: str, argument: Any) -> None:
        try:
            pipe.send((order, argument))
        except OSError as error:
            raise self._gone(pipe) from error

    def _receive(self, pipe: Connection) -> Any:
        try:
            answer = pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone(pipe) from error
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def _gone(self, pipe: Connection) -> LakeError:
        process = self._processes[pipe]
        process.join(5)
        code = process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return LakeError(
            f"a worker process ended {how}",
            hint="nothing was published and no document is lost; where memory was short, set "
            "workers = 1 and run again",
        )

    def _end(self) -> None:
        for pipe, process in self._processes.items():
            pipe.close()
            process.join()
        self._processes = {}


def serve(pipe: Connection, worker: Worker) -> None:
    """Does what the other end of the pipe orders, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides
    orders: Mapping[str, Callable[[Any], Any]] = {
        "read": worker.read,
        "seal": lambda _: worker.seal(),
        "unseal": lambda _: worker.unseal(),
        "finish": lambda _: worker.finish(),
        "discard": lambda _: worker.discard(),
    }
    while True:
        try:
            order, argument = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = orders[order](argument)
        except Exception as error:  # noqa: BLE001 - raised again at the other end
            answer = error
        pipe.send(answer)
