"""Events from an SQS queue, to which S3 sends them by EventBridge or by itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote_plus

from botocore.exceptions import BotoCoreError, ClientError

from firmograph.cloud.aws.clients import client
from firmograph.cloud.events import Event, batches, object_url
from firmograph.errors import FirmographError

_LONGEST_POLL, _BATCH = 20, 10
"""What SQS allows: seconds of a request, and messages of one."""
_HOST = re.compile(r"https?://sqs\.([a-z0-9-]+)\.")


class SQSSource:
    """A queue; a message that is not acknowledged comes again after its visibility timeout.

    Args:
        url: of the queue.
    """

    def __init__(self, url: str) -> None:
        match = _HOST.match(url)
        self._url = url
        with self._refusals():
            self._client: Any = client("sqs", match[1] if match else None)
            found = self._client.get_queue_attributes(
                QueueUrl=url, AttributeNames=["VisibilityTimeout"]
            )
        self._visibility = max(int(found["Attributes"]["VisibilityTimeout"]), 1)

    @property
    def keep_seconds(self) -> float:
        """A third of the queue's visibility timeout."""
        return self._visibility / 3

    def receive(self, wait_seconds: float) -> Sequence[Event]:
        """Waits for messages, by long polling."""
        with self._refusals():
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=_BATCH,
                WaitTimeSeconds=min(int(wait_seconds + 0.999), _LONGEST_POLL),
            )
        return [_event(message) for message in answer.get("Messages", [])]

    def keep(self, events: Sequence[Event]) -> None:
        """Keeps messages invisible for another visibility timeout."""
        for batch in batches(events, _BATCH):
            entries = [
                {**entry, "VisibilityTimeout": self._visibility} for entry in _entries(batch)
            ]
            with self._refusals():
                answer = self._client.change_message_visibility_batch(
                    QueueUrl=self._url, Entries=entries
                )
            self._check(answer)

    def acknowledge(self, events: Sequence[Event]) -> None:
        """Deletes messages."""
        for batch in batches(events, _BATCH):
            with self._refusals():
                answer = self._client.delete_message_batch(
                    QueueUrl=self._url, Entries=_entries(batch)
                )
            self._check(answer)

    def _check(self, answer: Mapping[str, Any]) -> None:
        """Raises an error if a request was refused for some of its messages."""
        if failed := answer.get("Failed"):
            reason = failed[0].get("Message") or failed[0]["Code"]
            raise FirmographError(
                f"the queue {self._url} refused {len(failed)} messages of a request: {reason}",
                hint="nothing is lost: they come again, and a run lists the uploads by itself",
            )

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except (ClientError, BotoCoreError) as error:
            raise FirmographError(
                f"the queue {self._url} cannot be used: {error}",
                hint="needed are credentials and AWS_REGION in the environment, "
                "sqs:GetQueueAttributes, sqs:ReceiveMessage, sqs:DeleteMessage and "
                "sqs:ChangeMessageVisibility, and kms:Decrypt on its key",
            ) from error


def _entries(events: Sequence[Event]) -> list[dict[str, Any]]:
    return [{"Id": str(place), "ReceiptHandle": e.receipt} for place, e in enumerate(events)]


def _event(message: Mapping[str, Any]) -> Event:
    receipt = str(message["ReceiptHandle"])
    try:
        body = json.loads(message.get("Body", ""))
        return Event(receipt, *read_event(body))
    except (ValueError, TypeError, AttributeError, LookupError):
        return Event(receipt)


def read_event(body: Mapping[str, Any]) -> tuple[str | None, bool]:
    """The url of the object that an event names, and whether the object is new.

    Args:
        body: as EventBridge or S3 sends it.

    Raises:
        ValueError, TypeError, AttributeError, LookupError: if it is something else.
    """
    if "Records" in body:
        (record,) = body["Records"]
        key = unquote_plus(record["s3"]["object"]["key"])
        url = object_url("s3", record["s3"]["bucket"]["name"], key)
        return url, str(record["eventName"]).startswith("ObjectCreated")
    detail = body["detail"]
    url = object_url("s3", detail["bucket"]["name"], detail["object"]["key"])
    return url, body["detail-type"] == "Object Created"
