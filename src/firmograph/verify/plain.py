"""Reads documents with plain `json`, by contracts as plain data.

This shares no code with the kernel, whose rows are compared with it. Since it reads only documents
that were accepted, it stops at the first fault.
"""

import json
import re
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from urllib.parse import unquote

from firmograph.verify.values import Fault, Literal, convert, is_missing

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


class _Path(NamedTuple):
    """A path: where it begins, and for each step its key, whether it picks, and by what."""

    scope: str
    steps: tuple[tuple[str, bool, str | None, str | None], ...]


class _Column(NamedTuple):
    name: str
    type: str
    is_required: bool
    paths: tuple[_Path, ...]


class PlainTable:
    """A table of a contract.

    Args:
        body: the table as a snapshot stores it.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        self.name: str = body["name"]
        self.key: tuple[str, ...] = tuple(body["key"])
        self.parent: str | None = body.get("parent")
        self.skip_empty: bool = body["skip_empty"]
        self.each = _path(body["each"]) if body["each"] else None
        self.cover: dict[str, Any] | None = body["covered_by"]
        self.names: list[str] = [column["name"] for column in body["columns"]]
        self.read = [_column(c, self.key) for c in body["columns"] if c["paths"]]
        self.computed: list[str] = [c["name"] for c in body["columns"] if not c["paths"]]

    @property
    def holds_every_entity(self) -> bool:
        """Whether each entity has a row."""
        return self.each is None and not self.skip_empty


class PlainContract:
    """The contract of one document type.

    Args:
        body: the contract as a snapshot stores it.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        self.name: str = body["name"]
        self.ods_table: str = body["ods_table"]
        self.record_at: list[list[str]] = body["record_at"]
        self.entity = _column({"name": "entity", "type": "duns", "paths": [body["entity"]]})
        self.time = _column({"name": "time", "type": "timestamp", "paths": [body["source_time"]]})
        self.block_status = _path(body["block_status"]) if body["block_status"] else None
        self.tables = [PlainTable(table) for table in body["tables"]]
        self.delivery = PlainTable(body["delivery"]) if body["delivery"] else None

    @property
    def root(self) -> PlainTable:
        """With pages: the table with one row per delivery, the first without a list."""
        return next(table for table in self.tables if not table.each)

    @property
    def members(self) -> PlainTable:
        """With pages: the table of the members, the first with a list."""
        return next(table for table in self.tables if table.each)


def _path(body: dict[str, Any]) -> _Path:
    steps = [
        (step["key"], pick is not None, *((pick["field"], pick["value"]) if pick else (None, None)))
        for step in body["steps"]
        for pick in [step["pick"]]
    ]
    return _Path(body["scope"], tuple(steps))


def _column(body: dict[str, Any], key: tuple[str, ...] = ()) -> _Column:
    is_required = body["name"] in key or body.get("rule") == "mandatory"
    paths = tuple(_path(path) for path in body["paths"])
    return _Column(body["name"], body["type"], is_required, paths)


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
        self._record, self._beside = _record(contract, document)

    def entity(self) -> str:
        """The DUNS that names the entity.

        Raises:
            Fault: if there is none.
        """
        value = self._value(self._contract.entity, self._record)
        if value is None:
            raise Fault("no DUNS names its entity")
        return str(value)

    def source_time(self, ref_date: date) -> datetime:
        """The vendor's time, else the start of `ref_date`, UTC."""
        time = self._value(self._contract.time, self._record)
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
            row = tuple(self._value(column, self._record) for column in table.read)
            is_empty = all(
                value is None or column.name in table.key
                for value, column in zip(row, table.read, strict=True)
            )
            return [] if table.skip_empty and is_empty else [row]
        places = [[c.name for c in table.read].index(name) for name in table.key]
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
        facts = {c.name: self._value(c, self._record) for c in delivery.read} if delivery else {}
        members = self._contract.members
        has_members = self._has_element(members)
        counts = {facts["members_count"], facts["members_count_without_branches"]} - {None}
        counts_none = bool(counts) and max(counts) <= 0
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
        for block in _listed(blocks):
            match = _BLOCK.fullmatch(str(block.get("blockID")))
            if match and block.get("status") == "ok":
                name = match[1].lower()
                levels[name] = max(int(match[2]), levels.get(name, 0))
        return levels

    def _is_covered(self, table: PlainTable, levels: dict[str, int] | None) -> bool:
        cover = table.cover
        if cover is None:
            return True
        if levels is not None and cover["block"]:
            return bool(levels.get(cover["block"], 0) >= cover["level"])
        value = self._record
        for step in cover["path"]["steps"]:
            if not isinstance(value, dict) or step["key"] not in value:
                return False
            value = value[step["key"]]
        return True

    def _elements(self, path: _Path) -> list[Any]:
        value = self._start(path, self._record)
        for key, *_ in path.steps:
            value = None if is_missing(value) else _as_object(value).get(key)
        if is_missing(value):
            return []
        return value if isinstance(value, list) else [_as_object(value)]

    def _element_row(self, table: PlainTable, element: Any) -> Row:
        if not is_missing(element):
            _as_object(element)
        row = tuple(self._value(column, element) for column in table.read)
        for value, column in zip(row, table.read, strict=True):
            if value is None and column.is_required:
                raise Fault(f"{column.name} is missing")
        return row

    def _start(self, path: _Path, element: Any) -> Any:
        return {"": element, "$": self._record, "^": self._beside}[path.scope]

    def _value(self, column: _Column, element: Any) -> Any:
        for path in column.paths:
            found = _find(path, self._start(path, element))
            if not found:
                continue
            value, is_picked = found[0]
            try:
                return convert(column.type, value)
            except Fault:
                if is_picked:
                    return None
                raise
        return False if column.type == "present" else None


def _record(contract: PlainContract, document: Any) -> tuple[Any, Any]:
    """The record, and the object that contains it."""
    if not isinstance(document, dict):
        raise Fault("it is not a JSON object")
    for keys in contract.record_at:
        if keys and keys[0] in document:
            record = beside = document
            for key in keys:
                beside, record = record, _as_object(record.get(key))
            return record, beside
    if [] not in contract.record_at:
        raise Fault("it holds no record")
    return document, document


def _find(path: _Path, start: Any) -> list[tuple[Any, bool]]:
    """Each value a path finds, and whether it was picked from a list."""
    found = [] if is_missing(start) else [(start, False)]
    for key, picks, field, code in path.steps:
        reached = []
        for value, is_picked in found:
            inner = _as_object(value).get(key)
            if is_missing(inner):
                continue
            if not picks:
                reached.append((inner, is_picked))
                continue
            picked = [e for e in _listed(inner) if field is None or e.get(field) == code]
            reached += [(element, True) for element in picked]
        found = reached
    return found


def _listed(value: Any) -> list[dict[str, Any]]:
    elements = [value] if isinstance(value, dict) else value
    if not isinstance(elements, list):
        raise Fault(f"{value!r:.80} is not a list")
    return [_as_object(element) for element in elements if not is_missing(element)]


def _as_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Fault(f"{value!r:.80} is not a JSON object")
    return value


def _natural(number: int | None) -> int | None:
    """A number of pages or members; None if it is below 1."""
    return number if number is not None and number >= 1 else None


def _linked(link: str | None, name: str = "number") -> int | None:
    pattern = rf"[?&]page\[{name}\]=([0-9]{{1,9}})(?=[&#]|$)"
    match = re.search(pattern, unquote(link or ""))
    return int(match[1]) or None if match else None
