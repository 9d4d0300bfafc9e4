"""Follows the paths of contracts, given as plain data, independently of the kernel."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from firmograph.verify.values import Fault, age, is_missing, is_same_code


class Step(NamedTuple):
    """A key of a path; if `picks`, elements of the list under it are picked."""

    key: str
    picks: bool = False
    field: str | None = None
    code: str | None = None
    newest: str | None = None


class Path(NamedTuple):
    """A path: where it begins, and its steps."""

    scope: str
    steps: tuple[Step, ...]


class Found(NamedTuple):
    """A value, and the objects passed on the way to it."""

    value: Any
    passed: tuple[dict[str, Any], ...] = ()


def plain_path(body: dict[str, Any]) -> Path:
    """A path as a snapshot stores it."""
    steps = []
    for step in body["steps"]:
        pick = step["pick"]
        if pick is None:
            steps.append(Step(step["key"]))
        else:
            steps.append(Step(step["key"], True, pick["field"], pick["value"], pick.get("newest")))
    return Path(body["scope"], tuple(steps))


class Finder:
    """Finds values in documents.

    Args:
        missing_values: texts that mean NULL.
    """

    def __init__(self, missing_values: Iterable[str] = ()) -> None:
        self._missing_values = frozenset(missing_values)

    def is_missing(self, value: Any) -> bool:
        """Whether a value is one of the spellings of NULL."""
        return is_missing(value, self._missing_values)

    def find(self, path: Path, start: Any) -> list[Found]:
        """Each value a path finds.

        Raises:
            Fault: if the way there does not have the path's shape, or no code can be compared.
        """
        return self._find(path.steps, Found(start))

    def _find(self, steps: tuple[Step, ...], found: Found) -> list[Found]:
        if self.is_missing(found.value):
            return []
        if not steps:
            return [found]
        step, *rest = steps
        around = as_object(found.value)
        passed = (*found.passed, around)
        inner = around.get(step.key)
        if not step.picks:
            return self._find(tuple(rest), Found(inner, passed))
        elements = [] if self.is_missing(inner) else self._pick(step, listed(inner, self))
        found_by_age: dict[str, list[Found]] = {}
        for element in elements:
            at = age(element.get(step.newest), self._missing_values) if step.newest else ""
            found_by_age.setdefault(at, []).append(Found(element, passed))
        for at in sorted(found_by_age, reverse=True):
            reached = [r for one in found_by_age[at] for r in self._find(tuple(rest), one)]
            if reached:
                return reached
        return []

    def _pick(self, step: Step, elements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if step.field is None or step.code is None:
            return elements
        picked, fault = [], None
        for element in elements:
            code = element.get(step.field)
            try:
                if not self.is_missing(code) and is_same_code(code, step.code):
                    picked.append(element)
            except Fault as unfit:
                fault = fault or unfit
        if fault and not picked:
            raise fault
        return picked

    def unit(self, found: Found, key: str) -> Any:
        """The unit of a value: from the nearest object around it that has one; else None."""
        told = [one[key] for one in found.passed if not self.is_missing(one.get(key))]
        return told[-1] if told else None


def find_record(record_at: list[list[str]], document: Any) -> tuple[Any, Any]:
    """The record, and the object that contains it.

    Raises:
        Fault: if the document is not a JSON object with a record.
    """
    if not isinstance(document, dict):
        raise Fault("it is not a JSON object")
    for keys in record_at:
        if keys and keys[0] in document:
            record = beside = document
            for key in keys:
                beside, record = record, as_object(record.get(key))
            return record, beside
    if [] not in record_at:
        raise Fault("it holds no record")
    return document, document


def listed(value: Any, finder: Finder) -> list[dict[str, Any]]:
    """The objects of a list, or the one object in its place.

    Raises:
        Fault: if it is neither.
    """
    elements = [value] if isinstance(value, dict) else value
    if not isinstance(elements, list):
        raise Fault(f"{value!r:.80} is not a list")
    return [as_object(element) for element in elements if not finder.is_missing(element)]


def as_object(value: Any) -> dict[str, Any]:
    """The value, which must be a JSON object.

    Raises:
        Fault: if it is not.
    """
    if not isinstance(value, dict):
        raise Fault(f"{value!r:.80} is not a JSON object")
    return value
