"""`contract`: check and show contracts."""

from importlib import resources
from pathlib import Path

import click

from firmograph.cli.place import configure, place_options
from firmograph.cli.render import clean, echo
from firmograph.contract.load import load_contract, load_contracts
from firmograph.contract.reader import TABLES


@click.group()
def contract() -> None:
    """Check and show contracts."""


@contract.command()
@click.argument("file", required=False)
@place_options
@click.pass_context
def check(ctx: click.Context, file: str | None, root: str | None, sets: tuple[str, ...]) -> None:
    """Check a contract FILE, or those in force; every fault is named with its line."""
    if file:
        checked = [load_contract(Path(file))]
    else:
        configuration = configure(ctx, root, sets)
        checked = list(load_contracts(configuration.folder("contracts")).values())
    for found in checked:
        columns = sum(len(table.columns) for table in found.tables)
        echo(f"{found.name}: {len(found.tables)} tables, {columns} columns, no fault")


@contract.command()
@click.argument("name", type=click.Choice(list(TABLES)), required=False)
@place_options
@click.pass_context
def show(ctx: click.Context, name: str | None, root: str | None, sets: tuple[str, ...]) -> None:
    """Print the contracts in force, as YAML."""
    folder = configure(ctx, root, sets).folder("contracts")
    for wanted in [name] if name else list(TABLES):
        override = folder / f"{wanted}.yaml"
        if override.is_file():
            text = override.read_text("utf-8", "backslashreplace")
        else:
            package = resources.files("firmograph.contract")
            text = package.joinpath(f"{wanted}.yaml").read_text("utf-8")
        for line in text.splitlines():
            echo(clean(line))
