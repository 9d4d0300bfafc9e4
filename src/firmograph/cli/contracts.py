"""`contract`: check and show contracts."""

from pathlib import Path

import click

from firmograph.cli.command import group
from firmograph.cli.options import with_project
from firmograph.cli.render import clean, echo
from firmograph.contract.load import declared_text, load_contract
from firmograph.contract.parse import TABLES
from firmograph.project import Project


@group()
def contract() -> None:
    """Check and show contracts."""


@contract.command()
@click.argument("file", required=False)
@with_project
def check(project: Project, file: str | None) -> None:
    """Check a contract FILE, or those in force; every fault is named with its line."""
    checked = [load_contract(Path(file))] if file else list(project.contracts.values())
    for found in checked:
        columns = sum(len(table.columns) for table in found.tables)
        echo(f"{found.name}: {len(found.tables)} tables, {columns} columns, no faults")


@contract.command()
@click.argument("name", type=click.Choice(list(TABLES)), required=False)
@with_project
def show(project: Project, name: str | None) -> None:
    """Print the contracts in force, as YAML."""
    folder = project.configuration.folder("contracts")
    for wanted in [name] if name else list(TABLES):
        override = folder / f"{wanted}.yaml"
        # an empty file is where a shell is about to write what is shown
        if override.is_file() and override.stat().st_size:
            text = override.read_text("utf-8", "backslashreplace")
        else:
            text = declared_text(wanted)
        for line in text.splitlines():
            echo(clean(line))
