"""Staging: readings become temporary tables of the engine, from which a run publishes.

For each document type, ``documents_<type>`` holds a row a document; for each table the kernel
reads, ``rows_<table>`` holds its rows with the `ingest_seq` of their document and their place in
it. ``pages`` holds facts of tree pages; ``refusals`` and ``findings`` hold what goes to control.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from firmograph.contract.delivery import page_facts
from firmograph.contract.model import Contract
from firmograph.contract.reading import Finding, Reading, Violation
from firmograph.engine.base import Engine
from firmograph.tables import CONTROL, TIMESTAMP, column_schema

FLUSH_ROWS = 50_000

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


class DocumentRef(NamedTuple):
    """A document's names: what leads from a row back to its raw bytes."""

    document_type: str
    ingest_seq: int
    document_id: str
    file_name: str
    record_number: int
    page: int | None = None


class Staging:
    """Collects readings and hands them to the engine in batches."""

    def __init__(self, engine: Engine, contracts: Mapping[str, Contract]) -> None:
        self.engine = engine
        self.contracts = contracts
        pages = CONTROL["tb_tree_pages"].schema
        self._schemas = {"findings": _FINDINGS, "refusals": REFUSALS, "pages": pages}
        for contract in contracts.values():
            covers = [(table.name, pa.bool_()) for table in contract.tables]
            schema = pa.schema([*_DOCUMENT_COLUMNS, *covers])
            self._schemas[f"documents_{contract.name}"] = schema
            for table in contract.tables:
                place = [("ingest_seq", pa.int64()), ("row_number", pa.int64())]
                schema = pa.schema([*place, *column_schema(table.read_columns)])
                self._schemas[f"rows_{table.name}"] = schema
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._schemas}
        self._pending = 0
        for name, schema in self._schemas.items():
            engine.stage(name, schema.empty_table())

    def add(self, ref: DocumentRef, reading: Reading) -> None:
        """Stages one document's reading."""
        seq = ref.ingest_seq
        contract = self.contracts[ref.document_type]
        row_count = self.add_rows(ref, reading)
        covers = reading.covers or (False,) * len(contract.tables)
        self._rows[f"documents_{contract.name}"].append(
            (
                seq,
                ref.document_id,
                reading.entity_id,
                reading.source_timestamp,
                not reading.violations,
                reading.element_count,
                reading.collapsed_count,
                reading.rejected_count,
                row_count,
                *covers,
            )
        )
        if contract.delivery and reading.rows:
            names = (reading.entity_id, seq, ref.document_id, reading.source_timestamp)
            facts = page_facts(reading.rows[-1][0], ref.page)
            self._rows["pages"].append((*names, *facts, row_count))
        if reading.findings:
            self._rows["findings"] += [(seq, *finding) for finding in reading.findings]
        if reading.violations or reading.rejected:
            self.refuse(ref, reading.entity_id, "document", reading.violations)
            self.refuse(ref, reading.entity_id, "element", reading.rejected)
        self._pending += 1
        if self._pending > FLUSH_ROWS:
            self.flush()

    def add_rows(self, ref: DocumentRef, reading: Reading) -> int:
        """Stages a document's rows alone, for one already accounted for; counts its elements."""
        contract = self.contracts[ref.document_type]
        count = 0
        for table, rows in zip(contract.tables, reading.rows, strict=False):
            places = ((ref.ingest_seq, number, *row) for number, row in enumerate(rows))
            self._rows[f"rows_{table.name}"] += places
            self._pending += len(rows)
            count += len(rows) if table.each else 0
        return count

    def find(self, findings: Iterable[Finding]) -> None:
        """Stages findings that belong to no single document."""
        self._rows["findings"] += [(None, *finding) for finding in findings]

    def refuse(
        self, ref: DocumentRef, entity_id: str | None, scope: str, violations: Iterable[Violation]
    ) -> None:
        """Stages rows for the quarantine."""
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

    def discard_from(self, ingest_seq: int) -> None:
        """Forgets the documents from `ingest_seq` on, and their rows."""
        self.flush()
        for name in self._schemas:
            self.engine.compute(f"DELETE FROM {name} WHERE ingest_seq >= {ingest_seq}")

    def flush(self) -> None:
        """Hands everything to the engine."""
        for name, rows in self._rows.items():
            if rows:
                schema = self._schemas[name]
                columns = [
                    pa.array(column, field.type)
                    for column, field in zip(zip(*rows, strict=True), schema, strict=True)
                ]
                self.engine.stage(name, pa.Table.from_arrays(columns, schema=schema))
                rows.clear()
        self._pending = 0
