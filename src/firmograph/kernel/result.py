"""The kernel's result for one document: typed rows for each table, or why it is refused."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from firmograph.contract.rules import FindingRule, RefusalRule

VALUE_LIMIT = 200
"""How many characters of a refused value the quarantine shows; ODS has all of it."""


class Violation(NamedTuple):
    """One reason to refuse a document or an element of a list.

    `json_path` names the place as ``$.a.b[2]``; `line` and `column` count from 1 in the document.
    """

    rule: RefusalRule
    json_path: str
    value: str | None
    reason: str
    line: int | None = None
    column: int | None = None


class Finding(NamedTuple):
    """Something unusual, which is counted as a warning."""

    table: str
    column: str
    rule: FindingRule
    example: str


class Result(msgspec.Struct):
    """The rows read from a document, or the reasons to refuse it.

    Attributes:
        entity_id: the DUNS that names the entity; None if it was not found.
        source_timestamp: the vendor's time of the document, UTC.
        covers: for each table of the contract, whether the document covers it.
        rows: for each table the kernel reads, its rows; empty if the document is refused.
        violations: why the document is refused; empty if it is accepted.
        rejected: why elements of its lists are rejected.
        findings: warnings.
        element_count: elements of the lists that make rows.
        collapsed_count: those equal to an earlier one with the same key.
        rejected_count: those that make no row.
    """

    entity_id: str | None
    source_timestamp: datetime | None
    covers: tuple[bool, ...] = ()
    rows: list[list[tuple[Any, ...]]] = []
    violations: list[Violation] = []
    rejected: list[Violation] = []
    findings: list[Finding] = []
    element_count: int = 0
    collapsed_count: int = 0
    rejected_count: int = 0
