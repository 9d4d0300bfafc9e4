"""Follows paths in a parsed document, and collects violations and findings on the way."""

from collections.abc import Container, Iterator
from typing import Any, NamedTuple

from firmograph.contract.path import Path, Pick, Scope, Step
from firmograph.contract.rules import FindingRule, RefusalRule
from firmograph.kernel.document import Refused, join_path, show_value
from firmograph.kernel.figures import date_order, is_code
from firmograph.kernel.result import Finding, Violation
from firmograph.kernel.values import Unfit, is_missing

SHOWN = 60
"""How many characters of an unfit value a warning shows."""
Faults = dict[tuple[str, str], Violation]
"""Violations by rule and JSON path, so that each is reported once."""


class Place(NamedTuple):
    """A value and its JSON path; `outer` is the object it was found in, on the way of a path."""

    value: Any
    path: str
    outer: "Place | None" = None


class Walk:
    """One document while it is read.

    Attributes:
        violations: why the document is refused.
        rejected: why elements of its lists are rejected.
        findings: warnings.
        doubts: dates that could not be compared, beside a value that was found.
        entity: the DUNS that names its entity, once found.
        record: the record, once found; the document until then.
        beside: the object that contains the record.
    """

    def __init__(self, document: Any, missing_values: Container[str] = ()) -> None:
        self.violations: Faults = {}
        self.rejected: list[Violation] = []
        self.findings: list[Finding] = []
        self.doubts: list[Violation] = []
        self.entity: str | None = None
        self.record = self.beside = Place(document, "$")
        self._missing_values = missing_values

    def is_missing(self, value: Any) -> bool:
        """Whether a value is one of the spellings of NULL."""
        return is_missing(value, self._missing_values)

    def refuse(self, rule: RefusalRule, place: Place, reason: str) -> None:
        """Adds a reason to refuse the document."""
        violation = Violation(rule, place.path, show_value(place.value), reason)
        self.violations.setdefault((rule, place.path), violation)

    def finding(self, table: str, column: str, rule: FindingRule, example: str = "") -> None:
        """Adds a warning; its example is the DUNS with a path and a value, if these are given."""
        words = f"{self.entity or ''} {example}" if example else self.entity or ""
        self.findings.append(Finding(table, column, rule, words))

    def unfit(self, table: str, column: str, fault: Violation) -> None:
        """Adds a warning about a value that is read as NULL."""
        self.finding(table, column, "unfit", path_and_value(fault.json_path, fault.value))

    def start(self, path: Path, element: Place) -> Place:
        """The place where a path begins."""
        return {
            Scope.ELEMENT: element,
            Scope.RECORD: self.record,
            Scope.BESIDE: self.beside,
        }[path.scope]

    def reach(self, place: Place, steps: tuple[Step, ...]) -> Place:
        """Follows plain keys.

        Raises:
            Refused: if there is something else than an object on the way.
        """
        for step in steps:
            if self.is_missing(place.value):
                return Place(None, join_path(place.path, step.key))
            if not isinstance(place.value, dict):
                raise Refused(shape_fault(place, "a JSON object"))
            place = Place(place.value.get(step.key), join_path(place.path, step.key))
        return place

    def find(self, path: Path, element: Place) -> Iterator[Place]:
        """Yields each value a path finds: several only if several elements of a list match.

        Raises:
            Refused: if something on the way has the wrong shape, or no code can be compared.
        """
        begin = self.start(path, element)
        yield from self._follow(Place(begin.value, begin.path), path.steps)

    def _follow(self, place: Place, steps: tuple[Step, ...]) -> Iterator[Place]:
        if self.is_missing(place.value):
            return
        if not steps:
            yield place
            return
        if not isinstance(place.value, dict):
            raise Refused(shape_fault(place, "a JSON object"))
        step = steps[0]
        inner = Place(place.value.get(step.key), join_path(place.path, step.key), place)
        if step.pick is None:
            yield from self._follow(inner, steps[1:])
            return
        matching = self._matching(inner, step.pick)
        for group in self._by_date(matching, step.pick.newest) if step.pick.newest else [matching]:
            found = [p for element in group for p in self._follow(element, steps[1:])]
            if found:
                yield from found
                return

    def _matching(self, place: Place, pick: Pick) -> list[Place]:
        """The elements of a list that a pick matches."""
        matching: list[Place] = []
        fault: Violation | None = None
        for element in self._listed(place):
            if self.is_missing(element.value):
                continue
            if not isinstance(element.value, dict):
                raise Refused(shape_fault(element, "a JSON object"))
            if pick.field is None or pick.value is None:
                matching.append(element)
                continue
            code = Place(element.value.get(pick.field), join_path(element.path, pick.field))
            try:
                if not self.is_missing(code.value) and is_code(code.value, pick.value):
                    matching.append(element)
            except Unfit:
                fault = fault or unfit_fault(code, f"a code to be compared with {pick.value}")
        if fault and not matching:
            raise Refused(fault)
        return matching

    def _listed(self, place: Place) -> list[Place]:
        """The elements of a list, or the one object in its place."""
        if self.is_missing(place.value):
            return []
        if isinstance(place.value, dict):
            self.finding("", place.path, "single_object", place.path)
            return [place]
        if not isinstance(place.value, list):
            raise Refused(shape_fault(place, "a list"))
        return [
            Place(value, join_path(place.path, index), place.outer)
            for index, value in enumerate(place.value)
        ]

    def _by_date(self, elements: list[Place], field: str) -> list[list[Place]]:
        """Groups elements of equal dates, the newest first, those without a date last."""
        groups: dict[str, list[Place]] = {}
        for element in elements:
            date = Place(element.value.get(field), join_path(element.path, field))
            order = ""
            try:
                if not self.is_missing(date.value):
                    order = date_order(date.value)
            except Unfit:
                self.doubts.append(unfit_fault(date, "a date to be compared with others"))
            groups.setdefault(order, []).append(element)
        return [groups[order] for order in sorted(groups, reverse=True)]

    def unit_of(self, place: Place, key: str) -> Place | None:
        """The unit of a value: from the nearest object around it that tells one."""
        outer = place.outer
        while outer is not None:
            value = outer.value.get(key) if isinstance(outer.value, dict) else None
            if not self.is_missing(value):
                return Place(value, join_path(outer.path, key))
            outer = outer.outer
        return None


def path_and_value(path: str, value: str | None) -> str:
    """A path and the beginning of the value seen there, as the example of a warning."""
    text = "null" if value is None else value
    return f"{path}: {text if len(text) <= SHOWN else f'{text[: SHOWN - 1]}…'}"


def unfit_fault(place: Place, wanted: str) -> Violation:
    """The violation of a value that is not what is wanted."""
    name = place.path.rsplit(".", 1)[-1]
    return Violation("type", place.path, show_value(place.value), f"{name} is not {wanted}")


def shape_fault(place: Place, wanted: str) -> Violation:
    """The violation of a value that does not have the wanted shape."""
    return unfit_fault(place, wanted)._replace(rule="shape")
