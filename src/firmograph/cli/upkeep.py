"""`rollback`, `reinstate`, `vacuum`, `compact`: the commands that look after a lake."""

import click

from firmograph import upkeep
from firmograph.cli.place import Place, with_engine, with_place
from firmograph.cli.progress import make_watch
from firmograph.cli.render import echo, echo_table
from firmograph.cli.runs import finish
from firmograph.pipeline import reinstate as reinstate_documents

_wait = click.option(
    "--wait", type=float, metavar="SECONDS", help="Wait for another run on the lake."
)


@click.command()
@click.argument("snapshot_id", metavar="ID", type=int)
@with_place
@_wait
def rollback(place: Place, snapshot_id: int, wait: float | None) -> None:
    """Make snapshot ID the newest; documents published since are withdrawn.

    ODS and the ledger keep them, and no run publishes them, until `reinstate`.
    """
    limits = place.limits(wait)
    report = upkeep.rollback(place.folders, limits, place.contracts, snapshot_id)
    for note in report.notes:
        echo(note)
    echo(f"snapshot {report.snapshot_id} is the newest now")


@click.command()
@with_place
@with_engine
@_wait
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def reinstate(place: Place, engine: str | None, wait: float | None, as_json: bool) -> None:
    """Publish again the documents that a rollback withdrew."""
    limits = place.run_limits(wait, engine)
    with make_watch(place.configuration.settings) as watch:
        report = reinstate_documents(place.folders, limits, place.contracts, watch)
    finish(report, as_json=as_json)


@click.command()
@with_place
@_wait
def vacuum(place: Place, wait: float | None) -> None:
    """Delete files that no kept snapshot needs."""
    limits = place.limits(wait)
    _echo_freed(upkeep.vacuum(place.folders, limits, place.contracts), "files deleted")


@click.command()
@with_place
@_wait
def compact(place: Place, wait: float | None) -> None:
    """Merge small files of every table; the rows stay as they are."""
    limits = place.limits(wait)
    _echo_freed(upkeep.compact(place.folders, limits, place.contracts), "files fewer")


def _echo_freed(freed: upkeep.Freed, word: str) -> None:
    rows = [{"table": name, word: count} for name, count in freed.files.items() if count]
    if rows:
        echo_table(rows, ("table", word))
    echo(f"{sum(freed.files.values())} {word}")
