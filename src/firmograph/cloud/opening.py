"""From what a person writes to a source of events."""

import re
from pathlib import Path

from firmograph.cloud.events import Source
from firmograph.errors import UsageError, missing_extra
from firmograph.project import Project

_SUBSCRIPTION = re.compile(r"projects/[^/]+/subscriptions/[^/]+")
_QUEUE = re.compile(r"https?://[^/]+/.+")


def open_source(project: Project, name: str | None) -> Source:
    """The source at a queue's url, a subscription's name or a folder's path.

    Args:
        project: whose uploads are watched if no name is given.
        name: as a person writes it.

    Raises:
        UsageError: if it is nothing of these.
        FirmographError: if it cannot be used, or its library is not installed.
    """
    uploads = project.folders.uploads
    if name is None and not uploads.is_local:
        raise UsageError(
            f"the uploads are in a bucket, {uploads.url}, which cannot be watched",
            hint="name the queue or subscription that is told of new objects",
        )
    try:
        if name is not None and _SUBSCRIPTION.fullmatch(name):
            from firmograph.cloud.google.pubsub import PubSubSource

            return PubSubSource(name)
        if name is not None and _QUEUE.fullmatch(name):
            from firmograph.cloud.aws.sqs import SQSSource

            return SQSSource(name)
    except ModuleNotFoundError as error:
        extra = "google" if _SUBSCRIPTION.fullmatch(str(name)) else "aws"
        raise missing_extra(f"listening to {name}", extra, error) from error
    if name is not None and ("://" in name or not name.strip()):
        raise UsageError(
            f"{name!r} is nothing that can be listened to; allowed are https://… of an SQS queue, "
            "projects/…/subscriptions/…, and folders",
            hint="a bucket sends its events to a queue or a subscription",
        )
    from firmograph.cloud.folder import FolderSource

    folder = Path(uploads.url) if name is None else Path(name)
    return FolderSource(folder, is_recursive=project.settings.recursive)
