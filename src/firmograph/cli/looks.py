"""`status`, `tables`, `sql`: the commands that look."""

import csv
import sys
from typing import Any

import click

from firmograph.cli.place import configure, place_options
from firmograph.cli.render import clean, echo, echo_json, echo_table, shown
from firmograph.cli.summary import echo_waiting
from firmograph.contract.load import load_contracts
from firmograph.layers.trees import WaitingTree
from firmograph.readers import open_reader

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@place_options
@_json
@click.pass_context
def status(ctx: click.Context, root: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Show the last run, its sums, what is waiting and how fresh the tables are."""
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with open_reader(configuration.folder("lake"), contracts) as reader:
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
@place_options
@_json
@click.pass_context
def tables(ctx: click.Context, root: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    """List tables with rows, version and last change."""
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with open_reader(configuration.folder("lake"), contracts) as reader:
        listed = reader.tables()
    if as_json:
        echo_json(listed)
    else:
        echo_table(listed, ("table", "rows", "version", "changed_at"))


@click.command()
@click.argument("query")
@place_options
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    help="How rows are printed.",
)
@click.pass_context
def sql(ctx: click.Context, query: str, root: str | None, sets: tuple[str, ...], form: str) -> None:
    """Run one SELECT over the last snapshot.

    Tables go by their names alone, as in: SELECT * FROM dw_company_data
    """
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with open_reader(configuration.folder("lake"), contracts) as reader:
        rows = reader.select(query)
    names = rows.schema.names
    if form == "json":
        echo_json(rows.to_pylist())
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        for batch in rows.to_batches(1_000):
            columns = [column.to_pylist() for column in batch.columns]
            writer.writerows(zip(*columns, strict=True))
    else:
        echo_table(rows.to_pylist(), names)
        echo(f"{rows.num_rows} row{'' if rows.num_rows == 1 else 's'}")
