"""Starting jobs: what turns an event into a run where a run is a job of the platform."""

import json
import sys
from collections.abc import Mapping
from typing import Protocol

from firmograph.errors import UsageError

_RUNNING_AND_PENDING = 2


class Job(Protocol):
    """A job of a platform, which runs firmograph once."""

    def unfinished(self) -> int:
        """How many of its runs have been started and have not ended."""

    def start(self) -> str:
        """Starts it; returns what the platform calls this run of it."""


def start_unless_pending(job: Job) -> str | None:
    """Starts a job, unless one of its runs waits for another one.

    One that waits lists the uploads only after now. With a single unfinished run, that one may have
    listed them already, so another is started; it waits for the lake.

    Returns:
        What the platform calls the run; None if none was started, so that the event must come
        again: which of two unfinished runs has listed the uploads cannot be known.
    """
    return job.start() if job.unfinished() < _RUNNING_AND_PENDING else None


def needed(environment: Mapping[str, str], name: str) -> str:
    """A variable that names the job.

    Raises:
        UsageError: if it is not set.
    """
    value = environment.get(name, "")
    if not value:
        raise UsageError(
            f"the variable {name} is not set", hint="set it in the environment of the function"
        )
    return value


def log_start(started: str | None, *, messages: int) -> None:
    """Writes a log line, in the form of ``log_format`` json and that of Cloud Logging at once.

    Args:
        started: what `start_unless_pending` returned.
        messages: how many messages led to it.
    """
    event = "a job waits to run" if started is None else "job started"
    line = {"level": "info", "severity": "INFO", "event": event, "message": event}
    print(json.dumps({**line, "job": started, "messages": messages}), file=sys.stderr, flush=True)  # noqa: T201
