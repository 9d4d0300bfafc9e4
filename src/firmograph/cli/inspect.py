"""`status`, `tables`, `snapshots`, `sql`: the commands that look."""

import csv
import sys
from typing import Any

import click

from firmograph.cli.options import with_project
from firmograph.cli.render import as_csv, clean, echo, echo_json, echo_table, shown
from firmograph.cli.summary import echo_waiting
from firmograph.project import Project
from firmograph.publish.trees.assemble import WaitingTree

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@with_project
@_json
def status(project: Project, as_json: bool) -> None:
    """Show the last run, its sums, what is waiting and how fresh the tables are."""
    with project.reader() as reader:
        facts = reader.status()
    if as_json:
        echo_json(facts)
        return
    _echo_status(facts)


def _echo_status(facts: dict[str, Any]) -> None:
    run = facts["last_run"]
    if run:
        took = f"{run['duration_seconds']:.2f} s"
        echo(
            f"last run   {run['run_id']}: {run['status']} at {shown(run['load_timestamp'])}, {took}"
        )
        if run["message"]:
            echo(f"           {clean(run['message'])}")
    if not facts["snapshot_id"]:
        echo("snapshot   none yet")
        return
    echo(f"snapshot   {facts['snapshot_id']}, published {shown(facts['published_at'])}")
    for name, sums in facts["sums"].items():
        counts = ", ".join(f"{key} {value}" for key, value in (sums or {}).items())
        echo(f"{name:<10} {counts}")
    for fresh in facts["freshness"]:
        newest = shown(fresh["newest_source"])
        echo(f"freshness  {fresh['document_type']}: {fresh['entities']} entities, newest {newest}")
    echo(f"quarantine {facts['open_refusals']} open")
    echo_waiting({duns: WaitingTree(**tree) for duns, tree in facts["waiting_trees"].items()})


@click.command()
@with_project
@_json
def tables(project: Project, as_json: bool) -> None:
    """List tables with rows, version and last change."""
    with project.reader() as reader:
        listed = reader.tables()
    if as_json:
        echo_json(listed)
    else:
        echo_table(listed, ("table", "rows", "version", "changed_at"))


@click.command()
@with_project
@_json
def snapshots(project: Project, as_json: bool) -> None:
    """List what was published; the newest can be rolled back to."""
    with project.reader() as reader:
        listed = reader.snapshots()
    kept = project.configuration.settings.snapshots_kept
    if as_json:
        echo_json(listed)
        return
    echo_table(listed, ("snapshot", "published_at", "run_id", "ingest_seq", "documents"))
    echo(f"The newest {kept} are kept: `firmograph rollback ID`, `firmograph sql --snapshot ID`.")


@click.command()
@click.argument("query")
@with_project
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="How rows are printed; JSON keeps every character, as an escape where need be.",
)
@click.option("--snapshot", "snapshot_id", type=int, metavar="ID", help="An older snapshot.")
def sql(project: Project, query: str, form: str, snapshot_id: int | None) -> None:
    """Run one SELECT over the last snapshot, or an older one.

    Tables go by their names alone, as in: SELECT * FROM dw_company_data
    """
    with project.reader(snapshot_id) as reader:
        rows = reader.select(query)
    names = rows.schema.names
    if form == "json":
        echo_json(rows.to_pylist())
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(as_csv(name) for name in names)
        for batch in rows.to_batches(1_000):
            writer.writerows([as_csv(row[name]) for name in names] for row in batch.to_pylist())
    else:
        echo_table(rows.to_pylist(), names)
        echo(f"{rows.num_rows} row{'' if rows.num_rows == 1 else 's'}")
