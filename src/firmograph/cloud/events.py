"""Events that say that there may be something to ingest.

An event only says "look": the run lists the uploads, so an event that comes twice, late, never or
from a stranger does no harm. What it names decides nothing but whether it concerns the uploads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Event:
    """An event that was received and must be acknowledged.

    Attributes:
        receipt: by which it is acknowledged.
        place: the url of the object that it names; None if it names none.
        is_arrival: whether it tells of a new object, as far as it says.
    """

    receipt: str
    place: str | None = None
    is_arrival: bool = True

    def concerns(self, uploads: str) -> bool:
        """Whether it may be about a file in the uploads, which are a url or a folder."""
        if not self.is_arrival:
            return False
        if self.place is None or "://" not in uploads:
            return True
        return self.place.startswith(f"{uploads.rstrip('/')}/")


class Source(Protocol):
    """Where events come from."""

    @property
    def keep_seconds(self) -> float | None:
        """How often `keep` must be called while events are worked on; None for never."""

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """Waits for events; none if none came in time.

        Raises:
            FirmographError: if the source cannot be used.
        """

    def keep(self, events: Sequence[Event]) -> None:
        """Says that events are still being worked on, so that nobody else receives them."""

    def acknowledge(self, events: Sequence[Event]) -> None:
        """Says that events need not come again; all others come again after a while."""


def object_url(scheme: str, bucket: object, key: object) -> str | None:
    """The url of an object that an event names; None if it names none."""
    if not (isinstance(bucket, str) and isinstance(key, str) and bucket and key):
        return None
    return f"{scheme}://{bucket}/{key}"


def batches(events: Sequence[Event], size: int) -> list[Sequence[Event]]:
    """Events in groups of at most so many."""
    return [events[start : start + size] for start in range(0, len(events), size)]
