"""`run`, `plan` and `rebuild`: the commands that publish."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import click

from firmograph.cli.options import with_engine, with_project
from firmograph.cli.progress import make_listener
from firmograph.cli.render import echo_json
from firmograph.cli.summary import echo_summary
from firmograph.errors import UsageError
from firmograph.pipeline.plan import plan as plan_command
from firmograph.pipeline.report import Report
from firmograph.pipeline.run import rebuild as rebuild_lake
from firmograph.pipeline.run import rebuild_as_of
from firmograph.pipeline.run import run as run_pipeline
from firmograph.project import Project

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_wait = click.option(
    "--wait", type=float, metavar="SECONDS", help="Wait for another run on the lake."
)


@click.command()
@with_project
@with_engine
@_wait
@_json
def run(project: Project, engine: str | None, wait: float | None, as_json: bool) -> None:
    """Take in the uploads and publish what is new.

    Ends with 0 if all is well, 1 if it failed, 2 if the command, a setting or a contract is
    wrong, 3 if it is done with something refused or unreadable.
    """
    with make_listener(project.configuration.settings) as listener:
        limits = project.run_limits(wait, engine)
        report = run_pipeline(project.folders, limits, project.contracts, listener)
    finish(report, as_json=as_json)


@click.command()
@with_project
@_wait
@_json
def plan(project: Project, wait: float | None, as_json: bool) -> None:
    """Show what a run would insert, change, delete and refuse, and write nothing.

    The run is made on a clone of the lake that links its files; the uploads stay where they are.
    """
    limits = project.run_limits(wait, None)
    report = plan_command(
        project.folders, limits, lambda copy: run_pipeline(copy, limits, project.contracts)
    )
    finish(report, as_json=as_json, is_plan=True)


@click.command()
@with_project
@with_engine
@_wait
@_json
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only documents loaded before the end of that day, UTC; needs --into.",
)
@click.option("--into", metavar="FOLDER", help="With --as-of: the root folder of another lake.")
def rebuild(
    project: Project,
    engine: str | None,
    wait: float | None,
    as_json: bool,
    dry_run: bool,
    as_of: datetime | None,
    into: str | None,
) -> None:
    """Publish all of ODS anew under today's contracts.

    Readers see the old tables until it is done; rows that come out equal are not written.
    """
    if (as_of is None) != (into is None):
        raise UsageError(
            "--as-of and --into belong together",
            hint="a lake of an earlier day is built into another root folder",
        )
    limits = project.run_limits(wait, engine)
    if dry_run:
        report = plan_command(
            project.folders, limits, lambda copy: rebuild_lake(copy, limits, project.contracts)
        )
        finish(report, as_json=as_json, is_plan=True)
    with make_listener(project.configuration.settings) as listener:
        if as_of is not None and into is not None:
            other = Path(into)
            other.mkdir(parents=True, exist_ok=True)
            target = Project(replace(project.configuration, root=other.resolve())).folders
            report = rebuild_as_of(
                project.folders, target, as_of.date(), limits, project.contracts, listener
            )
        else:
            report = rebuild_lake(project.folders, limits, project.contracts, listener)
    finish(report, as_json=as_json)


def finish(report: Report, *, as_json: bool, is_plan: bool = False) -> NoReturn:
    """Prints a report and ends with its exit code."""
    if as_json:
        echo_json(report.as_dict())
    else:
        echo_summary(report, is_plan=is_plan)
    sys.exit(report.exit_code)
