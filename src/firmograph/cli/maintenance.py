"""`rollback`, `reinstate`, `vacuum`, `compact`: the commands that look after a lake."""

import click

from firmograph.cli.options import with_engine, with_project
from firmograph.cli.progress import make_listener
from firmograph.cli.render import echo, echo_table
from firmograph.cli.runs import finish
from firmograph.pipeline import maintenance
from firmograph.pipeline.run import reinstate as reinstate_documents
from firmograph.project import Project

_wait = click.option(
    "--wait", type=float, metavar="SECONDS", help="Wait for another run on the lake."
)


@click.command()
@click.argument("snapshot_id", metavar="ID", type=int)
@with_project
@_wait
def rollback(project: Project, snapshot_id: int, wait: float | None) -> None:
    """Make snapshot ID the newest; documents published since are withdrawn.

    ODS and the ledger keep them, and no run publishes them, until `reinstate`.
    """
    limits = project.limits(wait)
    report = maintenance.rollback(project.folders, limits, project.contracts, snapshot_id)
    for note in report.notes:
        echo(note)
    echo(f"snapshot {report.snapshot_id} is the newest now")


@click.command()
@with_project
@with_engine
@_wait
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reinstate(project: Project, engine: str | None, wait: float | None, as_json: bool) -> None:
    """Publish again the documents that a rollback withdrew."""
    limits = project.run_limits(wait, engine)
    with make_listener(project.configuration.settings) as listener:
        report = reinstate_documents(project.folders, limits, project.contracts, listener)
    finish(report, as_json=as_json)


@click.command()
@with_project
@_wait
def vacuum(project: Project, wait: float | None) -> None:
    """Delete files that no kept snapshot needs."""
    limits = project.limits(wait)
    _echo_touched(maintenance.vacuum(project.folders, limits, project.contracts), "files deleted")


@click.command()
@with_project
@_wait
def compact(project: Project, wait: float | None) -> None:
    """Merge small files of every table; the rows stay as they are."""
    limits = project.limits(wait)
    _echo_touched(maintenance.compact(project.folders, limits, project.contracts), "files fewer")


def _echo_touched(touched: maintenance.FilesTouched, word: str) -> None:
    rows = [{"table": name, word: count} for name, count in touched.files.items() if count]
    if rows:
        echo_table(rows, ("table", word))
    echo(f"{sum(touched.files.values())} {word}")
