"""Loads contract files, and converts contracts to plain data."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import Any, NamedTuple

import yaml

from firmograph.contract.model import Contract
from firmograph.contract.nodes import NodeReader
from firmograph.contract.parse import read_contract
from firmograph.errors import ContractError

YAML_HINT = "`firmograph contract show` prints a contract to begin with"
NOT_OF_ROWS = ("file_token", "ods_table", "assembly", "parent")
"""Keys that do not affect what rows hold, but where documents come from and where rows go."""


class ContractFile(NamedTuple):
    """A contract and where it was read.

    Attributes:
        contract: free of faults by itself.
        name: of the file, for faults.
        lines: the lines of what must be unique among all contracts, by its key or name.
    """

    contract: Contract
    name: str
    lines: Mapping[str, int]


def load_contract(
    file: FilePath, shipped: Mapping[str, Contract] = MappingProxyType({})
) -> ContractFile:
    """Loads one contract file.

    Args:
        file: the file.
        shipped: the contracts of the package, whose keys one of the same name need not repeat.

    Raises:
        ContractError: listing every fault of the contract.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContractError(
            f"{file}: cannot be read: {error}", hint="give a contract's YAML file, in UTF-8"
        ) from error
    return parse_file(text, str(file), shipped)


def parse_contract(text: str, name: str) -> Contract:
    """Parses a contract's text; `name` precedes each fault."""
    return parse_file(text, name).contract


def parse_file(
    text: str, name: str, shipped: Mapping[str, Contract] = MappingProxyType({})
) -> ContractFile:
    """Parses the text of a contract file, as `load_contract` does."""
    try:
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ContractError(f"{name}:{line}: not YAML: {error.problem}", hint=YAML_HINT) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise ContractError(f"{name}:{line}: not YAML: {error.reason}", hint=YAML_HINT) from error
    nodes = NodeReader()
    contract = read_contract(nodes, node, shipped)
    if nodes.faults or contract is None:
        lines = [f"{name}:{line}: {fault}" for line, fault in sorted(nodes.faults)]
        raise ContractError("\n".join(lines), hint="`firmograph contract show` prints a valid one")
    return ContractFile(contract, name, nodes.lines)


def canonical(contracts: Iterable[Contract]) -> dict[str, Any]:
    """The contracts as plain data by document type, for comparing and storing."""
    return {contract.name: json.loads(_as_text(contract)) for contract in contracts}


@lru_cache(maxsize=32)
def _as_text(contract: Contract) -> str:
    return json.dumps(asdict(contract), default=str)


def fingerprint(contracts: Iterable[Contract]) -> str:
    """A SHA-256 of everything in the contracts that affects what rows hold."""
    text = json.dumps(_of_rows(canonical(contracts)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _of_rows(body: Any) -> Any:
    """A body without the keys in `NOT_OF_ROWS`."""
    if isinstance(body, dict):
        return {key: _of_rows(value) for key, value in body.items() if key not in NOT_OF_ROWS}
    return [_of_rows(item) for item in body] if isinstance(body, list) else body
