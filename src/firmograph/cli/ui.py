"""`ui`: opens the lake in the browser."""

import click

from firmograph.cli.command import command
from firmograph.cli.options import with_project
from firmograph.cli.render import echo, flush
from firmograph.project import Project


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
@click.option("--snapshot", "snapshot_id", type=int, metavar="ID", help="Show an older snapshot.")
def ui(
    project: Project,
    port: int | None,
    no_browser: bool,
    allow_changes: bool,
    snapshot_id: int | None,
) -> None:
    """Look at the lake in the browser.

    Answers this machine alone, at the printed address, whose token changes with each start. Ends
    with Ctrl-C.
    """
    from firmograph.web.app import Options
    from firmograph.web.server import serve

    def tell(address: str) -> None:
        echo(address)
        echo("Ctrl-C ends it.")
        flush()

    options = Options(allow_changes, snapshot_id, project.configuration.flags)
    serve(project.again, options, tell, port=port, opens_browser=not no_browser)
