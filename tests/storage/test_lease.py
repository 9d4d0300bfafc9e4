"""The lock of a bucket among processes that race, are killed, and are stopped and resumed."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from proxy import ANSWER_LOST, Fault, Request, proxied
from servers import EVERY_STORE, STORES, Bucket, lead_to

from firmograph.storage.errors import Busy, Lost
from firmograph.storage.objects import ObjectStorage

everywhere = pytest.mark.parametrize("bucket", EVERY_STORE, indirect=True)
SHORT = 2.0
"""Seconds of a lease that a test waits for."""


class Process:
    """A process that holds a lock and obeys; see `holding`."""

    def __init__(self, url: str, lease_seconds: float) -> None:
        self.process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("holding.py"), url, str(lease_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def send(self, command: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def ask(self, command: str) -> str:
        self.send(command)
        return self.hear()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()

    def close(self) -> None:
        """Ends it, whatever it does."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def start() -> Iterator[Callable[[ObjectStorage], Process]]:
    """Starts processes that take the lock of a storage."""
    with ExitStack() as stack:

        def begin(storage: ObjectStorage) -> Process:
            process = Process(storage.url, storage.lease_seconds)
            stack.callback(process.close)
            return process

        yield begin


def lease(storage: ObjectStorage) -> dict[str, object]:
    facts: dict[str, object] = json.loads(storage.read(".lease.json"))
    return facts


@everywhere
def test_one_of_four_processes_holds_it(
    bucket: Bucket, start: Callable[[ObjectStorage], Process]
) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake")
    processes = [start(storage) for _ in range(4)]
    for process in processes:
        assert process.ask("take 60") == "done"  # it has started, and is connected
        assert process.ask("give back") == "done"
    for number in range(30):
        if number % 2:  # to be taken over the next time, otherwise to be created
            storage.delete([".lease.json"])
        for process in processes:
            process.send("take 0")
        answers = [process.hear().partition(" ")[0] for process in processes]
        assert sorted(answers) == ["Busy", "Busy", "Busy", "done"]
        assert processes[answers.index("done")].ask("give back") == "done"


@everywhere
def test_four_processes_that_wait_hold_it_one_after_the_other(
    bucket: Bucket, start: Callable[[ObjectStorage], Process]
) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
    processes = [start(storage) for _ in range(4)]
    for process in processes:
        process.send("take 60")
        process.send("check")
        process.send("give back")
    assert [[process.hear() for _ in range(3)] for process in processes] == [["done"] * 3] * 4
    assert (lease(storage)["term"], lease(storage)["seconds"]) == (4, 0)


@everywhere
def test_lease_of_a_killed_process_expires(
    bucket: Bucket, start: Callable[[ObjectStorage], Process]
) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
    process = start(storage)
    assert process.ask("take 0") == "done"
    process.signal(signal.SIGKILL)
    with pytest.raises(Busy, match="another process holds the lock; if it was killed") as caught:
        storage.lock({}, 0).__enter__()
    assert caught.value.holder == {"pid": "7"}
    assert caught.value.seconds_left in range(5)
    with storage.lock({}, 60) as hold:
        hold.check()
        assert lease(storage)["term"] == 2
        assert hold.took_over  # type: ignore[attr-defined]
    with storage.lock({}, 0) as hold:
        assert not hold.took_over  # type: ignore[attr-defined]
    assert [name for name, _ in storage.files()] == [".lease.json"]


@everywhere
def test_stopped_and_resumed_process_has_lost_it(
    bucket: Bucket, start: Callable[[ObjectStorage], Process]
) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
    process = start(storage)
    assert process.ask("take 0") == "done"
    process.signal(signal.SIGSTOP)
    with storage.lock({"pid": "8"}, 60) as hold:
        process.signal(signal.SIGCONT)
        assert process.ask("check").startswith("Lost ")
        assert process.ask("give back") == "done"  # which takes nothing from the new holder
        hold.check()
        assert process.ask("take 0").startswith("Busy ")
        assert lease(storage)["holder"] == {"pid": "8"}
    assert process.ask("take 0") == "done"


@everywhere
def test_holder_that_lives_is_waited_for_in_vain(bucket: Bucket) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=3)
    with storage.lock({"pid": "7"}, 0) as hold:
        with pytest.raises(Busy):  # after more than the time of a lease and its slack
            storage.lock({}, 6).__enter__()
        hold.check()
        assert lease(storage)["term"] == 1


@everywhere
def test_lease_says_who_holds_it(bucket: Bucket) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake")
    facts = {"pid": "7", "host": "here", "started_at": "2026-01-01T00:00:00+00:00"}
    with storage.lock(facts, 0):
        with pytest.raises(Busy) as caught:
            storage.lock({}, 0).__enter__()
        assert caught.value.holder == facts
        assert caught.value.seconds_left in range(55, 63)
        assert f"expires in {caught.value.seconds_left} s" in caught.value.reason
        assert lease(storage)["process"] == os.getpid()
        assert lease(storage)["holder"] == facts


@everywhere
def test_holder_without_connection_stops_in_time(bucket: Bucket) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
    server = bucket.server.process
    with storage.lock({}, 0) as hold:
        hold.check()
        server.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(Lost, match=r"its lease was not renewed within 2 s"):
                check_again_and_again(hold.check)
        finally:
            server.send_signal(signal.SIGCONT)


def check_again_and_again(check: Callable[[], None]) -> None:
    """Until it fails."""
    waiting = threading.Event()
    while not waiting.wait(0.05):
        check()


@everywhere
def test_lease_that_nobody_can_read_expires_as_well(bucket: Bucket) -> None:
    storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
    storage.put(".lease.json", b"not a lease")
    with pytest.raises(Busy):
        storage.lock({}, 0).__enter__()
    with storage.lock({}, 60) as hold:
        hold.check()


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_lost_answers_do_not_lose_the_lease(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Request] = []
    renewed = threading.Event()

    def rule(request: Request) -> Fault | None:
        """Each second write of the lease is made, but its answer lost."""
        if request.kind != "PUT":
            return None
        made.append(request)
        if len(made) >= 6:
            renewed.set()
        return ANSWER_LOST if len(made) % 2 else None

    with proxied(bucket.endpoint) as server:
        server.rule = rule
        lead_to(server.url, monkeypatch)
        storage = ObjectStorage(f"{bucket.url}/lake", lease_seconds=SHORT)
        with storage.lock({}, 0) as hold:
            hold.check()
            assert renewed.wait(60)
            hold.check()
            assert lease(storage)["term"] == 1
        assert lease(storage)["seconds"] == 0
