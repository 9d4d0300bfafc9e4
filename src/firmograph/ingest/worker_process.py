"""Worker processes: requests go to them through a pipe, and answers come back."""

import gc
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any, Generic

from firmograph.errors import LakeError
from firmograph.ingest.requests import A, Discard, Discarded, Request, W

ENOUGH = 3
"""Requests a process may have before it has answered the first, so that it never waits for one."""


class WorkerProcess(Generic[W]):
    """A process with a worker of its own, and the requests it has not answered yet.

    Args:
        worker: does what is requested; pickles.

    Attributes:
        pipe: where its answers come from.
        is_used: whether it was ever given anything to do.
    """

    def __init__(self, worker: W) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._awaited: deque[tuple[Request[W, Any], Callable[[Any], object]]] = deque()
        self._is_starting = True
        self._held = 0
        self.is_used = False
        self._process = context.Process(target=serve, args=(theirs, worker), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._is_starting or bool(self._awaited)

    @property
    def load(self) -> int:
        """What it has to do: requests, and files it opened and was not told what to do with.

        While it starts it has enough to do: what it was given would keep the others waiting.
        """
        if self._is_starting:
            return ENOUGH
        return sum(request.load for request, _ in self._awaited) + self._held

    def send(self, request: Request[W, A], then: Callable[[A], object]) -> None:
        """Sends a request; its answer goes to `then` when it is received."""
        try:
            self.pipe.send(request)
        except OSError as error:
            raise self._gone() from error
        self._awaited.append((request, then))
        self.is_used = True

    def receive(self) -> None:
        """Receives one answer, which is there."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if isinstance(answer, BaseException):
            raise answer
        if self._is_starting:
            self._is_starting = False
            return
        request, then = self._awaited.popleft()
        self._held += request.held
        then(answer)

    def discard(self) -> None:
        """Has it throw away what it read, once it has answered its requests."""
        self.pipe.send(Discard())
        while not isinstance(self.pipe.recv(), Discarded):
            pass

    def end(self) -> None:
        """Ends it; one that is still starting is not waited for."""
        self.pipe.close()
        if not self.is_used:
            self._process.kill()
        self._process.join()

    def _gone(self) -> LakeError:
        self._process.join(5)
        code = self._process.exitcode
        how = f"by signal {-code}" if code is not None and code < 0 else f"with code {code}"
        return LakeError(
            f"a worker process ended {how}",
            hint="nothing was published and no document is lost; if memory ran out, or if a "
            "script starts the run without `if __name__ == '__main__':`, set workers = 1",
        )


@contextmanager
def few_collections() -> Iterator[None]:
    """Lets the garbage collector look for cycles less often: rows in plenty hold none."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def serve(pipe: Connection, worker: Any) -> None:
    """Does what the other end of the pipe requests, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides
    with few_collections(), suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            request: Request[Any, Any] = pipe.recv()
            try:
                answer = request.apply(worker)
            except Exception as error:  # noqa: BLE001 - raised again at the other end
                answer = error
            pipe.send(answer)
