"""`drift`: compares the documents in ODS with the contracts."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from firmograph.cli.command import command, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import counted, echo, echo_json, echo_table
from firmograph.drift import DEFAULT_SAMPLE
from firmograph.errors import UsageError
from firmograph.kernel.result import VALUE_LIMIT
from firmograph.project import Project
from firmograph.queries.text import clean

_SECTIONS = {
    "unnamed": (
        "In documents, but not named by the contract:",
        ("path", "documents", "share", "example"),
    ),
    "vanished": (
        "Named by the contract, but in no document:",
        ("path", "named_by", "read_elsewhere"),
    ),
    "changed": (
        "Found with another JSON type:",
        ("path", "allowed", "found", "count", "example"),
    ),
}


@command()
@with_project
@click.option("--type", "kind", metavar="NAME", help="Documents of this type.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Read N documents of each type, spread over ODS; {DEFAULT_SAMPLE} by default.",
)
@click.option("--full", is_flag=True, help="Read all documents.")
@json_option
def drift(
    project: Project, kind: str | None, sample: int | None, full: bool, as_json: bool
) -> None:
    """Show which paths the contracts do not name, and which of theirs vanished or changed.

    Paths are written as in a contract: relative to the record, or with ^. to what is beside it;
    [] stands for the elements of a list.
    """
    if full and sample:
        raise UsageError("--sample and --full are mutually exclusive", hint="leave one of them out")
    size = None if full else sample or DEFAULT_SAMPLE
    measured = [asdict(found) for found in project.drift(kind, sample=size)]
    for sentence in project.unclaimed():
        click.echo(f"warning: {clean(sentence)}; it was not looked at", err=True)
    for facts in measured:
        for section in _SECTIONS:
            facts[section] = [_cleaned(row) for row in facts[section]]
    if as_json:
        echo_json(measured)
        return
    for facts in measured:
        _echo_drift(facts)


def _cleaned(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose texts are safe to print; examples are cut if escapes make them too long."""
    cleaned = {key: clean(v) if isinstance(v, str) else v for key, v in row.items()}
    example = cleaned.get("example")
    if example and len(example) > VALUE_LIMIT:
        cleaned["example"] = example[: VALUE_LIMIT - 1] + "…"
    return cleaned


def _echo_drift(facts: dict[str, Any]) -> None:
    documents, paths = facts["documents"], facts["source_paths"]
    skipped = documents["not_objects"] + documents["without_record"]
    read = f"{documents['read']} of {documents['stored']} documents read, {skipped} skipped"
    echo(f"{facts['document_type']}: {read}")
    if paths["seen"]:
        mapped = f"{paths['mapped']} of {paths['seen']} source paths are mapped"
        echo(f"{mapped} ({_percent(paths['share'])})")
    for section, (title, columns) in _SECTIONS.items():
        _echo_section(title, facts[section], columns)
    if facts["left_out"]:
        echo(f"{counted(facts['left_out'], 'value')} at further paths, not listed.")
    echo()


def _echo_section(title: str, rows: list[dict[str, Any]], columns: Sequence[str]) -> None:
    if not rows:
        return
    echo()
    echo(title)
    for row in rows:
        if "share" in row:
            row["share"] = _percent(row["share"])
        if "read_elsewhere" in row:
            row["read_elsewhere"] = "yes" if row["read_elsewhere"] else "no"
    echo_table(rows, columns)


def _percent(share: float) -> str:
    return f"{share:.1%}"
