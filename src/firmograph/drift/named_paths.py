"""The paths that a contract names."""

from collections.abc import Iterator

from firmograph.contract.model import ColumnType, Contract
from firmograph.contract.path import Path, Pick, Step

_ALLOWED = {
    ColumnType.TEXT: "string",
    ColumnType.DUNS: "string",
    ColumnType.INTEGER: "number",
    ColumnType.DOUBLE: "number",
    ColumnType.BOOLEAN: "boolean",
    ColumnType.TIMESTAMP: "string",
    ColumnType.PARTIAL_DATE: "string",
}
"""The JSON type of each column type; `present` allows any."""


def named_paths(contract: Contract) -> Iterator[tuple[str, Path, str | None]]:
    """Yields the name of an entry, a path from the record, and the JSON type allowed there."""
    yield "entity", contract.entity, "string"
    yield "source_time", contract.source_time, "string"
    if contract.block_status:
        for key in ("blockID", "status"):
            path = _within(contract.block_status, Path((Step(key),)))
            yield f"block_status.{key}", path, "string"
    for table in contract.results:
        if table.covered_by:
            yield f"{table.name}.covered_by", table.covered_by.path, None
        if table.each:
            yield f"{table.name}.each", table.each, "array"
        for column in table.read_columns:
            for path in column.paths:
                whole = _within(table.each, path) if table.each and not path.scope else path
                yield f"{table.name}.{column.name}", whole, _ALLOWED.get(column.type)


def unit_paths(contract: Contract) -> Iterator[Path]:
    """Yields where the units of values may be told: in the lists on their way."""
    for table in contract.results:
        for column in table.read_columns:
            for path in column.paths if column.unit else ():
                whole = _within(table.each, path) if table.each and not path.scope else path
                for place, step in enumerate(whole.steps):
                    if step.pick and column.unit:
                        yield Path((*whole.steps[: place + 1], Step(column.unit)), whole.scope)


def _within(each: Path, path: Path) -> Path:
    """A path in a list's elements, as a path from the record."""
    listed = Step(each.steps[-1].key, Pick())
    return Path((*each.steps[:-1], listed, *path.steps), each.scope)
