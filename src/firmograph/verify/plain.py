"""Reads documents with plain `json`, by contracts as plain data.

This shares no code with the kernel, whose rows are compared with it. Since it reads only documents
that were accepted, it stops at the first fault.
"""

import json
import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from firmograph.verify.plain_contracts import PlainColumn, PlainContract, PlainTable
from firmograph.verify.plain_paths import Finder, Path, as_object, find_record, listed
from firmograph.verify.values import Fault, Literal, convert, in_single_units

Row = tuple[Any, ...]

_BLOCK = re.compile(r"([A-Za-z0-9]+)_L([0-9]{1,3})(_v.*)?")


class PageFacts(NamedTuple):
    """The facts that tell to which delivery a page belongs; None if unknown."""

    page_number: int | None
    page_count: int | None
    page_size: int | None
    members_count: int | None
    members_count_without_branches: int | None
    branches_excluded: bool
    has_members: bool = True


class PlainDocument:
    """One document.

    Args:
        contract: of its type.
        raw: its exact bytes.

    Raises:
        Fault: if it is not a JSON object with a record.
    """

    def __init__(self, contract: PlainContract, raw: bytes) -> None:
        self._contract = contract
        try:
            document = json.loads(raw.decode("utf-8"), parse_int=Literal, parse_float=Literal)
        except (ValueError, RecursionError) as error:
            raise Fault(f"it is not JSON: {error}") from error
        self._record, self._beside = find_record(contract.record_at, document)
        _refuse_candidates(contract, document, self._beside)
        self._finder = Finder(contract.missing_values)

    def entity(self) -> str:
        """The DUNS that names the entity.

        Raises:
            Fault: if there is none.
        """
        value, _ = self._cell(self._contract.entity, self._record)
        if value is None:
            raise Fault("no DUNS names its entity")
        return str(value)

    def source_time(self, ref_date: date) -> datetime:
        """The vendor's time, else the start of `ref_date`, UTC."""
        time, _ = self._cell(self._contract.time, self._record)
        return time or datetime(ref_date.year, ref_date.month, ref_date.day, tzinfo=UTC)

    def covers(self) -> list[bool]:
        """For each table of the contract, whether the document covers it."""
        levels = self._levels()
        return [self._is_covered(table, levels) for table in self._contract.tables]

    def rows(self, table: PlainTable) -> list[Row]:
        """The rows of the columns read, in the order of the document.

        An element that cannot be a row is left out; of elements with equal keys, the first is used.
        """
        if table.each is None:
            row = self._row(table, self._record)
            is_empty = all(
                value is None or column.name in table.key
                for value, column in zip(row, table.read, strict=True)
            )
            return [] if table.skip_empty and is_empty else [row]
        places = [[c.name for c in table.read].index(name) for name in table.key]
        if table.cover and not self._is_listed(table.each):
            return []
        rows: dict[Row, Row] = {}
        for element in self._elements(table.each):
            try:
                row = self._element_row(table, element)
            except Fault:
                continue
            rows.setdefault(tuple(row[place] for place in places), row)
        return list(rows.values())

    def page(self, file_page: int | None) -> PageFacts:
        """The facts of the page; `file_page` is the page number in the name of its file.

        Raises:
            Fault: if it lists no member that can be used, unless it counts none either.
        """
        delivery = self._contract.delivery
        facts = {c.name: self._cell(c, self._record)[0] for c in delivery.read} if delivery else {}
        members = self._contract.members
        has_members = self._has_element(members)
        counts = {facts["members_count"], facts["members_count_without_branches"]} - {None}
        counts_none = max(counts, default=0) <= 0
        listed = self._elements(members.each) if members.each else []
        if not has_members and (listed or not counts_none):
            raise Fault("it lists no member that can be used")
        named = file_page or None
        return PageFacts(
            page_number=_natural(facts["page_number"]) or _linked(facts["self_link"]) or named,
            page_count=_linked(facts["last_link"]),
            page_size=_natural(facts["page_size"]) or _linked(facts["self_link"], "size"),
            members_count=_natural(facts["members_count"]),
            members_count_without_branches=_natural(facts["members_count_without_branches"]),
            branches_excluded=facts["exclusion"] == "Branches",
            has_members=has_members,
        )

    def _has_element(self, table: PlainTable) -> bool:
        """Whether an element of a table's list can be a row."""
        for element in self._elements(table.each) if table.each else []:
            try:
                self._element_row(table, element)
            except Fault:
                continue
            return True
        return False

    def _levels(self) -> dict[str, int] | None:
        """The level of each delivered block, by name; None if no blocks are listed."""
        if self._contract.block_status is None:
            return None
        blocks = self._elements(self._contract.block_status)
        if not blocks:
            return None
        levels: dict[str, int] = {}
        for block in listed(blocks, self._finder):
            match = _BLOCK.fullmatch(str(block.get("blockID")))
            if match and block.get("status") == "ok":
                name = match[1].lower()
                levels[name] = max(int(match[2]), levels.get(name, 0))
        return levels

    def _is_covered(self, table: PlainTable, levels: dict[str, int] | None) -> bool:
        cover = table.cover
        if cover is None:
            return True
        if table.each and not self._is_listed(table.each):
            return False
        named = cover.get("value_at", ())
        is_proven = not named or any(self._is_fit(table, path) for path in named)
        if levels is not None and cover["block"]:
            is_bought = levels.get(cover["block"], 0) >= cover["level"]
            return is_bought and (is_proven or not self._is_filled(cover["path"]))
        there = [key for key in cover.get("keys", ()) if self._held(key)]
        is_there = bool(self._held(cover["path"]))
        return is_there and len(there) >= cover.get("at_least", 0) and is_proven

    def _held(self, path: dict[str, Any]) -> list[Any]:
        """A list of the value at plain keys, even null; empty if a key is not there."""
        value = self._record
        for step in path["steps"]:
            if not isinstance(value, dict) or step["key"] not in value:
                return []
            value = value[step["key"]]
        return [value]

    def _is_filled(self, path: dict[str, Any]) -> bool:
        return any(not self._finder.is_missing(value) for value in self._held(path))

    def _is_fit(self, table: PlainTable, path: dict[str, Any]) -> bool:
        """Whether plain keys lead to a value that the columns read from there can hold."""
        keys = [step["key"] for step in path["steps"]]
        if not self._is_filled(path):
            return False
        try:
            for column in table.read:
                if any(keys == [step.key for step in other.steps] for other in column.paths):
                    convert(column.type, self._held(path)[0])
        except Fault:
            return False
        return True

    def _is_listed(self, path: Path) -> bool:
        """Whether there is a list, one object, or nothing at a list's path."""
        try:
            self._elements(path)
        except Fault:
            return False
        return True

    def _elements(self, path: Path) -> list[Any]:
        value = self._start(path, self._record)
        for step in path.steps:
            missing = self._finder.is_missing(value)
            value = None if missing else as_object(value).get(step.key)
        if self._finder.is_missing(value):
            return []
        return value if isinstance(value, list) else [as_object(value)]

    def _row(self, table: PlainTable, element: Any) -> Row:
        cells = {c.name: self._cell(c, element) for c in table.read if not c.which}
        return tuple(cells[c.which][1] if c.which else cells[c.name][0] for c in table.read)

    def _element_row(self, table: PlainTable, element: Any) -> Row:
        if not self._finder.is_missing(element):
            as_object(element)
        row = self._row(table, element)
        for value, column in zip(row, table.read, strict=True):
            if value is None and column.is_required:
                raise Fault(f"{column.name} is missing")
        return row

    def _start(self, path: Path, element: Any) -> Any:
        return {"": element, "$": self._record, "^": self._beside}[path.scope]

    def _cell(self, column: PlainColumn, element: Any) -> tuple[Any, str | None]:
        """A column's value, and the word for its place; no value if what is there is unfit.

        Raises:
            Fault: if it is unfit and the column refuses that.
        """
        try:
            for place, path in enumerate(column.paths):
                found = self._finder.find(path, self._start(path, element))
                if not found:
                    continue
                value = convert(column.type, found[0].value)
                unit = self._finder.unit(found[0], column.unit) if column.unit else None
                value = value if unit is None else in_single_units(value, unit)
                return value, column.labels[place] if column.labels else None
        except Fault:
            if column.refuses:
                raise
            return None, None
        return (False if column.type == "present" else None), None


def _refuse_candidates(contract: PlainContract, *holders: dict[str, Any]) -> None:
    """Raises `Fault` for an answer of a match or search, unless the contract reads such answers."""
    for holder in holders:
        for key in contract.candidate_keys:
            if holder.get(key) is not None:
                raise Fault(f"{key} says that it is a candidate, not a record")


def _natural(number: int | None) -> int | None:
    """A number of pages or members; None if it is below 1."""
    return number if number is not None and number >= 1 else None


def _linked(link: str | None, name: str = "number") -> int | None:
    pattern = rf"[?&]page\[{name}\]=([0-9]{{1,9}})(?=[&#]|$)"
    match = re.search(pattern, unquote(link or ""))
    return int(match[1]) or None if match else None
