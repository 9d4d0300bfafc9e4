"""Follows paths in a parsed document, and collects violations and findings on the way."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from firmograph.contract.path import Path, Pick, Scope, Step
from firmograph.contract.rules import FindingRule, RefusalRule
from firmograph.kernel.document import Refused, join_path, show_value
from firmograph.kernel.result import Finding, Violation
from firmograph.kernel.values import is_missing

Faults = dict[tuple[str, str], Violation]
"""Violations by rule and JSON path, so that each is reported once."""


class Place(NamedTuple):
    """A value and its JSON path; `in_list` if it is inside a picked element of a list."""

    value: Any
    path: str
    in_list: bool = False


class Walk:
    """One document while it is read.

    Attributes:
        violations: why the document is refused.
        rejected: why elements of its lists are rejected.
        findings: warnings.
        entity: the DUNS that names its entity, once found.
        record: the record, once found; the document until then.
        beside: the object that contains the record.
    """

    def __init__(self, document: Any) -> None:
        self.violations: Faults = {}
        self.rejected: list[Violation] = []
        self.findings: list[Finding] = []
        self.entity: str | None = None
        self.record = self.beside = Place(document, "$")

    def refuse(self, rule: RefusalRule, place: Place, reason: str) -> None:
        """Adds a reason to refuse the document."""
        violation = Violation(rule, place.path, show_value(place.value), reason)
        self.violations.setdefault((rule, place.path), violation)

    def finding(self, table: str, column: str, rule: FindingRule) -> None:
        """Adds a warning."""
        self.findings.append(Finding(table, column, rule, self.entity or ""))

    def start(self, path: Path, element: Place) -> Place:
        """The place where a path begins."""
        return {
            Scope.ELEMENT: element,
            Scope.RECORD: self.record,
            Scope.BESIDE: self.beside,
        }[path.scope]

    def reach(self, place: Place, steps: tuple[Step, ...]) -> Place:
        """Follows plain keys; a wrong shape on the way is refused and reads as missing."""
        for step in steps:
            if is_missing(place.value):
                return Place(None, join_path(place.path, step.key))
            if not isinstance(place.value, dict):
                self.refuse("shape", place, f"{place.path} is not a JSON object")
                return Place(None, place.path)
            place = Place(place.value.get(step.key), join_path(place.path, step.key))
        return place

    def find(self, path: Path, element: Place) -> Iterator[Place]:
        """Yields each value a path finds: several only if several elements of a list match."""
        yield from self._follow(self.start(path, element), path.steps)

    def _follow(self, place: Place, steps: tuple[Step, ...]) -> Iterator[Place]:
        if is_missing(place.value):
            return
        if not steps:
            yield place
            return
        if not isinstance(place.value, dict):
            raise Refused(shape_fault(place, "a JSON object"), in_list=place.in_list)
        step = steps[0]
        inner = Place(place.value.get(step.key), join_path(place.path, step.key), place.in_list)
        if step.pick is None:
            yield from self._follow(inner, steps[1:])
        else:
            for element in self._picked(inner, step.pick):
                yield from self._follow(element, steps[1:])

    def _picked(self, place: Place, pick: Pick) -> Iterator[Place]:
        if is_missing(place.value):
            return
        if isinstance(place.value, dict):
            self.finding("", place.path, "single_object")
            elements = [Place(place.value, place.path, in_list=True)]
        elif isinstance(place.value, list):
            elements = [
                Place(value, join_path(place.path, index), in_list=True)
                for index, value in enumerate(place.value)
            ]
        else:
            raise Refused(shape_fault(place, "a list"), in_list=place.in_list)
        for element in elements:
            if is_missing(element.value):
                continue
            if not isinstance(element.value, dict):
                raise Refused(shape_fault(element, "a JSON object"), in_list=True)
            if pick.field is None or element.value.get(pick.field) == pick.value:
                yield element


def shape_fault(place: Place, wanted: str) -> Violation:
    """The violation of a value that does not have the wanted shape."""
    name = place.path.rsplit(".", 1)[-1]
    return Violation("shape", place.path, show_value(place.value), f"{name} is not {wanted}")
