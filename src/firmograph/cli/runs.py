"""`run` and `rebuild`: the commands that write."""

import sys

import click

from firmograph.cli.place import configure, place_options
from firmograph.cli.progress import make_watch
from firmograph.cli.render import echo_json
from firmograph.cli.summary import echo_summary
from firmograph.contract.load import load_contracts
from firmograph.pipeline import rebuild as rebuild_lake
from firmograph.pipeline import run as run_pipeline
from firmograph.report import Folders, Limits, Report
from firmograph.settings import Configuration

_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_wait = click.option(
    "--wait", type=float, metavar="SECONDS", help="Wait for another run on the lake."
)


@click.command()
@place_options
@_wait
@_json
@click.pass_context
def run(
    ctx: click.Context,
    root: str | None,
    sets: tuple[str, ...],
    wait: float | None,
    as_json: bool,
) -> None:
    """Take in the uploads and publish what is new.

    Ends with 0 if all is well, 1 if it failed, 2 if the command, a setting or a contract is
    wrong, 3 if it is done with something refused or unreadable.
    """
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with make_watch(configuration.settings, quiet=False) as watch:
        limits = _limits(configuration, wait)
        report = run_pipeline(folders_of(configuration), limits, contracts, watch)
    _finish(report, as_json=as_json)


@click.command()
@place_options
@_wait
@_json
@click.pass_context
def rebuild(
    ctx: click.Context,
    root: str | None,
    sets: tuple[str, ...],
    wait: float | None,
    as_json: bool,
) -> None:
    """Publish all of ODS anew under today's contracts.

    Readers see the old tables until it is done; rows that come out equal are not written.
    """
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with make_watch(configuration.settings, quiet=False) as watch:
        limits = _limits(configuration, wait)
        report = rebuild_lake(folders_of(configuration), limits, contracts, watch)
    _finish(report, as_json=as_json)


def folders_of(configuration: Configuration) -> Folders:
    """The folders of a root, as the settings name them."""
    return Folders(
        root=configuration.root,
        uploads=configuration.folder("uploads"),
        processed=configuration.folder("processed"),
        quarantined=configuration.folder("quarantined"),
        lake=configuration.folder("lake"),
        marts=configuration.folder("marts"),
    )


def _limits(configuration: Configuration, wait: float | None) -> Limits:
    settings = configuration.settings
    return Limits(
        max_document_bytes=settings.max_document_bytes,
        memory_limit=settings.memory_limit,
        wait_seconds=settings.wait_seconds if wait is None else wait,
    )


def _finish(report: Report, *, as_json: bool) -> None:
    if as_json:
        echo_json(report.as_dict())
    else:
        echo_summary(report)
    sys.exit(report.exit_code)
