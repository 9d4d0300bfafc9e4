"""`contract`: check and show contracts."""

import contextlib
from pathlib import Path

import click

from firmograph.cli.command import group
from firmograph.cli.options import with_project
from firmograph.cli.render import clean, echo
from firmograph.contract.load import load_contract
from firmograph.contract.registry import contract_names, contract_text, declared_contracts
from firmograph.errors import LakeError
from firmograph.project import Project


@group()
def contract() -> None:
    """Check and show contracts."""


@contract.command()
@click.argument("file", required=False)
@with_project
def check(project: Project, file: str | None) -> None:
    """Check a contract FILE, or those in force; every fault is named with its line.

    Where the lake holds documents of the type, the newest 1,000 are read: a path that leads to
    objects or lists instead of values is a fault, too.
    """
    from firmograph.drift.misread import check_paths

    if file:
        checked = [load_contract(Path(file), declared_contracts()).contract]
    else:
        checked = list(project.contracts.values())
    for found in checked:
        with contextlib.suppress(LakeError), project.open() as reader:
            check_paths(reader, found)
        columns = sum(len(table.columns) for table in found.tables)
        echo(f"{found.name}: {len(found.tables)} tables, {columns} columns, no faults")


@contract.command()
@click.argument("name", required=False)
@with_project
def show(project: Project, name: str | None) -> None:
    """Print the contracts in force, as YAML."""
    folder = project.configuration.folder("contracts")
    for wanted in [name] if name else contract_names(folder):
        for line in contract_text(wanted, folder).splitlines():
            echo(clean(line))
