"""A lock in a bucket: an object that its holder renews, and others take over once it has expired.

    {"by": …, "term": 7, "seconds": 60, "until": …, "process": …, "host": …, "holder": {…}, …}

It is created by If-None-Match and replaced by If-Match, so that of several processes one succeeds.

Two clocks decide, and they are never compared with each other. The holder counts from the moment
before it *sent* its last renewal, by a clock that runs on while it is stopped. The others compare
when the store says that it *received* that renewal with what the store says the time is now. So
the holder stops before others begin, whatever time their machines believe it is.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import obstore

from firmograph.storage.errors import Busy, Changed, Gone, Lost, StorageError, Taken
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import DELETE, READ, WRITE, told

LEASE = ".lease.json"
_SLACK = 2.0
"""Seconds: the store tells whole seconds, and its servers' clocks differ a little."""
_POLL = 1.0


class _Found(NamedTuple):
    """The lease as it is in the bucket."""

    facts: dict[str, Any]
    version: Any
    written_at: datetime

    @property
    def ends_at(self) -> datetime:
        """By the store's clock."""
        return self.written_at + timedelta(seconds=float(self.facts["seconds"]) + _SLACK)


class Lease:
    """A `Hold` of a lock in a bucket.

    Attributes:
        term: how often the lock has changed hands; larger than that of each holder before.
        took_over: whether the holder before did not give it back, and may not know that it lost it.
    """

    def __init__(
        self, client: Client, folder: str, url: str, holder: Mapping[str, str], seconds: float
    ) -> None:
        self.term, self.took_over = 0, False
        self._client, self._folder, self._url = client, folder, url
        self._holder, self._seconds = dict(holder), seconds
        self._me = uuid.uuid4().hex
        self._version: Any = None
        self._sent = 0.0
        self._is_lost = False
        self._ended = threading.Event()

    def check(self) -> None:
        """Makes sure that nobody else can have taken over; asks only this machine's clock."""
        if self._is_lost:
            raise Lost("another process took over the lock", self._url)
        if _clock() - self._sent > self._seconds * 5 / 6:
            raise Lost(f"its lease was not renewed within {self._seconds:g} s", self._url)

    def acquire(self, wait_seconds: float) -> None:
        """Waits for the lease.

        Raises:
            Busy: if another process still holds it after that time.
        """
        deadline = time.monotonic() + wait_seconds
        while (found := self._try()) is not None:
            if time.monotonic() >= deadline:
                left = max(0, round((found.ends_at - datetime.now(UTC)).total_seconds()))
                raise Busy(
                    "another process holds the lock; if it was killed, its lease expires in "
                    f"{left} s",
                    self._url,
                    {str(k): str(v) for k, v in found.facts["holder"].items()},
                    left,
                )
            time.sleep(min(_POLL, self._seconds / 20))

    def renew_until_stopped(self, client: Client) -> None:
        """Renews the lease each third of its time; runs in a thread of its own.

        Args:
            client: one that gives up in time for the next attempt.
        """
        self._client = client
        wait = self._seconds / 3
        while not self._ended.wait(wait):
            wait = self._seconds / 3
            try:
                self._is_lost = not (self._write(self._version) or self._is_mine(self._look()))
            except StorageError:  # no connection, say; `check` counts the time
                wait = self._seconds / 12
            if self._is_lost:
                return

    def stop(self) -> None:
        """Ends the renewals."""
        self._ended.set()

    def give_back(self) -> None:
        """Lets the next one in at once; if that fails, the lease expires by itself."""
        if not self._is_lost:
            with suppress(StorageError):
                self._write(self._version, 0)

    def _try(self) -> _Found | None:
        """Takes the lease unless another process holds it; returns what that one wrote."""
        while True:
            found = self._look()
            if found is None:
                self.term, self.took_over, condition = 1, False, "create"
            elif self._is_mine(found):
                return None
            elif self._is_over(found):
                self.term = int(found.facts["term"]) + 1
                self.took_over, condition = bool(found.facts["seconds"]), found.version
            else:
                return found
            if self._write(condition):
                return None
            # another process was quicker, or the answer to this one's request was lost

    def _look(self) -> _Found | None:
        facts: dict[str, Any] = {"by": "", "term": 0, "seconds": self._seconds, "holder": {}}
        try:
            with told(f"{self._url}/{LEASE}", READ):
                answer = obstore.get(self._client, self._folder + LEASE)
                content = bytes(answer.bytes())
        except Gone:
            return None
        with suppress(ValueError):  # not ours; it expires like one that is
            facts |= json.loads(content)
        return _Found(facts, _condition(answer.meta), answer.meta["last_modified"])

    def _is_mine(self, found: _Found | None) -> bool:
        """Whether a request was made after all although its answer was lost."""
        if found is None or found.facts["by"] != self._me:
            return False
        self._version, self._sent = found.version, float(found.facts["clock"])
        return True

    def _is_over(self, found: _Found) -> bool:
        if not found.facts["seconds"]:  # given back
            return True
        # one's own clock may only say that it is not over yet: it costs nothing to ask
        return found.ends_at <= datetime.now(UTC) and found.ends_at <= self._store_time()

    def _store_time(self) -> datetime:
        """What time it is by the store's clock: when it received an object."""
        name = f".{self._me}.clock"
        with told(f"{self._url}/{name}", WRITE):
            obstore.put(self._client, self._folder + name, b"")
        with told(f"{self._url}/{name}", READ):
            now: datetime = obstore.head(self._client, self._folder + name)["last_modified"]
        with told(f"{self._url}/{name}", DELETE):
            obstore.delete(self._client, self._folder + name)
        return now

    def _write(self, condition: Any, seconds: float | None = None) -> bool:
        """Writes the lease; returns whether the condition held."""
        seconds, sent = self._seconds if seconds is None else seconds, _clock()
        facts = {
            "by": self._me,
            "term": self.term,
            "seconds": seconds,
            "until": (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat(),
            "clock": sent,
            "process": os.getpid(),
            "host": socket.gethostname(),
            "holder": self._holder,
        }
        content = json.dumps(facts, indent=1).encode()
        try:
            with told(f"{self._url}/{LEASE}", WRITE):
                answer = obstore.put(self._client, self._folder + LEASE, content, mode=condition)
        except (Taken, Changed):
            return False
        self._version, self._sent = _condition(answer), sent
        return True


@contextmanager
def hold_lease(lease: Lease, wait_seconds: float, quick: Client) -> Iterator[Lease]:
    """Holds a lease and keeps it renewed, by a client that gives up quickly.

    Raises:
        Busy: if another process still holds it after the time to wait.
    """
    lease.acquire(wait_seconds)
    renewing = threading.Thread(
        target=lease.renew_until_stopped, args=(quick,), name="lease", daemon=True
    )
    renewing.start()
    try:
        yield lease
    finally:
        lease.stop()
        renewing.join()
        lease.give_back()


def _condition(found: Any) -> dict[str, str]:
    """The condition that an object is still this version."""
    return {name: found[name] for name in ("e_tag", "version") if found[name] is not None}


def _clock() -> float:
    """Seconds by a clock that nobody sets, and that runs on while this machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
