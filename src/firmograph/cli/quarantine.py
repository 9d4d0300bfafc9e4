"""`quarantine`: what was refused, and why."""

import json

import click

from firmograph.cli.place import configure, place_options
from firmograph.cli.render import clean, echo, echo_json, echo_table
from firmograph.contract.load import load_contracts
from firmograph.readers import open_reader

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
ID_DIGITS = 12


@click.group()
def quarantine() -> None:
    """See what was refused, and why."""


@quarantine.command("list")
@place_options
@_json
@click.pass_context
def list_(ctx: click.Context, root: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    """List what is refused: whole files, documents, and elements of accepted documents."""
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with open_reader(configuration.folder("lake"), contracts) as reader:
        rows = reader.refusals()
    if as_json:
        echo_json(rows)
        return
    if not rows:
        echo("Nothing is refused.")
        return
    for row in rows:
        row["id"] = row["document_id"][:ID_DIGITS]
        row["record"] = row["record_number"] or None
        row["what"] = row["scope"]
    echo_table(rows, ("id", "what", "file_name", "record", "entity_id", "violations", "reason"))
    echo(f"{len(rows)} refused; `firmograph quarantine show ID` shows every violation.")


@quarantine.command()
@click.argument("document_id", metavar="ID")
@place_options
@_json
@click.pass_context
def show(
    ctx: click.Context,
    document_id: str,
    root: str | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Show every violation of one refused document, and the document."""
    configuration = configure(ctx, root, sets)
    contracts = load_contracts(configuration.folder("contracts"))
    with open_reader(configuration.folder("lake"), contracts) as reader:
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
        place = f" (line {row['line']}, column {row['column']})" if row["line"] else ""
        value = f" = {clean(row['value'])}" if row["value"] is not None else ""
        echo(f"{row['rule']}: {clean(row['reason'])}")
        echo(f"    {clean(row['json_path'])}{value}{place}")
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
