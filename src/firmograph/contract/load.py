"""Reads contracts: one YAML file a document type, all faults found before anything runs."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib import resources
from pathlib import Path as FilePath
from typing import Any

import yaml

from firmograph.contract.model import Contract
from firmograph.contract.parse import TABLES, read_contract
from firmograph.contract.suggest import did_you_mean
from firmograph.errors import ContractError

YAML_HINT = "`firmograph contract show` prints a contract to begin with"


def load_contracts(folder: FilePath | None = None) -> dict[str, Contract]:
    """Loads the contract of each document type, from `folder` where it holds one, else our own.

    Raises:
        ContractError: with every fault of every contract.
    """
    faults: list[str] = _unknown_files(folder) if folder else []
    contracts = {}
    for name in TABLES:
        override = folder / f"{name}.yaml" if folder else None
        try:
            if override is not None and override.is_file():
                contracts[name] = _of_type(load_contract(override), name, override)
            else:
                text = (
                    resources.files(__package__)
                    .joinpath("declared", f"{name}.yaml")
                    .read_text("utf-8")
                )
                contracts[name] = parse_contract(text, f"{name}.yaml")
        except ContractError as error:
            faults.append(error.message)
    if faults:
        raise ContractError("\n".join(faults), hint="mend the lines named; nothing was run")
    return contracts


def declared_text(name: str) -> str:
    """The YAML of a contract that the package declares."""
    return resources.files(__package__).joinpath("declared", f"{name}.yaml").read_text("utf-8")


def _unknown_files(folder: FilePath) -> list[str]:
    """Faults of contract files that no document type has."""
    files = sorted(f for f in folder.glob("*.y*ml") if f.stem not in TABLES or f.suffix != ".yaml")
    return [
        f"{file}:1: no document type has a contract of this name; "
        f"{did_you_mean(file.name, [f'{name}.yaml' for name in TABLES])}"
        for file in files
    ]


def _of_type(contract: Contract, name: str, file: FilePath) -> Contract:
    if contract.name != name:
        raise ContractError(f"{file}:1: the file is named {name}, its contract {contract.name}")
    return contract


def load_contract(file: FilePath) -> Contract:
    """Loads one contract file."""
    try:
        return parse_contract(file.read_text("utf-8"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{file}: cannot be read: {error}", hint="give a contract's YAML file, in UTF-8"
        ) from error


def parse_contract(text: str, name: str) -> Contract:
    """Parses a contract's text; `name` stands before each fault."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(f"{name}:{line}: not YAML: {error.problem}", hint=YAML_HINT) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ContractError(f"{name}:{line}: not YAML: {error.reason}", hint=YAML_HINT) from error
    contract, faults = read_contract(node)
    if faults or contract is None:
        lines = [f"{name}:{line}: {fault}" for line, fault in faults]
        raise ContractError("\n".join(lines), hint="`firmograph contract show` prints a valid one")
    return contract


def canonical(contracts: Iterable[Contract]) -> dict[str, Any]:
    """The contracts as plain data, for comparing and storing: ``{type: {...}}``."""
    return {c.name: json.loads(json.dumps(asdict(c), default=str)) for c in contracts}


def fingerprint(contracts: Iterable[Contract]) -> str:
    """A sha-256 that changes whenever a contract's meaning does."""
    text = json.dumps(canonical(contracts), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
