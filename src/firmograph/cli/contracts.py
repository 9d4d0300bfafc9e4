"""`contract`: check and show contracts."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import click

from firmograph.cli.command import group, json_option
from firmograph.cli.options import with_project
from firmograph.cli.render import counted, echo, echo_json
from firmograph.contract.load import load_contract
from firmograph.contract.registry import contract_names, contract_text, declared_contracts
from firmograph.errors import LakeError
from firmograph.project import Project
from firmograph.queries.text import clean


@dataclass(frozen=True)
class ContractAnswer:
    """A contract without faults."""

    contract: str
    tables: int
    columns: int


@dataclass(frozen=True)
class ContractTextAnswer:
    """A contract in force, as YAML."""

    contract: str
    text: str


@group()
def contract() -> None:
    """Check and show contracts."""


@contract.command()
@click.argument("file", required=False)
@with_project
@json_option
def check(project: Project, file: str | None, as_json: bool) -> None:
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
    answers = [
        ContractAnswer(one.name, len(one.tables), sum(len(table.columns) for table in one.tables))
        for one in checked
    ]
    if as_json:
        echo_json(answers)
        return
    for one in answers:
        tables, columns = counted(one.tables, "table"), counted(one.columns, "column")
        echo(f"{one.contract}: {tables}, {columns}, no faults")


@contract.command()
@click.argument("name", required=False)
@with_project
@json_option
def show(project: Project, name: str | None, as_json: bool) -> None:
    """Print the contracts in force, as YAML."""
    folder = project.configuration.folder("contracts")
    names = [name] if name else contract_names(folder)
    answers = [ContractTextAnswer(one, contract_text(one, folder)) for one in names]
    if as_json:
        echo_json(answers)
        return
    for answer in answers:
        for line in answer.text.splitlines():
            echo(clean(line))
