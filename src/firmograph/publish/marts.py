"""APP: data marts, each defined by one SQL file."""

import re
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from firmograph.engine.base import Engine, RowCounts
from firmograph.errors import FirmographError, QueryError
from firmograph.lake.tables import TableSpec

_NAME = re.compile(r"[a-z][a-z0-9_]*")
ZONES = ("ods", "dw")
"""The layers that a mart may read."""


@dataclass(frozen=True)
class Mart:
    """A mart: the name of its file, and the query that returns its rows."""

    name: str
    sql: str


def find_marts(folder: Path) -> list[Mart]:
    """The built-in marts and the user's, which override built-in ones of the same name."""
    marts = {}
    for file in resources.files("firmograph.publish").joinpath("marts").iterdir():
        if file.name.endswith(".sql"):
            name = file.name.removesuffix(".sql")
            marts[name] = Mart(name, file.read_text("utf-8"))
    if folder.is_dir():
        for path in sorted(folder.glob("*.sql")):
            marts[path.stem] = Mart(path.stem, path.read_text("utf-8", "replace"))
    return [marts[name] for name in sorted(marts)]


def build_marts(engine: Engine, marts: list[Mart]) -> tuple[dict[str, RowCounts], dict[str, str]]:
    """Builds each mart; one that fails keeps its rows.

    Returns:
        Changes by mart, and the reason of the failure by mart that failed.
    """
    changes: dict[str, RowCounts] = {}
    failures: dict[str, str] = {}
    for mart in marts:
        try:
            changes[mart.name] = _build(engine, mart)
        except FirmographError as error:
            failures[mart.name] = error.message
    return changes, failures


def _build(engine: Engine, mart: Mart) -> RowCounts:
    lake = engine.lake
    taken = mart.name in lake.specs and lake.specs[mart.name].zone != "app"
    if not _NAME.fullmatch(mart.name) or taken:
        raise QueryError(
            f"{mart.name!r} cannot be a mart's name; allowed are lower-case letters, digits and _, "
            "beginning with a letter, and no name of another table"
        )
    sources = [name for name, spec in lake.specs.items() if spec.zone in ZONES]
    rows = engine.select("mart_rows", mart.sql, sources)
    lake.specs[mart.name] = TableSpec(mart.name, "app", rows.schema)
    if not lake.exists(mart.name):
        engine.store.create(mart.name)
    return engine.replace_all(mart.name, f"SELECT * FROM {rows}")
