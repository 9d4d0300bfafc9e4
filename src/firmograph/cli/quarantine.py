"""`quarantine`: shows what was refused and why; retries or discards it."""

import json
from collections import Counter

import click

from firmograph.cli.command import command, group, json_option
from firmograph.cli.options import with_engine, with_project, with_wait
from firmograph.cli.progress import make_listener
from firmograph.cli.render import echo, echo_bytes, echo_json, echo_table
from firmograph.cli.runs import finish
from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.queries.answers import Refusal, RefusedCase, Violation
from firmograph.queries.rules import actions
from firmograph.queries.text import clean

ID_DIGITS = 12


@group()
def quarantine() -> None:
    """See what was refused and why; retry or discard it."""


@quarantine.command("list")
@with_project
@click.option(
    "--by", type=click.Choice(["reason", "type", "file", "run"]), help="Count instead of listing."
)
@json_option
def list_(project: Project, by: str | None, as_json: bool) -> None:
    """List what is refused: whole files, documents, and elements of accepted documents."""
    with project.open() as reader:
        cases = reader.refusals()
    counts = _count(cases, by) if by else []
    if as_json:
        echo_json(counts if by else [case.as_dict() for case in cases])
    elif not cases:
        echo("Nothing is refused.")
    elif by:
        echo_table(counts, (by, "refused"))
    else:
        _echo_cases(cases)


def _echo_cases(cases: list[RefusedCase]) -> None:
    rows = [
        case.as_dict()
        | {
            "id": case.document_id[:ID_DIGITS],
            "record": case.record_number or None,
            "what": case.scope,
        }
        for case in cases
    ]
    echo_table(rows, ("id", "what", "file_name", "record", "entity_id", "violations", "reason"))
    echo(f"{len(rows)} refused; `firmograph quarantine show ID` shows every violation.")


def _count(cases: list[RefusedCase], by: str) -> list[dict[str, object]]:
    """How many refusals share a reason (the rule), a type, a file or a run."""
    counts: Counter[str] = Counter()
    for case in cases:
        shared = {
            "reason": case.rules,
            "type": [str(case.document_type)],
            "file": [case.file_name],
            "run": [case.run_id],
        }
        counts.update(shared[by])
    return [{by: name, "refused": count} for name, count in counts.most_common()]


@quarantine.command()
@click.argument("document_ids", metavar="[ID]...", nargs=-1)
@with_project
@with_engine
@with_wait
@click.option("--reason", "rule", metavar="RULE", help="Documents refused by this rule.")
@click.option("--type", "kind", metavar="NAME", help="Documents of this type.")
@click.option("--dry-run", is_flag=True, help="Show what would change, without writing anything.")
@json_option
def retry(
    project: Project,
    document_ids: tuple[str, ...],
    rule: str | None,
    kind: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Publish refused documents under today's contracts: all open ones, or those selected.

    A retried document is ordered like any other and may end up superseded.
    """
    with make_listener(project.settings) as listener:
        report = project.retry(
            document_ids or None, rule=rule, document_type=kind, dry_run=dry_run, listener=listener
        )
    finish(report, as_json=as_json, is_plan=dry_run)


@quarantine.command()
@click.argument("document_ids", metavar="ID...", nargs=-1, required=True)
@click.option("--why", required=True, metavar="TEXT", help="Kept with the refusal.")
@with_project
@with_wait
@json_option
def discard(project: Project, document_ids: tuple[str, ...], why: str, as_json: bool) -> None:
    """Close refusals for good; the documents stay in ODS and are never published."""
    report = project.discard(document_ids, why)
    if as_json:
        echo_json(report.as_dict())
        return
    for note in report.notes:
        echo(clean(note))


@quarantine.command()
@click.argument("document_id", metavar="ID")
@with_project
@click.option(
    "--raw", is_flag=True, help="Write only the document, byte for byte as it was received."
)
@json_option
def show(project: Project, document_id: str, raw: bool, as_json: bool) -> None:
    """Show every violation of one refused document, what to do about it, and the document."""
    if raw and as_json:
        raise UsageError("--raw and --json are mutually exclusive", hint="leave one of them out")
    with project.open() as reader:
        refusal = reader.refusal(document_id)
    if raw:
        _echo_raw(project, refusal)
        return
    if as_json:
        echo_json([violation.as_dict() for violation in refusal.violations])
        return
    first = refusal.violations[0]
    echo(f"{first.scope} {first.document_id}")
    record = f", record {first.record_number}" if first.record_number else ""
    echo(f"file {clean(first.file_name)}{record}, run {first.run_id}")
    echo()
    for violation in refusal.violations:
        _echo_violation(violation)
    _echo_actions(refusal)
    if refusal.document is not None:
        echo()
        _echo_document(refusal.document)


def _echo_raw(project: Project, refusal: Refusal) -> None:
    if refusal.document is None:
        raise UsageError(
            f"{refusal.violations[0].document_id} is a file that could not be read; no document "
            "of it is in ODS",
            hint=f"the file itself is in {project.configuration.place('quarantined')}",
        )
    echo_bytes(refusal.document)


def _echo_violation(violation: Violation) -> None:
    echo(f"{violation.rule}: {clean(violation.reason)}")
    if violation.scope == "file":
        return  # the reason names the member of an archive
    where = f" (line {violation.line}, column {violation.column})" if violation.line else ""
    value = f" = {clean(violation.value)}" if violation.value is not None else ""
    if violation.json_path != "$" or value or where:
        echo(f"    {clean(violation.json_path)}{value}{where}")


def _echo_actions(refusal: Refusal) -> None:
    """Says what to do about each rule that was broken."""
    known = actions([violation.rule for violation in refusal.violations])
    if known:
        echo()
        echo("What to do:")
    for rule, action in known.items():
        echo(f"    {rule}: {action}")


def _echo_document(raw: bytes) -> None:
    try:
        text = json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        text = raw.decode("utf-8", "backslashreplace")
    for line in text.splitlines():
        echo(clean(line))


@command()
@click.argument("document_id", metavar="ID")
@click.option("--as", "name", required=True, metavar="NAME", help="Name of the new upload.")
@with_project
@json_option
def redeliver(project: Project, document_id: str, name: str, as_json: bool) -> None:
    """Put a refused file or document into the uploads again, under another name.

    The next run reads it; if it is accepted, the refusal is closed with a reference.
    """
    path = project.redeliver(document_id, name)
    if as_json:
        echo_json({"path": path})
        return
    echo(f"{clean(path)}: the next `firmograph run` reads it")
