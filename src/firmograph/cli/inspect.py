"""`status`, `tables`, `snapshots`, `sql`: the commands that read a lake."""

import csv
import sys

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import as_csv, clean, counted, echo, echo_json, echo_table, shown
from firmograph.cli.summary import echo_waiting, echo_withdrawn
from firmograph.project import Project
from firmograph.queries.answers import Status


@command()
@with_project
@json_option
def status(project: Project, as_json: bool) -> None:
    """Show the last run, its totals, what is waiting and how fresh the tables are."""
    with project.open() as reader:
        found = reader.status()
    if as_json:
        echo_json(found.as_dict())
        return
    _echo_last_run(found)
    _echo_snapshot(found)


def _echo_last_run(status: Status) -> None:
    run = status.last_run
    if run is None:
        return
    began, took = shown(run.load_timestamp), f"{run.duration_seconds:.2f} s"
    echo(f"last run   {run.run_id}: {run.status} at {began}, {took}")
    if run.message:
        echo(f"           {clean(run.message)}")


def _echo_snapshot(status: Status) -> None:
    if status.totals is None:
        echo("snapshot   none yet")
        return
    echo(f"snapshot   {status.snapshot_id}, published {shown(status.published_at)}")
    for name, totals in status.totals.as_dict().items():
        counts = ", ".join(f"{key} {value}" for key, value in sorted(totals.items()))
        echo(f"{name:<10} {counts}")
    for fresh in status.freshness:
        entities = counted(fresh.entities, "entity", "entities")
        echo(f"freshness  {fresh.document_type}: {entities}, newest {shown(fresh.newest_source)}")
    echo(f"quarantine {status.open_refusals} open")
    echo_waiting(status.waiting_trees)
    echo_withdrawn(status.withdrawn)


@command()
@with_project
@json_option
def tables(project: Project, as_json: bool) -> None:
    """List tables with rows, version and last change."""
    with project.open() as reader:
        listed = [table.as_dict() for table in reader.tables()]
    if as_json:
        echo_json(listed)
    else:
        echo_table(listed, ("table", "rows", "version", "changed_at"))


@command()
@with_project
@click.option(
    "--versions",
    "shows_versions",
    is_flag=True,
    help="Print the version and path of each table of the last snapshot, as JSON.",
)
@json_option
def snapshots(project: Project, shows_versions: bool, as_json: bool) -> None:
    """List the published snapshots, newest first.

    With --versions, other programs can read the tables as they were published together.
    """
    if shows_versions:
        with project.open() as reader:
            echo_json({name: found.as_dict() for name, found in reader.versions().items()})
        return
    with project.open() as reader:
        listed = [snapshot.as_dict() for snapshot in reader.snapshots()]
    if as_json:
        echo_json(listed)
        return
    names = ("snapshot", "published_at", "run_id", "ingest_seq", "documents", "withdrawn")
    echo_table(listed, names)
    restorable = [found["snapshot"] for found in listed if found["is_restorable"]]
    if restorable:
        echo(
            f"Snapshots {restorable[-1]} to {restorable[0]} are kept: `firmograph rollback ID`, "
            "`firmograph sql --snapshot ID`."
        )


@command()
@click.argument("query")
@with_project
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="How rows are printed; JSON keeps every character, escaped where necessary.",
)
@click.option("--snapshot", "snapshot_id", type=int, metavar="ID", help="Query an older snapshot.")
def sql(project: Project, query: str, form: str, snapshot_id: int | None) -> None:
    """Run one SELECT over the last snapshot, or an older one.

    Tables are named without a schema, as in: SELECT * FROM dw_company_data
    """
    with project.open(snapshot_id) as reader:
        rows = reader.sql(query)
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
        echo(counted(rows.num_rows, "row"))
