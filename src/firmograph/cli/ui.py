"""`ui`: opens the lake in the browser."""

from pathlib import Path

import click

from firmograph.cli.command import command
from firmograph.cli.options import with_project
from firmograph.cli.render import counted, echo, flush
from firmograph.project import Project
from firmograph.queries.text import clean


@command()
@with_project
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    metavar="N",
    help="Listen at this port of 127.0.0.1; 0 for any. By default 8417, or another if it is taken.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
@click.option(
    "--allow-changes", is_flag=True, help="Let the pages retry and discard refused documents."
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Write the pages as files instead, for a bucket or to hand around.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    metavar="N",
    help="With --export: how many companies, and how many trees, have pages of their own.",
)
@click.option("--snapshot", "snapshot_id", type=int, metavar="ID", help="Show an older snapshot.")
def ui(
    project: Project,
    port: int | None,
    no_browser: bool,
    allow_changes: bool,
    folder: Path | None,
    limit: int,
    snapshot_id: int | None,
) -> None:
    """Look at the lake in the browser.

    Answers this machine alone, at the printed address, whose token changes with each start. Ends
    with Ctrl-C.
    """
    if folder is not None:
        _export(project, folder, snapshot_id, limit)
        return
    from firmograph.web.server import serve
    from firmograph.web.view import Options

    def tell(address: str) -> None:
        echo(address)
        echo("Ctrl-C ends it.")
        flush()

    options = Options(allow_changes, snapshot_id)
    serve(project.again, options, tell, port=port, opens_browser=not no_browser)


def _export(project: Project, folder: Path, snapshot_id: int | None, limit: int) -> None:
    from firmograph.web.export import export

    done = export(project.again, folder, snapshot_id, limit)
    echo(f"{counted(done.pages, 'page')} of snapshot {done.snapshot_id} in {clean(str(folder))}")
    for name, written, there in (
        ("companies", done.companies, done.all_companies),
        ("trees", done.families, done.all_families),
    ):
        if written < there:
            echo(f"the first {written} of {there} {name} have pages; --limit sets how many")
