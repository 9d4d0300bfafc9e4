"""Staging tables: temporary tables of the engine, from which a run publishes."""

from collections.abc import Iterable, Mapping

from firmograph.contract.model import Contract
from firmograph.engine.base import Engine
from firmograph.kernel.result import Finding, Violation
from firmograph.staging.batches import BatchBuilder, DocumentRef
from firmograph.staging.schema import staged_relations
from firmograph.staging.spill import Spilled


class StagingTables:
    """The staging tables of one run: collects rows, and loads them into the engine."""

    def __init__(self, engine: Engine, contracts: Mapping[str, Contract]) -> None:
        self._engine = engine
        self._builder = BatchBuilder(contracts)
        self._relations = staged_relations(contracts.values())
        for relation in self._relations.values():
            engine.load(relation, relation.schema.empty_table())

    def add_findings(self, findings: Iterable[Finding]) -> None:
        """Collects findings that do not belong to a single document."""
        self._builder.add_findings(findings)

    def add_refusals(self, ref: DocumentRef, violations: Iterable[Violation]) -> None:
        """Collects the violations of a file or a part of it."""
        self._builder.add_refusals(ref, None, "file", violations)

    def load(self, spilled: Spilled) -> None:
        """Loads the rows of a spill buffer."""
        for name, rows in spilled.tables.items():
            self._engine.load(self._relations[name], rows)
        for file in spilled.files:
            self._engine.load_file(self._relations[file.table], *file[1:])

    def flush(self) -> None:
        """Loads the rows collected."""
        self.load(Spilled(self._builder.take()))
