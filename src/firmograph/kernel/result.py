"""What the kernel finds in one document: typed rows for each table, or why it is refused."""

from datetime import datetime
from typing import Any, NamedTuple

import msgspec

VALUE_LIMIT = 200
"""Characters of a refused value that are kept beside its reason; all of it is in ODS."""


class Violation(NamedTuple):
    """One reason to refuse a document or an element of a list.

    `json_path` names the place as ``$.a.b[2]``; `line` and `column` count from 1 in the document.
    """

    rule: str
    json_path: str
    value: str | None
    reason: str
    line: int | None = None
    column: int | None = None


class Finding(NamedTuple):
    """One thing that is counted as a warning."""

    table: str
    column: str
    rule: str
    example: str


class Result(msgspec.Struct):
    """What was read from a document.

    Attributes:
        entity_id: the DUNS that names the entity; None where it was not found.
        source_timestamp: the vendor's time of the document, UTC.
        covers: for each table of the contract, whether the document covers it.
        rows: for each table the kernel reads, its rows; none where the document is refused.
        violations: why the document is refused; empty where it is accepted.
        rejected: why elements of its lists are rejected.
        findings: warnings.
        element_count: elements of the lists that make rows.
        collapsed_count: elements equal to an earlier one with the same key.
        rejected_count: elements that make no row.
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
