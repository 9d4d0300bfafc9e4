"""The loop from events to runs, on a queue in memory that fails as networks do."""

import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from firmograph.cloud.events import Event
from firmograph.cloud.listen import Listener, Outcome, Timing
from firmograph.errors import FirmographError

AWAY = FirmographError("the queue is away")
NEW = [Event("1", "s3://acme/dnb/a.json")]
QUICK = Timing(
    quiet_seconds=0.0,
    at_most_seconds=0.0,
    every_seconds=60.0,
    pause_seconds=0.01,
    retry_seconds=0.0,
)


class Lines:
    """Keeps the lines of a log."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def info(self, event: str, **values: object) -> None:
        """Keeps it."""
        self.entries.append({"event": event, "log_level": "info", **values})

    def warning(self, event: str, **values: object) -> None:
        """Keeps it."""
        self.entries.append({"event": event, "log_level": "warning", **values})

    def error(self, event: str, **values: object) -> None:
        """Keeps it."""
        self.entries.append({"event": event, "log_level": "error", **values})


class Queue:
    """Answers as it is told; what it is asked is noted."""

    keep_seconds = None

    def __init__(self, answers: Iterator[Any], seen: list[Any]) -> None:
        self.answers, self.seen = answers, seen

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """The next answer; an error is raised, a function called."""
        del wait_seconds
        answer = next(self.answers)
        self.seen.append("receive")
        if isinstance(answer, FirmographError):
            raise answer
        return list(answer() if callable(answer) else answer)

    def keep(self, events: Sequence[Event]) -> None:
        """Nobody else receives them."""

    def acknowledge(self, events: Sequence[Event]) -> None:
        """Notes what is acknowledged."""
        self.seen += [f"acknowledge {event.receipt}" for event in events]


def listening(
    answers: Sequence[Any], codes: Sequence[int], *, until_empty: bool = False
) -> tuple[Listener, list[Any], Lines]:
    """A listener whose queue answers so, and whose runs end so; the last one stops it."""
    seen: list[Any] = []
    log, left = Lines(), iter(codes)

    def run() -> Outcome:
        code = next(left)
        seen.append(f"run {code}")
        if seen.count("run 0") == codes.count(0):
            listener.stop()
        return Outcome(code)

    listener = Listener(
        Queue(iter(answers), seen),
        "s3://acme/dnb",
        run,
        QUICK,
        log,
        until_empty,
    )
    return listener, seen, log


def test_queue_that_is_away_is_asked_again_until_it_is_back() -> None:
    listener, seen, log = listening([[], AWAY, AWAY, AWAY, NEW], [0, 0])
    assert listener.listen() == 0
    assert seen == ["receive", "run 0", *["receive"] * 4, "run 0", "acknowledge 1"]
    told = [line for line in log.entries if line["event"] == "no events can be received"]
    assert [line["log_level"] for line in told] == ["warning", "warning", "error"]
    assert told[0]["reason"] == "the queue is away"


@pytest.mark.parametrize(("answers", "until_empty"), [([AWAY], False), ([NEW, AWAY], True)])
def test_queue_that_never_was_there_or_is_drained_is_an_error(
    answers: Sequence[Any], until_empty: bool
) -> None:
    listener, _, _ = listening(answers, [3, 0], until_empty=until_empty)
    with pytest.raises(FirmographError, match="the queue is away"):
        listener.listen()


def test_events_that_come_again_do_not_shorten_the_pause_after_failed_runs() -> None:
    listener, seen, log = listening([NEW] * 4, [1, 1, 2, 0])
    assert listener.listen() == 0
    assert seen == [
        *("receive", "run 1", "receive", "run 1", "receive", "run 2"),
        *("receive", "run 0", "acknowledge 1"),
    ]
    told = [line for line in log.entries if line["event"] == "run failed"]
    assert [(line["log_level"], line["exit_code"], line["again_in"]) for line in told] == [
        ("error", 1, 0.01),
        ("error", 1, 0.02),
        ("error", 2, 0.04),
    ]


def test_busy_lake_is_tried_again_without_growing_pauses() -> None:
    listener, _, log = listening([NEW] * 4, [4, 4, 4, 0])
    listener.listen()
    told = [line for line in log.entries if line["event"] == "run failed"]
    assert [(line["log_level"], line["again_in"]) for line in told] == [("warning", 0.01)] * 3


def test_messages_that_cannot_be_deleted_are_a_warning() -> None:
    listener, _, log = listening([NEW], [0])
    listener.source.acknowledge = refuse  # type: ignore[method-assign]
    assert listener.listen() == 0
    assert log.entries[-1] == {
        "event": "events will come again",
        "log_level": "warning",
        "reason": "the queue is away",
    }


def refuse(events: Sequence[Event]) -> None:
    """Fails as a request does."""
    if events:
        raise AWAY


@pytest.fixture
def on_sigterm() -> Iterator[Callable[[Callable[[], None]], None]]:
    """Sets what SIGTERM calls, for the test alone."""
    before = signal.getsignal(signal.SIGTERM)
    yield lambda call: signal.signal(signal.SIGTERM, lambda *_: call()) and None
    signal.signal(signal.SIGTERM, before)


def test_signal_ends_the_wait_though_the_client_catches_all_errors(
    on_sigterm: Callable[[Callable[[], None]], None],
) -> None:
    def poll() -> Sequence[Event]:
        try:
            signal.raise_signal(signal.SIGTERM)
        except Exception:  # noqa: BLE001 - as clients do, which then try again
            pytest.fail("the client caught it")
        pytest.fail("the signal did not end the wait")

    listener, seen, _ = listening([[], poll], [3, 0])
    on_sigterm(listener.stop)
    assert listener.listen() == 3
    assert seen == ["receive", "run 3", "receive"]
