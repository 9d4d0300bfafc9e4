"""Cells: finds a column's value in a document and converts it to the column's type."""

from typing import Any, NamedTuple

from firmograph.contract.model import Column, ColumnType, Rule
from firmograph.contract.path import Path
from firmograph.kernel.document import Refused, join_path, show_value
from firmograph.kernel.figures import to_single_units
from firmograph.kernel.result import Violation
from firmograph.kernel.values import Unfit, allowed_for, convert
from firmograph.kernel.walk import Faults, Place, Walk, path_and_value, unfit_fault


class Cell(NamedTuple):
    """A column's value, and the word for the path it was found at."""

    value: Any = None
    label: str | None = None


class CellReader:
    """Reads the cells of one document.

    Attributes:
        covered_tables: the tables the document covers; only there are missing values reported.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk
        self.covered_tables: frozenset[str] = frozenset()

    def cell(self, table: str, column: Column, element: Place, faults: Faults) -> Cell:
        """A column's cell.

        An unfit value is a warning and reads as NULL; it goes to `faults` if the column is
        mandatory or says so.
        """
        for place, path in enumerate(column.paths):
            try:
                found = list(self._walk.find(path, element))
                self._warn_of_doubts(table, column)
                if not found:
                    continue
                if len(found) > 1 and column.type is not ColumnType.PRESENT:
                    example = f"{_shown(found[0])} taken, {len(found)} match"
                    self._walk.finding(table, column.name, "ambiguous", example)
                value = self._converted(table, column, found[0])
            except Refused as refused:
                self._warn_of_doubts(table, column)
                self._take_fault(table, column, refused.violation, faults)
                return Cell()
            return Cell(value, column.labels[place] if column.labels else None)
        self._report_missing(table, column, element, faults)
        return Cell(False if column.type is ColumnType.PRESENT else None)

    def _report_missing(self, table: str, column: Column, element: Place, faults: Faults) -> None:
        if column.rule is Rule.MANDATORY:
            place = self._stated(column.paths[0], element)
            name, seen = _dotted(column.paths[0]), show_value(place.value)
            reason = f"{name} is missing; {table} requires it"
            if isinstance(place.value, str):
                what = f"{seen!r} counts as missing" if place.value.strip() else "the text is blank"
                reason = f"{reason}: {what}"
            fault = Violation("mandatory", place.path, seen, reason)
            faults.setdefault(("mandatory", place.path), fault)
        elif column.rule is Rule.EXPECTED and table in self.covered_tables:
            self._walk.finding(table, column.name, "expected")

    def _stated(self, path: Path, element: Place) -> Place:
        """What stands at the keys of a path, as far as objects lead there."""
        place = self._walk.start(path, element)
        for step in path.steps:
            inner = place.value.get(step.key) if isinstance(place.value, dict) else None
            place = Place(inner, join_path(place.path, step.key))
        return place

    def _take_fault(self, table: str, column: Column, fault: Violation, faults: Faults) -> None:
        if column.refuses or column.rule is Rule.MANDATORY:
            faults.setdefault((fault.rule, fault.json_path), fault)
        else:
            self._walk.unfit(table, column.name, fault)

    def _warn_of_doubts(self, table: str, column: Column) -> None:
        for doubt in self._walk.doubts:
            self._walk.unfit(table, column.name, doubt)
        self._walk.doubts.clear()

    def _converted(self, table: str, column: Column, place: Place) -> Any:
        """The value at a place.

        Raises:
            Refused: if it does not fit the column's type, or its unit is not known.
        """
        try:
            value, warning = convert(column.type, place.value)
        except Unfit as unfit:
            raise Refused(unfit_fault(place, allowed_for(column.type, place.value))) from unfit
        if column.unit and (unit := self._walk.unit_of(place, column.unit)):
            try:
                value = to_single_units(value, unit.value)
            except Unfit as unfit:
                fault = unfit_fault(unit, "a known unit, such as SingleUnits or Thousand")
                raise Refused(fault) from unfit
        if warning:
            self._walk.finding(table, column.name, warning, _shown(place))
        return value


def _shown(place: Place) -> str:
    return path_and_value(place.path, show_value(place.value))


def _dotted(path: Path) -> str:
    return ".".join(step.key for step in path.steps)
