"""Tiles of the dashboards: each one SQL file, whose first line says what it is shown as."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from firmograph.engine.sql import literal
from firmograph.errors import QueryError, first_line
from firmograph.publish.marts import sql_files

KINDS = {"number": 1, "bars": 200, "line": 2_000, "table": 200}
"""What a tile can be shown as, and how many rows it can show."""
ALLOWED = "the first line must be -- KIND: TITLE, where KIND is number, bars, line or table"
_FIRST_LINE = re.compile(r"--\s*(\w+)\s*:\s*(\S.*)")
_ROWS_LINE = re.compile(r"^--\s*rows\s*:\s*(\S.*)$", re.MULTILINE)
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Tile:
    """A tile.

    Attributes:
        name: of its file, without the ending.
        kind: one of `KINDS`; empty if the first line does not say it.
        title: what stands above it.
        sql: the text of its file.
        file: the path of a user's own tile; None for one of the package.
        fault: why it cannot be shown; None if it can.
    """

    name: str
    kind: str
    title: str
    sql: str
    file: str | None = None
    fault: str | None = None

    def rows_sql(self, row: Mapping[str, Any]) -> str:
        """The query for what is behind a row of the tile: that of its line `rows`, or its own.

        Raises:
            QueryError: if the line names a column that the query does not return.
        """
        found = _ROWS_LINE.search(self.sql)
        return _PLACE.sub(lambda place: _value(row, place[1]), found[1]) if found else self.sql


def find_tiles(folder: Path, root: Path) -> list[Tile]:
    """The user's own tiles, then those of the package; one's own replaces one of the same name.

    Args:
        folder: of the user's own.
        root: the root folder, which paths of files are relative to.
    """
    own = {path.stem: _own(path, short_path(path, root)) for path in sql_files(folder)}
    built_in = {
        file.name.removesuffix(".sql"): file
        for file in resources.files("firmograph.web").joinpath("dashboards").iterdir()
        if file.name.endswith(".sql")
    }
    added = [tile for name, tile in own.items() if name not in built_in]
    return added + [
        own.get(name) or _parsed(name, built_in[name].read_text("utf-8"))
        for name in sorted(built_in)
    ]


def short_path(path: Path, root: Path) -> str:
    """A path, relative to the root folder where it is inside."""
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _own(path: Path, shown: str) -> Tile:
    try:
        text = path.read_text("utf-8-sig", "replace")
    except OSError as error:
        return Tile(path.stem, "", path.stem, "", shown, f"cannot be read: {first_line(error)}")
    return _parsed(path.stem, text, shown)


def _parsed(name: str, text: str, file: str | None = None) -> Tile:
    found = _FIRST_LINE.match(text)
    if not found:
        return Tile(name, "", name, text, file, ALLOWED)
    kind, title = found[1].lower(), found[2].strip()
    fault = None if kind in KINDS else f"{found[1]!r} is no kind of tile; {ALLOWED}"
    return Tile(name, kind if kind in KINDS else "", title, text, file, fault)


def _value(row: Mapping[str, Any], name: str) -> str:
    """A value of a row as SQL writes it."""
    if name not in row:
        raise QueryError(
            f"the line `rows` names {{{name}}}; the query returns {', '.join(row) or 'no column'}"
        )
    value = row[name]
    return next((write(value) for kind, write in _WRITTEN if isinstance(value, kind)), "NULL")


_WRITTEN: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (str, literal),
    ((bool, int, Decimal), str),
    (float, lambda value: f"CAST('{value}' AS DOUBLE)"),
    (date, lambda value: literal(value.isoformat())),
)
