"""Writes the source of lookups: from a path to the variable that holds its value."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from firmograph.contract.model import Column, ColumnType
from firmograph.contract.path import Path, Scope, Step
from firmograph.kernel.fast_types import Names
from firmograph.kernel.figures import code_number


class Wanted(NamedTuple):
    """What a lookup is for: a column's type, and the field that tells a unit."""

    type: ColumnType | None = None
    unit: str | None = None

    @property
    def present(self) -> bool:
        """Whether only presence counts."""
        return self.type is ColumnType.PRESENT


def is_empty(raw: bytes, key: bytes) -> bool:
    """Whether a key is in the document once, with an empty object; what is not declared is skipped.

    Args:
        raw: the document.
        key: as JSON text.
    """
    return raw.count(key) == 1 and re.search(re.escape(key) + rb"\s*:\s*\{\s*\}", raw) is not None


class LookupWriter:
    """Writes source, line by line.

    Attributes:
        names: the attribute names of JSON keys.
        lines: of the function that is being written.
        helpers: the functions that pick from lists.
    """

    def __init__(self, optional: frozenset[str], missing_values: tuple[str, ...]) -> None:
        self.names = Names()
        self.lines: list[str] = []
        self.helpers: list[str] = []
        self._optional = optional
        self._missing_values = missing_values
        self._known: dict[str, str] = {}
        self._count = 0

    def line(self, depth: int, text: str) -> None:
        """Writes a line."""
        self.lines.append("    " * depth + text)

    def fresh(self, prefix: str = "v") -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{prefix}{self._count}"

    @contextmanager
    def another_element(self) -> Iterator[None]:
        """Lets lookups of an element be reused for it alone."""
        known = dict(self._known)
        yield
        self._known = known

    def column(self, column: Column, element: str, depth: int) -> tuple[str, str]:
        """Writes the lookup of a column; returns the variables of its value and its label."""
        name, label = self.fresh(), self.fresh("w") if column.labels else "None"
        wanted = Wanted(column.type, column.unit)
        for place, path in enumerate(column.paths):
            inner = depth
            if place:
                missing = f"not {name}" if wanted.present else f"{name} is None"
                self.line(depth, f"if {missing}:")
                inner += 1
            found = self.get(path, element, inner, wanted, reuse=not place)
            if len(column.paths) == 1:
                name = found
            else:
                self.line(inner, f"{name} = {found}")
            if any(step.pick for step in path.steps):
                pass  # a pick finds no empty value
            elif column.type is ColumnType.TEXT:
                self.line(inner, f"if not {name} or {self._is_blank(name)}: {name} = None")
            elif column.type in _WRITTEN:
                self.line(inner, f"if not {name}: {name} = None")
            elif path.steps[-1].key in self._optional:
                self.line(inner, f"if {name} is UNSET: {name} = None")
            if column.labels:
                self.line(inner, f"if {name} is not None: {label} = {column.labels[place]!r}")
                if not place:
                    self.line(inner, f"else: {label} = None")
        return name, label

    def _is_blank(self, name: str) -> str:
        """A condition: a text that is not empty means NULL."""
        return " or ".join(
            [*(f"{name} == {text!r}" for text in self._missing_values), f"{name}.isspace()"]
        )

    def get(
        self,
        path: Path,
        element: str,
        depth: int,
        wanted: Wanted = Wanted(),  # noqa: B008 - immutable
        unit: str = "None",
        *,
        reuse: bool = True,
    ) -> str:
        """Writes the lookup of a path; returns the variable of what it finds.

        `unit` is the unit that objects around the element tell. With `reuse`, further lookups of
        the same element may use the variables, since the line is always executed.
        """
        start = {Scope.ELEMENT: element, Scope.RECORD: "record", Scope.BESIDE: "beside"}
        begin = start[path.scope]
        picks = [i for i, step in enumerate(path.steps) if step.pick]
        if not picks:
            value, around = self.follow(begin, path.steps, depth, reuse=reuse)
            return self.in_units(value, self._unit(around, wanted, unit), depth)
        first = picks[0]
        elements, around = self.follow(begin, path.steps[: first + 1], depth, reuse=reuse)
        helper = self.pick_helper(path.steps[first], path.steps[first + 1 :], wanted)
        name = self.fresh()
        missing = "False" if wanted.present else "None"
        units = f", {self._unit(around, wanted, unit)}" if wanted.unit else ""
        self.line(depth, f"{name} = {helper}({elements}{units}) if {elements} else {missing}")
        return name

    def _unit(self, around: list[str], wanted: Wanted, unit: str) -> str:
        """An expression: the unit told by the nearest of the objects around; empty if none is."""
        if not wanted.unit:
            return ""
        told = [f"{name}.{self.names[wanted.unit]}" for name in reversed(around)]
        return " or ".join([*told, unit])

    def in_units(self, value: str, unit: str, depth: int) -> str:
        """Writes the conversion to single units; returns the variable of the value."""
        if not unit:
            return value
        name = self.fresh()
        self.line(depth, f"{name} = {value}")
        self.line(depth, f"if {name} is not None and (told := {unit}):")
        self.line(depth + 1, f"if told not in SINGLE: {name} = to_single_units({name}, told)")
        return name

    def follow(
        self,
        start: str,
        steps: tuple[Step, ...],
        depth: int,
        *,
        default: str = "None",
        reuse: bool = True,
    ) -> tuple[str, list[str]]:
        """Writes the lookup of plain keys; returns its variable and those of the objects passed."""
        current, passed = start, []
        for place, step in enumerate(steps):
            passed.append(current)
            lookup = f"{current}.{self.names[step.key]}"
            known = self._known.get(f"{lookup} {default}")
            if known is None:
                known = self.fresh()
                guarded = lookup if place == 0 else f"{lookup} if {current} else {default}"
                self.line(depth, f"{known} = {guarded}")
                if reuse:
                    self._known[f"{lookup} {default}"] = known
            current = known
        return current, passed

    def pick_helper(self, step: Step, rest: tuple[Step, ...], wanted: Wanted) -> str:
        """Writes a function that picks from a list, and falls back on several; returns its name."""
        pick = step.pick
        assert pick is not None  # noqa: S101 - the caller looked
        outer, self.lines = self.lines, []
        known, self._known = self._known, {}
        name = self.fresh("pick")
        self.line(0, f"def {name}(elements{', unit' if wanted.unit else ''}):")
        self.line(1, "found = None; newest = ''" if pick.newest else "found = None")
        self.line(1, "for element in elements:")
        self.line(2, "if element is None: continue")
        if pick.field:
            self.compare_code(f"element.{self.names[pick.field]}", str(pick.value))
        if pick.newest:
            self.line(2, f"date = element.{self.names[pick.newest]} or ''")
            self.line(2, "if date and not is_partial_date(date): raise Fallback")
        if wanted.present and not rest:
            self.line(2, "found = True")
            self.line(1, "return found is True")
        else:
            self.keep_found(rest, wanted, is_dated=bool(pick.newest))
        self.helpers.extend(self.lines)
        self.lines, self._known = outer, known
        return name

    def compare_code(self, code: str, wanted: str) -> None:
        """Writes the comparison of an element's code; see `is_code`."""
        number = code_number(wanted)
        self.line(2, f"code = {code}")
        self.line(2, f"if code != {(wanted if number is None else number)!r}:")
        self.line(3, f"if code.__class__ is not str or not is_code(code, {wanted!r}): continue")

    def keep_found(self, rest: tuple[Step, ...], wanted: Wanted, *, is_dated: bool) -> None:
        """Writes which element's value is kept."""
        value = self.get(Path(rest), "element", 2, wanted, "unit" if wanted.unit else "None")
        if wanted.type is ColumnType.TEXT:
            self.line(2, f"if not {value} or {self._is_blank(value)}: continue")
        elif wanted.present:
            self.line(2, f"if not {value}: continue")
        else:
            self.line(2, f"if {value} is None or {value} == '': continue")
        if is_dated:
            self.line(2, "if found is not None and date == newest: raise Fallback")
            self.line(2, f"if found is None or date > newest: found = {value}; newest = date")
        else:
            self.line(2, "if found is not None: raise Fallback")
            self.line(2, f"found = {value}")
        self.line(1, "return found is True" if wanted.present else "return found")


_WRITTEN = (ColumnType.DUNS, ColumnType.TIMESTAMP, ColumnType.PARTIAL_DATE)
"""Types that JSON has as text; an empty one is NULL, and so is what is not there."""
