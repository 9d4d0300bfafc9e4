"""Staging: readings become temporary tables of the engine, from which a run publishes."""

from collections.abc import Iterable, Mapping

from firmograph.contract.model import Contract
from firmograph.engine.base import Engine
from firmograph.kernel.result import Finding, Violation
from firmograph.staging.batches import BatchBuilder, DocumentRef
from firmograph.staging.spill import Spilled


class StagingTables:
    """Collects readings and hands them to the engine."""

    def __init__(self, engine: Engine, contracts: Mapping[str, Contract]) -> None:
        self._engine = engine
        self._builder = BatchBuilder(contracts)
        for name, schema in self._builder.schemas.items():
            engine.stage(name, schema.empty_table())

    def find(self, findings: Iterable[Finding]) -> None:
        """Stages findings that belong to no single document."""
        self._builder.find(findings)

    def refuse(self, ref: DocumentRef, violations: Iterable[Violation]) -> None:
        """Stages the refusal of a file or of a part of it."""
        self._builder.refuse(ref, None, "file", violations)

    def load(self, spilled: Spilled) -> None:
        """Stages readings that are columns already."""
        for name, rows in spilled.tables.items():
            self._engine.stage(name, rows)
        for file in spilled.files:
            self._engine.stage_file(file.table, file.path, file.size)

    def flush(self) -> None:
        """Hands everything to the engine."""
        self.load(Spilled(self._builder.take()))
