"""`verify`: checks the last snapshot."""

import sys

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import counted, echo, echo_json
from firmograph.project import Project
from firmograph.queries.text import clean
from firmograph.verify.differences import Check


@command()
@with_project
@click.option(
    "--sample",
    "size",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    metavar="COUNT",
    help="How many companies' rows are compared with their documents.",
)
@click.option("--seed", type=int, default=0, metavar="NUMBER", help="Seed of the random sample.")
@click.option("--full", is_flag=True, help="Compare all companies instead of a sample.")
@json_option
def verify(project: Project, size: int, seed: int, full: bool, as_json: bool) -> None:
    """Prove the last snapshot, independently of the pipeline's own code.

    Reads ODS with plain JSON and compares totals, keys, parents, heads and rows with the tables.
    Never writes and never waits. Exits with 1 on any difference.
    """
    verdict = project.verify(sample=None if full else size, seed=seed)
    if as_json:
        echo_json(verdict.as_dict())
    else:
        for check in verdict.checks:
            _echo_check(check)
        count = counted(verdict.difference_count, "difference")
        found = "all well" if verdict.is_ok else count
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
