"""The loop from events to runs: wait for one, wait until it is quiet, run, acknowledge."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from typing import Protocol

from firmograph.cloud.events import Event, Source
from firmograph.errors import FirmographError, LakeBusy

_LONGEST_PAUSE, _LONGEST_RETRY = 3600.0, 300.0
"""Seconds that `Timing.pause_seconds` and `Timing.retry_seconds` grow to."""
_TOLERATED = 3
"""From how many failures in a row on such a source is worth an error in the log."""


@dataclass(frozen=True)
class Timing:
    """When runs begin.

    Attributes:
        quiet_seconds: a run begins once no event has come for this long,
        at_most_seconds: or this long after the first one.
        every_seconds: without events, a run begins this long after the last one.
        settle_seconds: if a run left files that were being written, the next begins this long
            after it.
        pause_seconds: between a failed run and the next one; doubled for each that fails, too.
        retry_seconds: until a source that could not be reached is asked again; doubled as well.
    """

    quiet_seconds: float = 15.0
    at_most_seconds: float = 120.0
    every_seconds: float = 86_400.0
    settle_seconds: float = 60.0
    pause_seconds: float = 60.0
    retry_seconds: float = 5.0


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

    @property
    def is_busy(self) -> bool:
        """Whether another run held the lake for too long."""
        return self.code == LakeBusy.exit_code


class Log(Protocol):
    """Writes a line for each event, by its level."""

    def info(self, event: str, **values: object) -> None:
        """Writes what goes as it should."""

    def warning(self, event: str, **values: object) -> None:
        """Writes what somebody should look at."""

    def error(self, event: str, **values: object) -> None:
        """Writes what somebody must look at."""


class Stopped(BaseException):
    """Ends the wait for events; no client of a queue catches it."""


@dataclass
class Listener:
    """Turns events into runs, one at a time.

    Attributes:
        source: of the events.
        uploads: the url or folder that events must concern.
        run: runs once, to its end.
        timing: when runs begin.
        log: is told what happens.
        until_empty: whether to end once no event comes for the quiet period, or something fails.
    """

    source: Source
    uploads: str
    run: Callable[[], Outcome]
    timing: Timing
    log: Log
    until_empty: bool = False
    _stopping: threading.Event = field(default_factory=threading.Event)
    _is_waiting: bool = False
    _has_received: bool = False
    _failed_runs: int = 0
    _failed_requests: int = 0

    def stop(self) -> None:
        """Ends the loop: at once if it waits, else after the run. For signal handlers.

        Raises:
            Stopped: if it waits; `listen` catches it.
        """
        self._stopping.set()
        if self._is_waiting:
            raise Stopped

    def listen(self) -> int:
        """Runs at once, and then whenever events have come, until it is stopped.

        Returns:
            The exit code of the last run.

        Raises:
            FirmographError: if the source cannot be used, from the beginning.
        """
        outcome, wait_seconds, is_due = Outcome(0), 0.0, True
        with suppress(Stopped):
            while not self._stopping.is_set():
                with self._kept() as held:
                    self._gather(held, wait_seconds)
                    if not held and not is_due:
                        break
                    outcome = self._run(held)
                if self.until_empty and not outcome.is_done:
                    break
                self._pause(outcome)
                wait_seconds = self._wait_seconds(outcome)
                is_due = not self.until_empty or outcome.deferred > 0
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
        try:
            with self._stoppable():
                found = self.source.receive(wait_seconds)
        except FirmographError as error:
            if self.until_empty or not self._has_received:
                raise
            self._retry(error, wait_seconds)
            return []
        self._has_received, self._failed_requests = True, 0
        ours = [event for event in found if event.concerns(self.uploads)]
        self._acknowledge([event for event in found if event not in ours])
        return ours

    def _retry(self, error: FirmographError, wait_seconds: float) -> None:
        """Waits until a source that could not be reached is asked again."""
        seconds = min(self.timing.retry_seconds * 2.0**self._failed_requests, _LONGEST_RETRY)
        self._failed_requests += 1
        log = self.log.warning if self._failed_requests < _TOLERATED else self.log.error
        log("no events can be received", reason=error.message, hint=error.hint, again_in=seconds)
        with self._stoppable():
            time.sleep(min(seconds, wait_seconds))

    def _acknowledge(self, events: Sequence[Event]) -> None:
        try:
            self.source.acknowledge(events)
        except FirmographError as error:
            self.log.warning("events will come again", reason=error.message)

    def _run(self, held: Sequence[Event]) -> Outcome:
        self.log.info("run begins", events=len(held))
        outcome = self.run()
        self.log.info("run ended", exit_code=outcome.code, deferred=outcome.deferred)
        if outcome.is_done:
            self._failed_runs = 0
            self._acknowledge(held)
        else:
            self._failed_runs = 1 if outcome.is_busy else self._failed_runs + 1
        return outcome

    def _pause(self, outcome: Outcome) -> None:
        """Waits after a failed run, and receives nothing: events that come again wait as well.

        The run need not have logged an error itself, as when its settings are wrong.
        """
        if outcome.is_done:
            return
        seconds = min(self.timing.pause_seconds * 2.0 ** (self._failed_runs - 1), _LONGEST_PAUSE)
        log = self.log.warning if outcome.is_busy else self.log.error
        log("run failed", exit_code=outcome.code, failed_runs=self._failed_runs, again_in=seconds)
        with self._stoppable():
            time.sleep(seconds)

    def _wait_seconds(self, outcome: Outcome) -> float:
        """How long to wait for events until a run begins without one."""
        if not outcome.is_done:
            return 0.0
        if outcome.deferred:
            return self.timing.settle_seconds
        return self.timing.quiet_seconds if self.until_empty else self.timing.every_seconds

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        """A block that `stop` ends at once.

        Raises:
            Stopped: if it was called before, too.
        """
        self._is_waiting = True
        try:
            if self._stopping.is_set():
                raise Stopped
            yield
        finally:
            self._is_waiting = False
        if self._stopping.is_set():
            raise Stopped

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
                    if not ended.is_set():
                        self.log.warning("others may receive the events", reason=error.message)

        thread = threading.Thread(target=keep, daemon=True)
        if self.source.keep_seconds is not None:
            thread.start()
        try:
            yield held
        finally:
            ended.set()
