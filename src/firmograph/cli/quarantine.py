"""`quarantine`: what was refused and why, and the ways out."""

import json
from collections import Counter
from typing import Any

import click

from firmograph.cli.options import with_engine, with_project
from firmograph.cli.progress import make_listener
from firmograph.cli.render import clean, echo, echo_json, echo_table
from firmograph.cli.runs import finish
from firmograph.contract.registry import check_name
from firmograph.control.quarantine import Selection
from firmograph.pipeline import maintenance
from firmograph.pipeline.plan import plan
from firmograph.pipeline.run import retry as retry_documents
from firmograph.project import Project

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID_DIGITS = 12


@click.group()
def quarantine() -> None:
    """See what was refused and why; try again, or discard."""


@quarantine.command("list")
@with_project
@click.option(
    "--by", type=click.Choice(["reason", "type", "file", "run"]), help="Count instead of listing."
)
@_json
def list_(project: Project, by: str | None, as_json: bool) -> None:
    """List what is refused: whole files, documents, and elements of accepted documents."""
    with project.reader() as reader:
        rows = reader.refusals()
    if by is not None:
        rows = _counted(rows, by)
    if as_json:
        echo_json(rows)
        return
    if not rows:
        echo("Nothing is refused.")
        return
    if by is not None:
        echo_table(rows, (by, "refused"))
        return
    for row in rows:
        row["id"] = row["document_id"][:ID_DIGITS]
        row["record"] = row["record_number"] or None
        row["what"] = row["scope"]
    echo_table(rows, ("id", "what", "file_name", "record", "entity_id", "violations", "reason"))
    echo(f"{len(rows)} refused; `firmograph quarantine show ID` shows every violation.")


def _counted(rows: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """How many refusals share a reason (the rule), a type, a file or a run."""
    columns = {"type": "document_type", "file": "file_name", "run": "run_id"}
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update(row["rules"] if by == "reason" else [str(row[columns[by]])])
    return [{by: name, "refused": count} for name, count in counts.most_common()]


@quarantine.command()
@click.argument("document_id", metavar="ID", required=False)
@with_project
@with_engine
@click.option("--reason", "rule", metavar="RULE", help="Documents refused by this rule.")
@click.option("--type", "kind", metavar="NAME", help="Documents of this type.")
@click.option("--dry-run", is_flag=True, help="Show what would change, and write nothing.")
@_json
def retry(
    project: Project,
    engine: str | None,
    document_id: str | None,
    rule: str | None,
    kind: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish refused documents under today's contracts: all open ones, or those selected.

    A retried document competes by the normal order and may end superseded.
    """
    limits = project.run_limits(None, engine)
    if kind is not None:
        check_name(kind, list(project.contracts))
    selection = Selection(document_id, rule, kind)
    if dry_run:
        report = plan(
            project.folders,
            limits,
            lambda copy: retry_documents(copy, limits, project.contracts, selection),
        )
    else:
        with make_listener(project.configuration.settings) as listener:
            report = retry_documents(
                project.folders, limits, project.contracts, selection, listener
            )
    finish(report, as_json=as_json, is_plan=dry_run)


@quarantine.command()
@click.argument("document_id", metavar="ID")
@click.option("--why", required=True, metavar="TEXT", help="Kept beside the refusal.")
@with_project
def discard(project: Project, document_id: str, why: str) -> None:
    """Close a refusal for good; the document stays in ODS, and no publish looks at it again."""
    limits = project.limits()
    for note in maintenance.discard(
        project.folders, limits, project.contracts, document_id, why
    ).notes:
        echo(clean(note))


@quarantine.command()
@click.argument("document_id", metavar="ID")
@with_project
@_json
def show(project: Project, document_id: str, as_json: bool) -> None:
    """Show every violation of one refused document, and the document."""
    with project.reader() as reader:
        rows, raw = reader.refusal(document_id)
    if as_json:
        echo_json(rows)
        return
    first = rows[0]
    echo(f"{first['scope']} {first['document_id']}")
    echo(
        f"file {clean(first['file_name'])}, record {first['record_number']}, run {first['run_id']}"
    )
    echo()
    for row in rows:
        where = f" (line {row['line']}, column {row['column']})" if row["line"] else ""
        value = f" = {clean(row['value'])}" if row["value"] is not None else ""
        echo(f"{row['rule']}: {clean(row['reason'])}")
        echo(f"    {clean(row['json_path'])}{value}{where}")
    if raw is not None:
        echo()
        _echo_document(raw)


def _echo_document(raw: bytes) -> None:
    try:
        text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = raw.decode("utf-8", "backslashreplace")
    for line in text.splitlines():
        echo(clean(line))
