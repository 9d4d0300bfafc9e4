"""Batches: collects the kernel's results as rows, and returns them as Arrow tables."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from firmograph.contract.model import Contract, Table
from firmograph.kernel.page_facts import page_facts
from firmograph.kernel.result import Finding, Result, Violation
from firmograph.staging.schema import (
    FINDINGS,
    PAGES,
    REFUSALS,
    DocumentRow,
    as_table,
    documents_of,
    row_getter,
    rows_of,
    staged_relations,
)

TAKEN_ROWS = 2_000
"""After this many rows they are converted to columns, while they are in the processor's cache."""

Tables = dict[str, pa.Table]
"""Rows by the name of their staged relation."""
_finding_row, _refusal_row, _page_row = map(row_getter, (FINDINGS, REFUSALS, PAGES))


class DocumentRef(NamedTuple):
    """Identifies a document, so that its raw bytes can be found."""

    document_type: str
    ingest_seq: int
    document_id: str
    file_name: str
    record_number: int
    page: int | None = None


class _TableRows(NamedTuple):
    """The rows collected for one table, and the columns that tell where each is from."""

    name: str
    rows: list[tuple[Any, ...]]
    seqs: list[int]
    numbers: list[int]
    is_list: bool


class BatchBuilder:
    """Collects the kernel's results as rows, and returns them as Arrow tables.

    Attributes:
        count: the approximate number of rows since the last `take`.
    """

    def __init__(self, contracts: Mapping[str, Contract]) -> None:
        self.count = 0
        self._contracts = contracts
        self._schemas = {
            name: relation.schema for name, relation in staged_relations(contracts.values()).items()
        }
        self._rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in self._schemas}
        self._documents = {
            name: (documents_of(contract).name, (False,) * len(contract.tables))
            for name, contract in contracts.items()
        }
        self._tables = {
            name: [self._table(table) for table in contract.tables]
            for name, contract in contracts.items()
        }
        self._places = {
            table.name: (table.seqs, table.numbers)
            for tables in self._tables.values()
            for table in tables
        }

    def _table(self, table: Table) -> _TableRows:
        name = rows_of(table).name
        return _TableRows(name, self._rows[name], [], [], bool(table.each))

    def add(self, ref: DocumentRef, result: Result) -> int | None:
        """Collects the result of one document; returns its page number, None if unknown."""
        contract = self._contracts[ref.document_type]
        row_count = self.add_rows(ref, result)
        self._add_document(ref, result, row_count)
        page = ref.page
        if contract.delivery and result.rows:
            page = self._add_page(ref, result)
        self.add_findings(result.findings, ref.ingest_seq)
        if result.violations or result.rejected:
            self.add_refusals(ref, result.entity_id, "document", result.violations)
            self.add_refusals(ref, result.entity_id, "element", result.rejected)
        self.count += 1
        return page

    def add_rows(self, ref: DocumentRef, result: Result) -> int:
        """Collects only the rows of a document; returns the number of rows from lists."""
        count = 0
        for table, rows in zip(self._tables[ref.document_type], result.rows, strict=False):
            if added := len(rows):
                table.rows.extend(rows)
                table.seqs.extend([ref.ingest_seq] * added)
                table.numbers.extend(range(added))
                self.count += added
                count += added if table.is_list else 0
        return count

    def _add_document(self, ref: DocumentRef, result: Result, row_count: int) -> None:
        name, no_covers = self._documents[ref.document_type]
        row = DocumentRow(
            ref.ingest_seq,
            ref.document_id,
            result.entity_id,
            result.source_timestamp,
            not result.violations,
            result.element_count,
            result.collapsed_count,
            result.rejected_count,
            row_count,
        )
        self._rows[name].append(row + (result.covers or no_covers))

    def _add_page(self, ref: DocumentRef, result: Result) -> int | None:
        contract = self._contracts[ref.document_type]
        members = result.rows[contract.tables.index(contract.members)]
        # a number in the file's name is that of the first document in it
        file_page = ref.page if ref.record_number == 1 else None
        facts = page_facts(result.rows[-1][0], file_page)
        values = {
            "global_duns": result.entity_id,
            "ingest_seq": ref.ingest_seq,
            "document_id": ref.document_id,
            "source_timestamp": result.source_timestamp,
            **facts._asdict(),
            "member_count": len(members),
        }
        self._rows[PAGES.name].append(_page_row(values))
        return facts.page_number

    def add_findings(self, findings: Iterable[Finding], ingest_seq: int | None = None) -> None:
        """Collects findings; those without `ingest_seq` belong to no single document."""
        rows = self._rows[FINDINGS.name]
        for found in findings:
            values = {
                "ingest_seq": ingest_seq,
                "table_name": found.table,
                "column_name": found.column,
                "rule": found.rule,
                "example": found.example,
            }
            rows.append(_finding_row(values))

    def add_refusals(
        self, ref: DocumentRef, entity_id: str | None, scope: str, violations: Iterable[Violation]
    ) -> None:
        """Collects rows for the quarantine."""
        for v in violations:
            values = {
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
            self._rows[REFUSALS.name].append(_refusal_row(values))

    def take(self) -> Tables:
        """Returns the rows collected, without empty tables, and clears the builder."""
        taken = {}
        for name, rows in self._rows.items():
            if rows:
                places = self._places.get(name, ())
                taken[name] = as_table(self._schemas[name], rows, places)
                for collected in (rows, *places):
                    collected.clear()
        self.count = 0
        return taken
