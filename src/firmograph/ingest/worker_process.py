"""Worker processes, which receive requests and return answers through a pipe."""

import gc
import multiprocessing
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, Generic

from firmograph.errors import LakeError
from firmograph.ingest.requests import A, Discard, Discarded, Request, W

ENOUGH = 3
"""How many unanswered requests a process may have, so that it never waits for one."""


class WorkerProcess(Generic[W]):
    """A process with a worker of its own, and its unanswered requests.

    The worker is sent through the pipe. As an argument of the process it would be written to one
    whose writer waits for ever if the process dies before it reads.

    Args:
        worker: executes the requests; it pickles.

    Attributes:
        pipe: carries requests and answers.
        is_used: whether any request was sent.
    """

    def __init__(self, worker: W) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._awaited: deque[tuple[Request[W, Any], Callable[[Any], object]]] = deque()
        self._is_starting = True
        self._held = 0
        self.is_used = False
        self._process = context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        # in a thread, since the process takes it only when it has started
        self._sending = threading.Thread(target=self._hand_over, args=(worker,), daemon=True)
        self._sending.start()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return self._is_starting or bool(self._awaited)

    @property
    def load(self) -> int:
        """How busy it is: unanswered requests, and groups of files that it holds open.

        While it starts, it counts as busy: a request sent to it would keep the others waiting.
        """
        if self._is_starting:
            return ENOUGH
        return sum(request.load for request, _ in self._awaited) + self._held

    def send(self, request: Request[W, A], then: Callable[[A], object]) -> None:
        """Sends a request; `then` is called with the answer once it is received."""
        try:
            self.pipe.send(request)
        except OSError as error:
            raise self._gone() from error
        self._awaited.append((request, then))
        self.is_used = True

    def receive(self) -> None:
        """Receives one answer, which has arrived."""
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

    def _hand_over(self, worker: W) -> None:
        try:
            self.pipe.send(worker)
        except OSError:
            pass  # `receive` tells that the process is gone
        except BaseException:
            self._process.kill()  # otherwise `receive` would wait for it
            raise

    def discard(self) -> None:
        """Has it discard unfinished work, once it has answered its requests."""
        if not self.is_used:
            return
        self.pipe.send(Discard())
        while not isinstance(self.pipe.recv(), Discarded):
            pass

    def end(self) -> None:
        """Ends the process; one that was never used is killed, as it may still be starting."""
        if not self.is_used:
            self._process.kill()
        self._sending.join()
        self.pipe.close()
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
    """Runs the garbage collector less often, since rows contain no cycles."""
    before = gc.get_threshold()
    gc.set_threshold(50_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _receive(pipe: Connection, requests: "SimpleQueue[Any]") -> None:
    """Puts what comes through a pipe into a queue; None at the end, or if it cannot be read."""
    try:
        with suppress(EOFError, OSError):
            while True:
                requests.put(pipe.recv())
    finally:
        requests.put(None)


def serve(pipe: Connection) -> None:
    """Executes the requests from a pipe, after the worker, until the other end closes it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles it
    requests: SimpleQueue[Any] = SimpleQueue()
    # by a thread, since the other end waits until a large request is taken from the pipe
    threading.Thread(target=_receive, args=(pipe, requests), daemon=True).start()
    with few_collections(), suppress(OSError):
        if (worker := requests.get()) is None:
            return
        pipe.send(None)
        while (request := requests.get()) is not None:
            try:
                answer = request.apply(worker)
            except Exception as error:  # noqa: BLE001 - raised again at the other end
                answer = error
            pipe.send(answer)
