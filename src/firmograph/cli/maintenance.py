"""`rollback`, `vacuum` and `compact`: the commands that maintain a lake."""

from dataclasses import asdict

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_project, with_wait
from firmograph.cli.render import echo, echo_json, echo_table
from firmograph.pipeline.report import FilesTouched
from firmograph.project import Project


@command()
@click.argument("snapshot_id", metavar="ID", type=int)
@with_project
@with_wait
@click.option("--dry-run", is_flag=True, help="Show what would change, without writing anything.")
@json_option
def rollback(project: Project, snapshot_id: int, dry_run: bool, as_json: bool) -> None:
    """Make snapshot ID the newest; documents published since are withdrawn.

    ODS and the ledger keep them, but no run publishes them until `reinstate`.
    """
    report = project.rollback(snapshot_id, dry_run=dry_run)
    if as_json:
        tables = {name: change.rows for name, change in report.tables.items()}
        echo_json(
            {
                "run_id": report.run_id,
                "snapshot_id": report.snapshot_id,
                "is_dry_run": dry_run,
                "withdrawn": report.withdrawn_count,
                "rows": tables,
                "notes": report.notes,
            }
        )
        return
    for note in report.notes:
        echo(note)
    if dry_run:
        echo("nothing was written: without --dry-run this would be done")
        return
    echo(f"snapshot {report.snapshot_id} is now the newest")


@command()
@with_project
@with_wait
@json_option
def vacuum(project: Project, as_json: bool) -> None:
    """Delete files that no kept snapshot needs."""
    _echo_touched(project.vacuum(), "files deleted", as_json=as_json)


@command()
@with_project
@with_wait
@json_option
def compact(project: Project, as_json: bool) -> None:
    """Merge small files of every table; the rows stay as they are."""
    _echo_touched(project.compact(), "files fewer", as_json=as_json)


def _echo_touched(touched: FilesTouched, heading: str, *, as_json: bool) -> None:
    if as_json:
        echo_json(asdict(touched))
        return
    rows = [{"table": name, heading: count} for name, count in touched.files.items() if count]
    if rows:
        echo_table(rows, ("table", heading))
    echo(f"{sum(touched.files.values())} {heading}")
