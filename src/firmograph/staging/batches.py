"""Readings as columns: what the kernel found in documents, on its way to the engine.

For each document type, ``documents_<type>`` holds a row a document; for each table the kernel
reads, ``rows_<table>`` holds its rows with the `ingest_seq` of their document and their place in
it. ``pages`` holds facts of tree pages; ``refusals`` and ``findings`` hold what goes to control.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.kernel.page_facts import page_facts
from firmograph.kernel.result import Finding, Result, Violation
from firmograph.lake.tables import CONTROL, TIMESTAMP, column_schema

_DOCUMENT_COLUMNS = (
    ("ingest_seq", pa.int64()),
    ("document_id", pa.string()),
    ("entity_id", pa.string()),
    ("source_timestamp", TIMESTAMP),
    ("is_accepted", pa.bool_()),
    ("element_count", pa.int64()),
    ("collapsed_count", pa.int64()),
    ("rejected_count", pa.int64()),
    ("row_count", pa.int64()),
)
_FINDINGS = pa.schema(
    [
        ("ingest_seq", pa.int64()),
        ("table_name", pa.string()),
        ("column_name", pa.string()),
        ("rule", pa.string()),
        ("example", pa.string()),
    ]
)
REFUSALS = pa.schema(
    [f for f in CONTROL["tb_quarantine_files"].schema if f.name not in ("load_timestamp", "run_id")]
)
TAKEN_ROWS = 2_000
"""After so many rows they become columns: more would not stay in the processor's cache."""

Tables = dict[str, pa.Table]


class DocumentRef(NamedTuple):
    """A document's names: what leads from a row back to its raw bytes."""

    document_type: str
    ingest_seq: int
    document_id: str
    file_name: str
    record_number: int
    page: int | None = None


class BatchBuilder:
    """Collects readings, and gives them as Arrow tables.

    Attributes:
        schemas: of every table there may be.
        count: rows collected since the last `take`, about.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self.schemas = staged_schemas(contracts)
        self.count = 0
        self._contracts = contracts
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self.schemas}
        self._places: dict[str, tuple[list[int], list[int]]] = {
            table.name: ([], []) for c in contracts.values() for table in c.tables
        }

    def add(self, ref: DocumentRef, result: Result) -> None:
        """Collects one document's reading."""
        seq = ref.ingest_seq
        contract = self._contracts[ref.document_type]
        row_count = self.add_rows(ref, result)
        covers = result.covers or (False,) * len(contract.tables)
        self._rows[f"documents_{contract.name}"].append(
            (
                seq,
                ref.document_id,
                result.entity_id,
                result.source_timestamp,
                not result.violations,
                result.element_count,
                result.collapsed_count,
                result.rejected_count,
                row_count,
                *covers,
            )
        )
        if contract.delivery and result.rows:
            names = (result.entity_id, seq, ref.document_id, result.source_timestamp)
            facts = page_facts(result.rows[-1][0], ref.page)
            member_count = len(result.rows[contract.tables.index(contract.members)])
            self._rows["pages"].append((*names, *facts, member_count))
        if result.findings:
            self._rows["findings"] += [(seq, *finding) for finding in result.findings]
        if result.violations or result.rejected:
            self.refuse(ref, result.entity_id, "document", result.violations)
            self.refuse(ref, result.entity_id, "element", result.rejected)
        self.count += 1

    def add_rows(self, ref: DocumentRef, result: Result) -> int:
        """Collects a document's rows alone, for one already accounted for; counts its elements."""
        contract = self._contracts[ref.document_type]
        count = 0
        for table, rows in zip(contract.tables, result.rows, strict=False):
            seqs, numbers = self._places[table.name]
            self._rows[f"rows_{table.name}"] += rows
            seqs += [ref.ingest_seq] * len(rows)
            numbers += range(len(rows))
            self.count += len(rows)
            count += len(rows) if table.each else 0
        return count

    def find(self, findings: Iterable[Finding]) -> None:
        """Collects findings that belong to no single document."""
        self._rows["findings"] += [(None, *finding) for finding in findings]

    def refuse(
        self, ref: DocumentRef, entity_id: str | None, scope: str, violations: Iterable[Violation]
    ) -> None:
        """Collects rows for the quarantine."""
        for v in violations:
            row = {
                "file_name": ref.file_name,
                "reason": v.reason,
                "document_id": ref.document_id,
                "document_type": ref.document_type,
                "entity_id": entity_id,
                "record_number": ref.record_number,
                "rule": v.rule,
                "json_path": v.json_path,
                "value": v.value,
                "line": v.line,
                "column": v.column,
                "status": "open",
                "attempt": 1,
                "scope": scope,
                "ingest_seq": ref.ingest_seq if scope != "file" else None,
            }
            self._rows["refusals"].append(tuple(row[name] for name in REFUSALS.names))

    def take(self) -> Tables:
        """Gives what was collected, by table, and forgets it; no table without rows."""
        taken = {}
        for name, rows in self._rows.items():
            if rows:
                places = self._places.get(name.removeprefix("rows_"), ())
                taken[name] = as_table(self.schemas[name], rows, places)
                for collected in (rows, *places):
                    collected.clear()
        self.count = 0
        return taken


def staged_schemas(contracts: Mapping[str, Contract]) -> dict[str, pa.Schema]:
    """The columns of every table that readings become."""
    schemas = {
        "findings": _FINDINGS,
        "refusals": REFUSALS,
        "pages": CONTROL["tb_tree_pages"].schema,
    }
    for contract in contracts.values():
        covers = [(table.name, pa.bool_()) for table in contract.tables]
        schemas[f"documents_{contract.name}"] = pa.schema([*_DOCUMENT_COLUMNS, *covers])
        for table in contract.tables:
            place = [("ingest_seq", pa.int64()), ("row_number", pa.int64())]
            schema = pa.schema([*place, *column_schema(table.read_columns)])
            schemas[f"rows_{table.name}"] = schema
    return schemas


def entity_columns(contracts: Iterable[Contract]) -> dict[str, str]:
    """By table that readings become, the column that holds the entity."""
    columns = {"pages": "global_duns"}
    for contract in contracts:
        columns[f"documents_{contract.name}"] = "entity_id"
        columns |= {f"rows_{table.name}": table.key[0] for table in contract.tables}
    return columns


def as_table(
    schema: pa.Schema, rows: list[tuple[Any, ...]], places: Iterable[list[int]] = ()
) -> pa.Table:
    """Turns rows into columns; `places` are columns already, and come first."""
    columns = [*places, *zip(*rows, strict=True)]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
