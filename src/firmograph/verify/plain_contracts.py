"""Contracts as plain data, as snapshots store them; shares no code with the kernel."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from firmograph.contract.load import canonical
from firmograph.contract.registry import declared_contracts
from firmograph.verify.plain_paths import Path, plain_path

_OF_CANDIDATES = frozenset(
    (
        "candidatesMatchedQuantity",
        "candidatesReturnedQuantity",
        "cleanseAndStandardizeInformation",
        "displaySequence",
        "embeddedProduct",
        "matchCandidates",
        "matchDataCriteria",
        "matchQualityInformation",
        "searchCandidates",
    )
)
"""Keys of the answers of matches and searches, whose candidates are not records."""


class PlainColumn(NamedTuple):
    """A column of a contract's table."""

    name: str
    type: str
    is_required: bool
    refuses: bool
    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    unit: str | None
    which: str | None


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
        self.each = plain_path(body["each"]) if body["each"] else None
        self.cover: dict[str, Any] | None = body["covered_by"]
        self.names: list[str] = [column["name"] for column in body["columns"]]
        columns = [_column(c, self.key) for c in body["columns"]]
        self.read = [column for column in columns if column.paths or column.which]
        self.computed = [c.name for c in columns if not c.paths and not c.which]
        self.places = {c.name: (c.which, _places(c.paths)) for c in columns}

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
        self.block_status = plain_path(body["block_status"]) if body["block_status"] else None
        self.missing_values = frozenset(body.get("missing_values", ()))
        self.tables = [PlainTable(table) for table in body["tables"]]
        self.delivery = PlainTable(body["delivery"]) if body["delivery"] else None
        paths = [path for t in self.tables for column in t.read for path in column.paths]
        paths += [table.each for table in self.tables if table.each]
        read = {step[0] for path in paths for step in path.steps}
        self.candidate_keys = _OF_CANDIDATES - read.union(*self.record_at)

    @property
    def root(self) -> PlainTable:
        """With pages: the table with one row per delivery, the first without a list."""
        return next(table for table in self.tables if not table.each)

    @property
    def members(self) -> PlainTable:
        """With pages: the table of the members, the first with a list."""
        return next(table for table in self.tables if table.each)


def _column(body: dict[str, Any], key: tuple[str, ...] = ()) -> PlainColumn:
    """A column; snapshots of an earlier release lack some of its keys."""
    is_required = body["name"] in key or body.get("rule") == "mandatory"
    return PlainColumn(
        body["name"],
        body["type"],
        is_required,
        is_required or body.get("refuses", False),
        tuple(plain_path(path) for path in body["paths"]),
        tuple(body.get("labels", ())),
        body.get("unit"),
        body.get("which"),
    )


def _places(paths: Iterable[Path]) -> list[Any]:
    """Where a column looks for its value, apart from which of several dates it prefers."""
    return [(path.scope, [step._replace(newest=None) for step in path.steps]) for path in paths]


def plain_contracts(bodies: Mapping[str, Any]) -> list[PlainContract]:
    """The contracts of a snapshot.

    Snapshots of the previous release lack ODS tables and parents; these are taken from the
    contracts of the package.
    """
    declared = canonical(declared_contracts().values())
    return [PlainContract(_completed(body, declared.get(name))) for name, body in bodies.items()]


def _completed(body: Mapping[str, Any], declared: Mapping[str, Any] | None) -> dict[str, Any]:
    if "ods_table" in body or declared is None:
        return dict(body)
    parents = {table["name"]: table["parent"] for table in declared["tables"]}
    tables = [{"parent": parents.get(table["name"]), **table} for table in body["tables"]]
    return {**body, "ods_table": declared["ods_table"], "tables": tables}
