"""Staging: readings become temporary tables of the engine, from which a run publishes."""

from collections.abc import Iterable, Mapping

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.contract.reading import Finding, Reading, Violation
from firmograph.engine.base import Engine
from firmograph.readings import DocumentRef, Readings, Tables

FLUSH_ROWS = 50_000


class Staging:
    """Collects readings and hands them to the engine in batches."""

    def __init__(self, engine: Engine, contracts: Mapping[str, Contract]) -> None:
        self._engine = engine
        self._readings = Readings(contracts)
        self._waiting: dict[str, list[pa.Table]] = {}
        self._count = 0
        for name, schema in self._readings.schemas.items():
            engine.stage(name, schema.empty_table())

    def add(self, ref: DocumentRef, reading: Reading) -> None:
        """Stages one document's reading."""
        self._readings.add(ref, reading)
        if self._readings.count > FLUSH_ROWS:
            self.flush()

    def add_rows(self, ref: DocumentRef, reading: Reading) -> None:
        """Stages a document's rows alone, for one already accounted for."""
        self._readings.add_rows(ref, reading)
        if self._readings.count > FLUSH_ROWS:
            self.flush()

    def find(self, findings: Iterable[Finding]) -> None:
        """Stages findings that belong to no single document."""
        self._readings.find(findings)

    def refuse(self, ref: DocumentRef, violations: Iterable[Violation]) -> None:
        """Stages the refusal of a file or of a part of it."""
        self._readings.refuse(ref, None, "file", violations)

    def take_in(self, tables: Tables) -> None:
        """Stages readings that are columns already."""
        for name, rows in tables.items():
            self._waiting.setdefault(name, []).append(rows)
            self._count += rows.num_rows
        if self._count > FLUSH_ROWS:
            self.flush()

    def discard_from(self, ingest_seq: int) -> None:
        """Forgets the documents from `ingest_seq` on, and their rows."""
        self.flush()
        for name in self._readings.schemas:
            self._engine.keep(name, f"ingest_seq < {ingest_seq} OR ingest_seq IS NULL")

    def flush(self) -> None:
        """Hands everything to the engine."""
        for name, rows in self._readings.take().items():
            self._waiting.setdefault(name, []).append(rows)
        for name, parts in self._waiting.items():
            self._engine.stage(name, pa.concat_tables(parts))
        self._waiting.clear()
        self._count = 0
