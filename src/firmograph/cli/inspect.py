"""`status`, `tables`, `snapshots`, `sql`: the commands that read a lake."""

import sys
from datetime import timedelta
from typing import TextIO

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import parse_time, with_project
from firmograph.cli.render import counted, echo, echo_json, echo_table, shown
from firmograph.cli.rows import echo_rows
from firmograph.cli.summary import echo_waiting, echo_withdrawn
from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.queries.answers import Status
from firmograph.queries.text import clean

TOO_OLD, REFUSED = 5, 3
"""Exit codes of `status`."""


@command()
@with_project
@click.option(
    "--max-age",
    metavar="TIME",
    callback=parse_time,
    help="Exit with 5 if no run finished within this time, as in 36h, 90m or 2d.",
)
@click.option("--fail-on-quarantine", is_flag=True, help="Exit with 3 if anything is refused.")
@json_option
def status(
    project: Project, max_age: timedelta | None, fail_on_quarantine: bool, as_json: bool
) -> None:
    """Show the last run, its totals, what is waiting and how fresh the tables are.

    For monitoring: with --max-age and --fail-on-quarantine the exit code says what is wrong; a lake
    that is too old goes first.
    """
    with project.open() as reader:
        found = reader.status()
    is_old = max_age is not None and found.is_older_than(max_age)
    if as_json:
        echo_json(found.as_dict())
    else:
        _echo_last_run(found)
        _echo_snapshot(found)
        if is_old:
            echo(f"too old    the last run that did not fail ended {_when(found)}")
    if is_old or (fail_on_quarantine and found.open_refusals):
        sys.exit(TOO_OLD if is_old else REFUSED)


def _when(status: Status) -> str:
    return f"at {shown(status.last_finished_at)}" if status.last_finished_at else "never"


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
    if status.newer_snapshots:
        echo(f"replica    {status.newer_snapshots} newer snapshots are not whole yet")
    for name, totals in status.totals.as_dict().items():
        counts = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in totals.items())
        echo(f"{name:<10} {counts}")
    for fresh in status.freshness:
        entities = counted(fresh.entities, "entity", "entities")
        echo(f"freshness  {fresh.document_type}: {entities}, newest {shown(fresh.newest_source)}")
    echo(f"quarantine {status.open_refusals} open")
    for name, test in status.data_tests.items():
        if test.message:
            echo(f"data test  {clean(name)} failed ({test.severity}): {clean(test.message)}")
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
@click.argument("query", required=False)
@with_project
@click.option(
    "--file",
    "file",
    type=click.File("r", encoding="utf-8"),
    metavar="FILE",
    help="Read the query from a file; - for standard input.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="How rows are printed. CSV is safe to open in a spreadsheet: a text that it would compute "
    "is preceded by '. JSON keeps every character, escaped where necessary.",
)
@json_option
@click.option("--limit", type=click.IntRange(min=0), metavar="N", help="Print at most N rows.")
@click.option("--snapshot", "snapshot_id", type=int, metavar="ID", help="Query an older snapshot.")
def sql(
    project: Project,
    query: str | None,
    file: TextIO | None,
    form: str,
    as_json: bool,
    limit: int | None,
    snapshot_id: int | None,
) -> None:
    """Run one SELECT over the last snapshot, or an older one.

    Tables are named without a schema, as in: SELECT * FROM dw_company_data. SHOW TABLES,
    DESCRIBE and EXPLAIN are understood, too. Rows are printed as they are found, in bounded memory.
    """
    text = _query(query, file)
    with project.open(snapshot_id) as reader, reader.stream(text) as batches:
        if reader.newer:
            note = f"replica: read at snapshot {reader.snapshot.snapshot_id}; {reader.newer} newer"
            click.echo(f"{note} not whole yet", err=True)
        echo_rows(batches, "json" if as_json else form, limit)


def _query(query: str | None, file: TextIO | None) -> str:
    """The text of the query: the argument, a file, or standard input."""
    if query is not None and file is not None:
        raise UsageError("QUERY and --file are mutually exclusive", hint="leave one of them out")
    if file is None and query == "-":
        file = sys.stdin
    if file is None:
        if query is None:
            raise click.UsageError("Missing argument 'QUERY', or the option '--file'.")
        return query
    try:
        return file.read()
    except UnicodeDecodeError as error:
        raise UsageError(f"{file.name} is not UTF-8 text: {error}") from error
