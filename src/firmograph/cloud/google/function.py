"""The Cloud Function that starts a run when files have arrived."""

import os
from typing import Any

from werkzeug.exceptions import ServiceUnavailable

from firmograph.cloud.events import Event
from firmograph.cloud.google.jobs import job_of
from firmograph.cloud.google.notifications import read_event
from firmograph.cloud.starting import log_start, start_unless_pending


def handle(event: Any) -> None:
    """Starts the job of ``FIRMOGRAPH_JOB``, unless one of its runs waits for another.

    Args:
        event: a CloudEvent with a message of Pub/Sub. One that tells of anything but a new object
            in ``FIRMOGRAPH_UPLOADS`` starts nothing; one without attributes, as a scheduler sends
            it, starts the job.

    Raises:
        ServiceUnavailable: if no run was started after the event, so that it must come again.
        UsageError: if a variable of the environment is missing or wrong.
    """
    attributes = _attributes(event.data)
    uploads = os.environ.get("FIRMOGRAPH_UPLOADS", "")
    if not Event("", *read_event(attributes)).concerns(uploads):
        return
    started = start_unless_pending(job_of())
    log_start(started, messages=1)
    if started is None:
        raise ServiceUnavailable("a job waits to run; the event must come again")


def _attributes(data: Any) -> dict[str, Any]:
    """The attributes of the message in an event; none if it is something else."""
    for name in ("message", "attributes"):
        data = data.get(name) if isinstance(data, dict) else None
    return data if isinstance(data, dict) else {}
