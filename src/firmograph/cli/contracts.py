"""`contract`: check and show contracts."""

from importlib import resources
from pathlib import Path

import click

from firmograph.cli.place import Place, with_place
from firmograph.cli.render import clean, echo
from firmograph.contract.load import load_contract
from firmograph.contract.reader import TABLES


@click.group()
def contract() -> None:
    """Check and show contracts."""


@contract.command()
@click.argument("file", required=False)
@with_place
def check(place: Place, file: str | None) -> None:
    """Check a contract FILE, or those in force; every fault is named with its line."""
    checked = [load_contract(Path(file))] if file else list(place.contracts.values())
    for found in checked:
        columns = sum(len(table.columns) for table in found.tables)
        echo(f"{found.name}: {len(found.tables)} tables, {columns} columns, no fault")


@contract.command()
@click.argument("name", type=click.Choice(list(TABLES)), required=False)
@with_place
def show(place: Place, name: str | None) -> None:
    """Print the contracts in force, as YAML."""
    folder = place.configuration.folder("contracts")
    for wanted in [name] if name else list(TABLES):
        override = folder / f"{wanted}.yaml"
        # an empty file is where a shell is about to write what is shown
        if override.is_file() and override.stat().st_size:
            text = override.read_text("utf-8", "backslashreplace")
        else:
            package = resources.files("firmograph.contract")
            text = package.joinpath(f"{wanted}.yaml").read_text("utf-8")
        for line in text.splitlines():
            echo(clean(line))
