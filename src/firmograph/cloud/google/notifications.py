"""What a notification of Cloud Storage says.

Its attributes: https://cloud.google.com/storage/docs/pubsub-notifications.
"""

from collections.abc import Mapping

from firmograph.cloud.events import object_url


def read_event(attributes: Mapping[str, str]) -> tuple[str | None, bool]:
    """The url of the object that a notification names, and whether the object is new.

    A subscription's own filter may be missing, so what it would leave out is recognized here.
    """
    url = object_url("gs", attributes.get("bucketId"), attributes.get("objectId"))
    return url, attributes.get("eventType", "OBJECT_FINALIZE") == "OBJECT_FINALIZE"
