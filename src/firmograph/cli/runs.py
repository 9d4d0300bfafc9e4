"""`run`, `plan`, `rebuild`, `withdraw` and `reinstate`: the commands that publish."""

import sys
from datetime import datetime
from typing import NoReturn

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_engine, with_project, with_wait
from firmograph.cli.progress import make_listener
from firmograph.cli.render import echo_json
from firmograph.cli.summary import echo_summary
from firmograph.pipeline.report import Report
from firmograph.project import Project


@command()
@with_project
@with_engine
@with_wait
@click.option(
    "--marts-only", is_flag=True, help="Only build the marts and run the data tests beside them."
)
@json_option
def run(project: Project, marts_only: bool, as_json: bool) -> None:
    """Ingest the uploads and publish what is new.

    Exit codes: 0 if all is well, 1 if the run failed, 2 if the command, a setting or a contract is
    wrong, 3 if the run finished with something refused, unreadable or unknown, 4 if another run
    holds the lake.
    """
    with make_listener(project.settings) as listener:
        report = project.run(marts_only=marts_only, listener=listener)
    finish(report, as_json=as_json)


@command()
@with_project
@with_wait
@json_option
def plan(project: Project, as_json: bool) -> None:
    """Show what a run would insert, change, delete and refuse, without writing anything.

    The run works on a clone of the lake that links to its files; the uploads stay where they are.
    """
    finish(project.plan(), as_json=as_json, is_plan=True)


@command()
@with_project
@with_engine
@with_wait
@json_option
@click.option("--dry-run", is_flag=True, help="Show what would change, without writing anything.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Only documents loaded before the end of that day, UTC; requires --into.",
)
@click.option("--into", metavar="FOLDER", help="With --as-of: the root folder of another lake.")
def rebuild(
    project: Project, as_json: bool, dry_run: bool, as_of: datetime | None, into: str | None
) -> None:
    """Publish all of ODS again under today's contracts.

    Readers see the old tables until it is done; rows that come out equal are not written.
    """
    with make_listener(project.settings) as listener:
        report = project.rebuild(
            as_of=as_of.date() if as_of else None,
            into=into,
            dry_run=dry_run,
            listener=listener,
        )
    finish(report, as_json=as_json, is_plan=dry_run)


@command()
@click.argument("document_id", metavar="[ID]", required=False)
@with_project
@with_engine
@with_wait
@json_option
def reinstate(project: Project, document_id: str | None, as_json: bool) -> None:
    """Publish again the documents that a rollback withdrew, or the one withdrawn document ID.

    Documents that were withdrawn one by one return only by their ID.
    """
    with make_listener(project.settings) as listener:
        report = project.reinstate(document_id, listener=listener)
    finish(report, as_json=as_json)


@command()
@click.argument("document_id", metavar="ID")
@click.option("--why", required=True, metavar="TEXT", help="Kept in the quarantine.")
@with_project
@with_engine
@with_wait
@json_option
def withdraw(project: Project, document_id: str, why: str, as_json: bool) -> None:
    """Take one published document out of the tables, until `reinstate ID`.

    ODS keeps it. The company's other documents then determine its rows.
    """
    with make_listener(project.settings) as listener:
        report = project.withdraw(document_id, why, listener=listener)
    finish(report, as_json=as_json)


def finish(report: Report, *, as_json: bool, is_plan: bool = False) -> NoReturn:
    """Prints a report and ends with its exit code."""
    if as_json:
        echo_json(report.as_dict())
    else:
        echo_summary(report, is_plan=is_plan)
    sys.exit(report.exit_code)
