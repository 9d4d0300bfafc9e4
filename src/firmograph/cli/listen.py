"""`listen`: runs whenever events say that files have arrived."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from firmograph.cli.command import command
from firmograph.cli.log import Log
from firmograph.cli.options import parse_time, with_engine, with_project
from firmograph.project import Project

if TYPE_CHECKING:
    from firmograph.cloud.listen import Listener


@command()
@click.argument("source", metavar="[SOURCE]", required=False)
@with_project
@with_engine
@click.option(
    "--quiet",
    callback=parse_time,
    default="15s",
    show_default=True,
    metavar="TIME",
    help="Run once no event has come for this long, such as 15s.",
)
@click.option(
    "--at-most",
    callback=parse_time,
    default="2m",
    show_default=True,
    metavar="TIME",
    help="Run this long after the first event, even if more keep coming.",
)
@click.option(
    "--every",
    callback=parse_time,
    default="1d",
    show_default=True,
    metavar="TIME",
    help="Run this long after the last run, even if no event comes.",
)
@click.option(
    "--until-empty",
    is_flag=True,
    help="End once no event comes for the quiet time, or a run fails.",
)
def listen(
    project: Project,
    source: str | None,
    quiet: timedelta,
    at_most: timedelta,
    every: timedelta,
    until_empty: bool,
) -> None:
    """Run whenever events say that files have arrived, until it is stopped.

    SOURCE is the url of an SQS queue, a Pub/Sub subscription such as
    projects/acme/subscriptions/uploads, or a folder; by default the folder of the uploads. An event
    only says that it is time to look: runs list the uploads, the first one at the start. What came
    before a run is acknowledged once the run has finished; if it fails, it comes again. SIGTERM and
    Ctrl-C end it, after the run if there is one.

    Exit codes: 0 if it was stopped, else that of the last run.
    """
    from firmograph.cloud.listen import Listener, Timing
    from firmograph.cloud.opening import open_source
    from firmograph.cloud.running import run_once

    timing = Timing(
        quiet.total_seconds(),
        at_most.total_seconds(),
        every.total_seconds(),
        project.settings.settle_seconds,
    )
    log = Log(project.settings)
    listener = Listener(
        open_source(project, source),
        project.folders.uploads.url,
        lambda: run_once(project),
        timing,
        log,
        until_empty,
    )
    log.info("listening", source=source or project.folders.uploads.url)
    with _stopped_by_signals(listener):
        code = listener.listen()
    log.info("stopped listening")
    sys.exit(code if until_empty else 0)


@contextmanager
def _stopped_by_signals(listener: "Listener") -> Iterator[None]:
    def stop(number: int, frame: Any) -> None:
        del number, frame
        listener.stop()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
