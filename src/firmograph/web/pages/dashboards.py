"""`/dashboards`: tiles of the package and the user's own."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias

from firmograph.errors import FirmographError, QueryError
from firmograph.queries.session import Row
from firmograph.web import charts
from firmograph.web.results import Result, first_rows
from firmograph.web.tiles import KINDS, Tile, find_tiles, short_path
from firmograph.web.view import Answer, View

SECONDS = 10.0
"""How long one tile may take."""
TILES_AT_ONCE = 2
"""How many queries run beside each other; each has threads and memory of its own."""
Kept: TypeAlias = tuple[int, Result | QueryError]
"""What a query returned, and in which hour, since that may depend on the time."""
COLUMNS = ("tile", "row", "column", "value")


@dataclass(frozen=True)
class Shown:
    """A tile with its rows, or why there are none.

    Attributes:
        tile: the tile.
        columns: of its rows.
        rows: what its query returned.
        has_more: whether a table has more rows than are shown.
        links: for each row, the query for what is behind it.
        picture: the bars or the line; None for other kinds and without rows.
        fault: why it cannot be shown.
    """

    tile: Tile
    columns: Sequence[str] = ()
    rows: Sequence[Row] = ()
    has_more: bool = False
    links: Sequence[str] = ()
    picture: Any = None
    fault: str | None = field(default=None)

    def as_dict(self) -> dict[str, Any]:
        """The tile as JSON has it."""
        tile = self.tile
        return {
            "name": tile.name,
            "kind": tile.kind,
            "title": tile.title,
            "is_own": tile.file is not None,
            "sql": tile.sql,
            "columns": self.columns,
            "rows": self.rows,
            "has_more": self.has_more,
            "fault": self.fault,
        }


def dashboards(view: View) -> Answer:
    """Shows all tiles."""
    folder = view.project.configuration.folder("dashboards")
    root = view.project.configuration.root
    with ThreadPoolExecutor(TILES_AT_ONCE) as threads:
        shown = list(threads.map(partial(_show, view), find_tiles(folder, root)))
    if view.wants_data:
        return Answer("", {"tiles": [one.as_dict() for one in shown]}, _long(shown), COLUMNS)
    data = {"tiles": shown, "folder": short_path(folder, root)}
    return Answer("dashboards.html", data)


def _show(view: View, tile: Tile) -> Shown:
    if tile.fault:
        return Shown(tile, fault=tile.fault)
    try:
        result = _result(view, tile)
        links = [tile.rows_sql(row) for row in result.rows]
        return Shown(
            tile, result.columns, result.rows, result.has_more, links, _picture(tile, result)
        )
    except FirmographError as error:
        return Shown(tile, fault=error.message)


def _result(view: View, tile: Tile) -> Result:
    """The rows of a tile.

    Raises:
        QueryError: if its query fails, or returns more rows than its kind can show.
    """
    kept: dict[str, Kept] = view.session.derived("rows of tiles", dict)
    hour = int(datetime.now(UTC).timestamp() // 3_600)
    if tile.sql not in kept or kept[tile.sql][0] != hour:
        outcome = _run(view, tile)
        if view.stop.is_set:
            raise QueryError("the SQL was stopped")
        kept[tile.sql] = (hour, outcome)
    found = kept[tile.sql][1]
    if isinstance(found, QueryError):
        raise found
    if found.has_more and tile.kind != "table":
        raise QueryError(
            f"the query returns more than {KINDS[tile.kind]} rows, which is what {tile.kind} can "
            "show; add a LIMIT, or make it a table"
        )
    return found


def _run(view: View, tile: Tile) -> Result | QueryError:
    try:
        return first_rows(view, tile.sql, KINDS[tile.kind], seconds=SECONDS)
    except QueryError as error:
        return QueryError(error.message)  # without its traceback, which holds on to much


def _picture(tile: Tile, result: Result) -> Any:
    if tile.kind == "bars":
        return charts.bars(result.rows, result.columns)
    return charts.line(result.rows, result.columns) if tile.kind == "line" else None


def _long(shown: Sequence[Shown]) -> Iterator[Row]:
    """Every value of every tile, as a row."""
    for one in shown:
        values: list[tuple[int | None, str, Any]]
        if one.fault:
            values = [(None, "fault", one.fault)]
        else:
            values = [(n, c, row[c]) for n, row in enumerate(one.rows, 1) for c in one.columns]
        for value in values:
            yield dict(zip(COLUMNS, (one.tile.name, *value), strict=True))
