"""Cells: finds a column's value in a document and converts it to the column's type."""

from typing import Any

from firmograph.contract.model import Column, ColumnType, Rule
from firmograph.contract.path import Path
from firmograph.kernel.document import Refused, join_path, show_value
from firmograph.kernel.result import Violation
from firmograph.kernel.values import Unfit, allowed_for, convert
from firmograph.kernel.walk import Faults, Place, Walk


class CellReader:
    """Reads the cells of one document.

    Attributes:
        covered_tables: the tables the document covers; only there are missing values reported.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.covered_tables: frozenset[str] = frozenset()

    def value(
        self,
        table: str,
        column: Column,
        element: Place,
        faults: Faults,
    ) -> Any:
        """A column's value; faults go to `faults`, those inside a picked element to `rejected`."""
        for path in column.paths:
            try:
                places = list(self._walk.find(path, element))
            except Refused as refused:
                self._take_fault(column, refused, faults)
                return None
            if not places:
                continue
            if len(places) > 1 and column.type is not ColumnType.PRESENT:
                self._walk.finding(table, column.name, "ambiguous")
            return self._converted(table, column, places[0], faults)
        if column.rule is Rule.MANDATORY:
            name = _dotted(column.paths[0])
            where = self._walk.start(column.paths[0], element).path
            for step in column.paths[0].steps:
                where = join_path(where, step.key)
            reason = f"{name} is missing; {table} cannot do without it"
            faults.setdefault(("mandatory", where), Violation("mandatory", where, None, reason))
        elif column.rule is Rule.EXPECTED and table in self.covered_tables:
            self._walk.finding(table, column.name, "expected")
        return False if column.type is ColumnType.PRESENT else None

    def _take_fault(self, column: Column, refused: Refused, faults: Faults) -> None:
        """Adds a fault; one inside a picked element rejects only that element."""
        fault = refused.violation
        if refused.in_list and column.rule is not Rule.MANDATORY:
            self._walk.rejected.append(fault)
        else:
            faults.setdefault((fault.rule, fault.json_path), fault)

    def _converted(
        self,
        table: str,
        column: Column,
        place: Place,
        faults: Faults,
    ) -> Any:
        try:
            value, warning = convert(column.type, place.value)
        except Unfit:
            name = place.path.rsplit(".", 1)[-1]
            reason = f"{name} is not {allowed_for(column.type, place.value)}"
            fault = Violation("type", place.path, show_value(place.value), reason)
            if place.in_list and column.rule is not Rule.MANDATORY:
                self._walk.rejected.append(fault)
            else:
                faults.setdefault((fault.rule, fault.json_path), fault)
            return None
        if warning:
            self._walk.finding(table, column.name, warning)
        return value


def _dotted(path: Path) -> str:
    return ".".join(step.key for step in path.steps)
