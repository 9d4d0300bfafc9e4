"""Other processes at work: orders go to them through a pipe, and answers come back."""

import gc
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

from firmograph.errors import LakeError

ENOUGH = 3
"""Orders a process may have before it is done with the first, so that it never waits for one."""
_DISCARDED = "discarded"


class WorkerProcess:
    """Another process, and the orders it has not answered yet.

    Args:
        worker: whose methods are the orders; pickles.

    Attributes:
        pipe: where its answers come from.
        is_used: whether it was ever given anything to do.
    """

    def __init__(self, worker: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._awaited: deque[tuple[str, Callable[[Any], Any]]] = deque([("start", lambda _: None)])
        self._opened = 0
        self.is_used = False
        self._process = context.Process(target=serve, args=(theirs, worker), daemon=True)
        self._process.start()
        theirs.close()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is awaited."""
        return bool(self._awaited)

    @property
    def load(self) -> int:
        """What it has to do: orders, and files it opened and was not told what to do with.

        While it starts it has enough to do: what it was given would keep the others waiting.
        """
        if self._awaited and self._awaited[0][0] == "start":
            return ENOUGH
        return sum(name != "keep" for name, _ in self._awaited) + self._opened

    def order(self, name: str, then: Callable[[Any], Any], *arguments: Any) -> None:
        """Gives an order; the answer goes to `then` when it is heard."""
        try:
            self.pipe.send((name, arguments))
        except OSError as error:
            raise self._gone() from error
        self._awaited.append((name, then))
        self.is_used = True

    def poll(self) -> None:
        """Takes one answer, which is there."""
        try:
            answer = self.pipe.recv()
        except (EOFError, OSError) as error:
            raise self._gone() from error
        if isinstance(answer, BaseException):
            raise answer
        name, then = self._awaited.popleft()
        self._opened += (name == "open") - (name == "keep")
        then(answer)

    def discard(self) -> None:
        """Has it throw away what it read, once it is done with its orders."""
        self.pipe.send(("discard", ()))
        while self.pipe.recv() != _DISCARDED:
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
            hint="nothing was published and no document is lost; where memory was short, or a "
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
    """Does what the other end of the pipe orders, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides
    with few_collections(), suppress(EOFError, OSError):
        pipe.send(None)
        while True:
            order, arguments = pipe.recv()
            try:
                answer = getattr(worker, order)(*arguments)
            except Exception as error:  # noqa: BLE001 - raised again at the other end
                answer = error
            pipe.send(_DISCARDED if order == "discard" else answer)
