"""`doctor`: examines the places of a project, or one url."""

import sys

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import echo, echo_json
from firmograph.project import Project
from firmograph.queries.text import clean
from firmograph.storage.doctor.findings import Examination, Finding

_WORDS = {"ok": "ok  ", "failed": "FAIL", "note": "note", "skipped": "skip"}


@command()
@click.argument("url", required=False)
@with_project
@json_option
def doctor(project: Project, url: str | None, as_json: bool) -> None:
    """Examine where files are kept: URL, or the four places of the project.

    URL is s3://bucket/prefix, gs://bucket/prefix or a folder. Makes the requests that runs make,
    in objects below `.doctor-…`, and deletes them. Takes some ten seconds.
    """
    found = []
    for examination in project.examine(url):
        found.append(examination)
        if not as_json:
            _echo_examination(examination)
    if as_json:
        echo_json(found)
    elif not all(examination.is_ok for examination in found):
        echo("something is not as it must be: no lake should be here until it is")
    sys.exit(0 if all(examination.is_ok for examination in found) else 1)


def _echo_examination(examination: Examination) -> None:
    place = f"{examination.place}: " if examination.place else ""
    echo(f"{place}{clean(examination.url)}")
    for finding in examination.findings:
        _echo_finding(finding)


def _echo_finding(finding: Finding) -> None:
    echo(f"  {_WORDS[finding.outcome]} {finding.check}: {clean(finding.seen)}")
    if finding.outcome == "failed":
        echo(f"       why it matters: {finding.why}")
        echo(f"       hint: {finding.hint}")
