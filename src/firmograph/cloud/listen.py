"""The loop from events to runs: wait for one, wait until it is quiet, run, acknowledge."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf

from firmograph.cloud.events import Event, Source
from firmograph.errors import FirmographError

_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 3600.0
"""Seconds after the first of several failed runs in a row, and at most after the others."""


@dataclass(frozen=True)
class Timing:
    """When runs begin.

    Attributes:
        quiet_seconds: a run begins once no event has come for this long,
        at_most_seconds: or this long after the first one.
        every_seconds: without events, a run begins this long after the last one.
        settle_seconds: if a run left files that were being written, the next begins this long
            after it.
    """

    quiet_seconds: float = 15.0
    at_most_seconds: float = 120.0
    every_seconds: float = 86_400.0
    settle_seconds: float = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        code: its exit code; 3 says that something was refused, which is no failure.
        deferred: how many files it left for the next run.
    """

    code: int
    deferred: int = 0

    @property
    def is_done(self) -> bool:
        """Whether the events that came before the run are dealt with."""
        return self.code in (0, 3)


class Stopped(Exception):  # noqa: N818 - not an error
    """Ends the wait for events."""


@dataclass
class Listener:
    """Turns events into runs, one at a time.

    Attributes:
        source: of the events.
        uploads: the url or folder that events must concern.
        run: runs once, to its end.
        timing: when runs begin.
        tell: called with what happens, and its values.
    """

    source: Source
    uploads: str
    run: Callable[[], Outcome]
    timing: Timing
    tell: Callable[..., None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _is_waiting: bool = False
    _failures: int = 0

    def stop(self) -> None:
        """Ends the loop: at once if it waits, else after the run. For signal handlers.

        Raises:
            Stopped: if it waits; `listen` catches it.
        """
        self._stopping.set()
        if self._is_waiting:
            raise Stopped

    def listen(self, *, until_empty: bool = False) -> int:
        """Runs at once, and then whenever events have come, until it is stopped.

        Args:
            until_empty: whether to end once no event comes for the quiet period, or a run fails.

        Returns:
            The exit code of the last run.

        Raises:
            FirmographError: if the source cannot be used.
        """
        outcome, wait_seconds, is_due = Outcome(0), 0.0, True
        with suppress(Stopped):
            while not self._stopping.is_set():
                with self._kept() as held:
                    self._gather(held, wait_seconds)
                    if not held and not is_due:
                        break
                    outcome = self._run(held)
                if until_empty and not outcome.is_done:
                    break
                wait_seconds = self._pause(outcome, until_empty=until_empty)
                is_due = not until_empty or outcome.deferred > 0
        return outcome.code

    def _gather(self, held: list[Event], wait_seconds: float) -> None:
        """Waits for an event, then until none has come for a while, or for long enough."""
        until, ends_at = time.monotonic() + wait_seconds, inf
        while True:
            found = self._receive(max(min(until, ends_at) - time.monotonic(), 0.0))
            now = time.monotonic()
            if found:
                ends_at = ends_at if held else now + self.timing.at_most_seconds
                until = now + self.timing.quiet_seconds
                held += found
            if now >= min(until, ends_at):
                return

    def _receive(self, wait_seconds: float) -> list[Event]:
        """Waits for events that concern the uploads; all others are acknowledged."""
        self._is_waiting = True
        try:
            found = [] if self._stopping.is_set() else self.source.receive(wait_seconds)
        finally:
            self._is_waiting = False
        if self._stopping.is_set():
            raise Stopped
        ours = [event for event in found if event.concerns(self.uploads)]
        self.source.acknowledge([event for event in found if event not in ours])
        return ours

    def _run(self, held: Sequence[Event]) -> Outcome:
        self.tell("run begins", events=len(held))
        outcome = self.run()
        self.tell("run ended", exit_code=outcome.code, deferred=outcome.deferred)
        if outcome.is_done:
            self._failures = 0
            self.source.acknowledge(held)
        else:
            self._failures += 1
        return outcome

    def _pause(self, outcome: Outcome, *, until_empty: bool) -> float:
        """How long to wait for events until a run begins without one."""
        if self._failures:
            return min(_FIRST_PAUSE * 2.0 ** (self._failures - 1), _LONGEST_PAUSE)
        if outcome.deferred:
            return self.timing.settle_seconds
        return self.timing.quiet_seconds if until_empty else self.timing.every_seconds

    @contextmanager
    def _kept(self) -> Iterator[list[Event]]:
        """Yields a list for events; those in it are kept from others until the block ends."""
        held: list[Event] = []
        ended = threading.Event()

        def keep() -> None:
            while not ended.wait(self.source.keep_seconds):
                try:
                    self.source.keep(list(held))
                except FirmographError as error:
                    self.tell("events may be received by others", reason=error.message)

        thread = threading.Thread(target=keep, daemon=True)
        if self.source.keep_seconds is not None:
            thread.start()
        try:
            yield held
        finally:
            ended.set()
