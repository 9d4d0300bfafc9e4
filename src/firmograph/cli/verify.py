"""`verify`: proves the last snapshot again."""

import sys

import click

from firmograph.cli.options import with_project
from firmograph.cli.render import clean, echo, echo_json
from firmograph.project import Project
from firmograph.verify.differences import Check
from firmograph.verify.evidence import Sample
from firmograph.verify.verify import verify as verify_lake


@click.command()
@with_project
@click.option(
    "--sample",
    "size",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    metavar="COUNT",
    help="Companies whose rows are held against their documents.",
)
@click.option("--seed", type=int, default=0, metavar="NUMBER", help="Another seed, another sample.")
@click.option("--full", is_flag=True, help="All companies instead of a sample.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(project: Project, size: int, seed: int, full: bool, as_json: bool) -> None:
    """Prove the last snapshot again, by another road than the pipeline's own code.

    Reads ODS with plain JSON and compares sums, keys, parents, heads and rows with the tables.
    Never writes and never waits. Ends with 1 on any difference.
    """
    folders = project.folders
    verdict = verify_lake(
        folders.lake,
        folders.processed,
        Sample(None if full else size, seed),
        project.configuration.settings.memory_limit,
    )
    if as_json:
        echo_json(verdict.as_dict())
    else:
        for check in verdict.checks:
            _echo_check(check)
        count = verdict.difference_count
        found = "all well" if verdict.is_ok else f"{count} difference{'' if count == 1 else 's'}"
        echo(f"verified snapshot {verdict.snapshot_id}: {found}")
    sys.exit(0 if verdict.is_ok else 1)


def _echo_check(check: Check) -> None:
    if check.is_ok:
        echo(f"ok   {check.name}: {check.seen}")
        return
    first, *rest = check.differences.examples
    echo(f"FAIL {check.name}: {clean(first)}")
    for example in rest:
        echo(f"     {clean(example)}")
    more = check.differences.count - len(check.differences.examples)
    if more:
        echo(f"     and {more} more")
