"""Shared by the kernel tests: the shipped contracts, compiled, and ways to change them."""

import json
from datetime import UTC, datetime
from importlib import resources
from typing import Any

import pytest

from firmograph.contract.load import parse_contract
from firmograph.contract.model import ColumnType, Contract
from firmograph.contract.registry import load_contracts
from firmograph.kernel.fast import FALLBACKS, Fallback, FastReader, compile_fast
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.reference import read_reference
from firmograph.kernel.result import Result
from firmograph.kernel.values import Number, Unfit, convert

REF = datetime(2026, 3, 1, tzinfo=UTC)
LOAD = datetime(2026, 3, 2, 8, tzinfo=UTC)
CONTRACTS = load_contracts()
KERNELS = {name: Kernel(contract) for name, contract in CONTRACTS.items()}


def to_bytes(document: Any) -> bytes:
    """Bytes unchanged, text as UTF-8, anything else as compact JSON."""
    if isinstance(document, bytes):
        return document
    if isinstance(document, str):
        return document.encode()
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def read(
    document: Any, kind: str = "data_blocks", ref_time: datetime = REF, load_time: datetime = LOAD
) -> Result:
    """Reads a document with a shipped contract, on both paths."""
    raw = to_bytes(document)
    result = read_reference(CONTRACTS[kind], raw, ref_time, load_time)
    assert KERNELS[kind].read(raw, ref_time, load_time) == result
    return result


def rows(result: Result, table: str, contract: Contract | None = None) -> list[dict[str, Any]]:
    """A table's rows with their columns' names; the delivery's facts are named `delivery`."""
    contract = contract or next(c for c in CONTRACTS.values() if table in names(c))
    place = names(contract).index(table)
    columns = [column.name for column in contract.results[place].read_columns]
    return [dict(zip(columns, row, strict=True)) for row in result.rows[place]]


def names(contract: Contract) -> list[str]:
    return [table.name for table in contract.results]


def company(**fields: Any) -> dict[str, Any]:
    """The smallest company that is accepted, and `fields`."""
    return {"duns": "100000001", "primaryName": "Alpine Cocoa AG", **fields}


def company_row(result: Result) -> dict[str, Any]:
    """The row of an accepted company."""
    assert result.violations == []
    (row,) = rows(result, "dw_company_data")
    return row


def places(result: Result) -> list[tuple[str, str]]:
    """Rule and JSON path of each violation."""
    return [(v.rule, v.json_path) for v in result.violations]


def parse_literal(literal: str) -> Any:
    """A JSON literal with its numbers as written."""
    return json.loads(literal, parse_int=Number, parse_float=Number)


def assert_unfit(kind: str, literal: str) -> None:
    """Asserts that a column of this type does not accept the JSON literal."""
    with pytest.raises(Unfit):
        convert(ColumnType(kind), parse_literal(literal))


def shipped(kind: str = "data_blocks") -> str:
    """The text of a shipped contract."""
    return (
        resources.files("firmograph.contract")
        .joinpath("declared", f"{kind}.yaml")
        .read_text("utf-8")
    )


def changed(old: str, new: str, kind: str = "data_blocks") -> Contract:
    """A shipped contract with one piece of its text replaced."""
    text = shipped(kind)
    assert text.count(old) >= 1, f"the shipped contract no longer holds {old!r}"
    return parse_contract(text.replace(old, new, 1), f"{kind}.yaml")


def with_column(column: str) -> Contract:
    """The data blocks contract with one more column in dw_company_data, `extra: …`."""
    line = "      primary_name: {path: primaryName, rule: mandatory}\n"
    return changed(line, f"{line}      {column}\n")


def agree(contract: Contract, fast: FastReader, raw: bytes) -> bool:
    """Whether the fast path accepts; if so, the reference path must return the same result."""
    try:
        raw.decode()  # as the kernel asks first
        quick = fast(raw, REF, LOAD)
    except (Fallback, *FALLBACKS):
        return False
    reference = read_reference(contract, raw, REF, LOAD)
    assert reference.violations == []
    assert reference.rejected == []
    assert quick == reference
    assert cell_types(quick) == cell_types(reference)
    return True


def cell_types(result: Result) -> list[type]:
    """The type of each cell, since 1 == 1.0 == True."""
    return [type(cell) for table in result.rows for row in table for cell in row]


def compiled(contract: Contract) -> FastReader:
    """The contract's fast path, which must exist."""
    reader = compile_fast(contract)
    assert reader is not None
    return reader
