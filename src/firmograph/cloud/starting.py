"""Starting jobs: what turns an event into a run where a run is a job of the platform."""

import shlex
from collections.abc import Mapping
from typing import Protocol

from firmograph.cloud import log_line
from firmograph.errors import UsageError

_RUNNING_AND_PENDING = 2


class Job(Protocol):
    """A job of a platform, which runs firmograph once."""

    def unfinished(self) -> int:
        """How many of its runs have been started and have not ended."""

    def start(self) -> str | None:
        """Starts it; returns what the platform calls this run of it, None if it has enough."""


def start_unless_pending(job: Job) -> str | None:
    """Starts a job, unless one of its runs waits for another one.

    One that waits lists the uploads only after now. With a single unfinished run, that one may have
    listed them already, so another is started; it waits for the lake.

    Returns:
        What the platform calls the run; None if none was started, so that the event must come
        again: which of two unfinished runs has listed the uploads cannot be known.
    """
    return job.start() if job.unfinished() < _RUNNING_AND_PENDING else None


def needed(environment: Mapping[str, str], name: str, form: str) -> str:
    """A variable that names the job.

    Args:
        environment: of the function.
        name: of the variable.
        form: what is allowed, for the message.

    Raises:
        UsageError: if it is not set.
    """
    value = environment.get(name, "").strip(" ,")
    if not value:
        raise UsageError(
            f"the variable {name} is not set; allowed is {form}",
            hint="set it in the environment of the function",
        )
    return value


def listed(environment: Mapping[str, str], name: str, form: str) -> list[str]:
    """The parts of a variable that are separated by commas.

    Raises:
        UsageError: if it has none.
    """
    parts = needed(environment, name, form).split(",")
    return [part.strip() for part in parts if part.strip()]


def arguments_of(environment: Mapping[str, str]) -> list[str]:
    """The arguments of the job's script, which ``FIRMOGRAPH_ARGUMENTS`` has as a shell writes them.

    Raises:
        UsageError: if a quotation has no end.
    """
    text = environment.get("FIRMOGRAPH_ARGUMENTS", "")
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(
            f"FIRMOGRAPH_ARGUMENTS is {text!r}, which a shell cannot read: {error}",
            hint="as in --root s3://acme-data/configuration --set 'uploads=s3://acme-data/in box'",
        ) from error


def log_start(started: str | None, *, messages: int) -> None:
    """Writes a log line.

    Args:
        started: what `start_unless_pending` returned.
        messages: how many messages led to it.
    """
    event = "a job waits to run" if started is None else "job started"
    log_line.write("info", event, job=started, messages=messages)
