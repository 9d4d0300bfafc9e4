"""Events from a Pub/Sub subscription, to which Cloud Storage sends notifications."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from google.api_core.exceptions import DeadlineExceeded, GoogleAPIError
from google.auth.exceptions import GoogleAuthError
from google.cloud.pubsub_v1 import SubscriberClient

from firmograph.cloud.events import Event, batches
from firmograph.cloud.google.notifications import read_event
from firmograph.errors import FirmographError

_PAUSE, _LONGEST_PULL = 1.0, 60.0
"""Seconds between pulls that find nothing, and of one pull: a lost connection says nothing."""
_BATCH, _REQUEST = 100, 500
"""Messages of one answer, and receipts of one request."""


class PubSubSource:
    """A subscription; a message that is not acknowledged comes again after its deadline.

    Args:
        name: ``projects/…/subscriptions/…``.
        deadline_seconds: after how long a message comes again that is not acknowledged.
    """

    def __init__(self, name: str, deadline_seconds: int = 60) -> None:
        self._name, self._deadline = name, deadline_seconds
        with self._refusals():
            self._client = SubscriberClient()

    @property
    def keep_seconds(self) -> float:
        """A third of the deadline."""
        return self._deadline / 3

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """Waits for messages, and keeps them from others until the deadline."""
        ends_at = time.monotonic() + wait_seconds
        while True:
            events = self._pull(ends_at - time.monotonic())
            if events or time.monotonic() >= ends_at:
                self.keep(events)
                return events
            time.sleep(_PAUSE)  # a pull may end early, with nothing

    def _pull(self, wait_seconds: float) -> list[Event]:
        timeout = min(max(wait_seconds, _PAUSE), _LONGEST_PULL)
        with self._refusals():
            try:
                answer = self._client.pull(
                    subscription=self._name, max_messages=_BATCH, timeout=timeout, retry=None
                )
            except DeadlineExceeded:
                return []
        return [
            Event(received.ack_id, *read_event(received.message.attributes))
            for received in answer.received_messages
        ]

    def keep(self, events: Sequence[Event]) -> None:
        """Keeps messages from others until another deadline."""
        for batch in batches(events, _REQUEST):
            with self._refusals():
                self._client.modify_ack_deadline(
                    subscription=self._name,
                    ack_ids=[event.receipt for event in batch],
                    ack_deadline_seconds=self._deadline,
                )

    def acknowledge(self, events: Sequence[Event]) -> None:
        """Acknowledges messages."""
        for batch in batches(events, _REQUEST):
            with self._refusals():
                self._client.acknowledge(
                    subscription=self._name, ack_ids=[event.receipt for event in batch]
                )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except (GoogleAPIError, GoogleAuthError) as error:
            raise FirmographError(
                f"the subscription {self._name} cannot be used: {error}",
                hint="needed are pubsub.subscriptions.consume, as in roles/pubsub.subscriber, and "
                "credentials: GOOGLE_APPLICATION_CREDENTIALS in the environment, or the machine's",
            ) from error
