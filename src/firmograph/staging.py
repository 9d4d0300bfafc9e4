"""Staging: readings become temporary tables of the engine, from which a run publishes."""

from collections.abc import Iterable, Mapping

from firmograph.contract.model import Contract
from firmograph.contract.reading import Finding, Reading, Violation
from firmograph.engine.base import Engine
from firmograph.piles import Pile, Piled
from firmograph.readings import TAKEN_ROWS, DocumentRef, Readings, entity_columns


class Staging:
    """Collects readings and hands them to the engine."""

    def __init__(self, engine: Engine, contracts: Mapping[str, Contract]) -> None:
        self._engine = engine
        self._readings = Readings(contracts)
        self._pile = Pile(engine.spill, entity_columns(contracts.values()))
        for name, schema in self._readings.schemas.items():
            engine.stage(name, schema.empty_table())

    def add(self, ref: DocumentRef, reading: Reading) -> None:
        """Stages one document's reading."""
        self._readings.add(ref, reading)
        self._keep_few()

    def add_rows(self, ref: DocumentRef, reading: Reading) -> None:
        """Stages a document's rows alone, for one already accounted for."""
        self._readings.add_rows(ref, reading)
        self._keep_few()

    def find(self, findings: Iterable[Finding]) -> None:
        """Stages findings that belong to no single document."""
        self._readings.find(findings)

    def refuse(self, ref: DocumentRef, violations: Iterable[Violation]) -> None:
        """Stages the refusal of a file or of a part of it."""
        self._readings.refuse(ref, None, "file", violations)

    def take_in(self, piled: Piled) -> None:
        """Stages readings that are columns already."""
        for name, rows in piled.tables.items():
            self._engine.stage(name, rows)
        for file in piled.files:
            self._engine.stage_file(file.table, file.path, file.size)

    def flush(self) -> None:
        """Hands everything to the engine."""
        self._pile.add(self._readings.take())
        self.take_in(self._pile.take())

    def _keep_few(self) -> None:
        if self._readings.count > TAKEN_ROWS:
            self._pile.add(self._readings.take())
