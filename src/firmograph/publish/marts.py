"""APP: data marts, each defined by one SQL file, which may read ODS, DW and other marts."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib import resources
from pathlib import Path

from firmograph.engine.base import Engine, RowCounts
from firmograph.engine.duckdb.sandbox import tables_in
from firmograph.errors import FirmographError, QueryError
from firmograph.lake.tables import TableSpec

_NAME = re.compile(r"[a-z][a-z0-9_]*")
ZONES = ("ods", "dw")
"""The layers that a mart may read, besides other marts."""
Reads = Mapping[str, frozenset[str]]
"""By mart, the marts it reads."""


@dataclass(frozen=True)
class Mart:
    """A mart: the name of its file, and the query that returns its rows."""

    name: str
    sql: str

    @property
    def sql_hash(self) -> str:
        """A sha-256 of the SQL."""
        return hash_of(self.sql)


def hash_of(sql: str) -> str:
    """A sha-256 of an SQL text."""
    return hashlib.sha256(sql.encode()).hexdigest()


def find_marts(folder: Path) -> list[Mart]:
    """The built-in marts and the user's, which override built-in ones of the same name."""
    marts = {}
    for file in resources.files("firmograph.publish").joinpath("marts").iterdir():
        if file.name.endswith(".sql"):
            name = file.name.removesuffix(".sql")
            marts[name] = Mart(name, file.read_text("utf-8"))
    for path in sql_files(folder):
        marts[path.stem] = Mart(path.stem, path.read_text("utf-8", "replace"))
    return [marts[name] for name in sorted(marts)]


def sql_files(folder: Path) -> list[Path]:
    """The SQL files of a folder, by name; none if it does not exist."""
    return sorted(folder.glob("*.sql")) if folder.is_dir() else []


def find_reads(engine: Engine, marts: Iterable[Mart]) -> Reads:
    """The marts that each mart reads; one whose name is not allowed is read by none."""
    marts = list(marts)
    names = {mart.name for mart in marts if _is_allowed(engine, mart.name)}
    return {mart.name: _read_by(mart, names) for mart in marts}


def _read_by(mart: Mart, names: Collection[str]) -> frozenset[str]:
    """Those of some marts that a mart reads."""
    text = mart.sql.lower()
    # to understand the query takes longer than to build most marts, and most read no other
    if not any(name in text for name in names):
        return frozenset()
    return tables_in(mart.sql).intersection(names)


def readers_of(names: Iterable[str], reads: Reads) -> set[str]:
    """Some marts, and all that read them, directly or through others."""
    found = set(names)
    while more := {name for name, read in reads.items() if read & found} - found:
        found |= more
    return found


def build_marts(
    engine: Engine, marts: Iterable[Mart], reads: Reads
) -> tuple[dict[str, RowCounts], dict[str, str]]:
    """Builds each mart after those it reads; one that fails keeps its rows.

    Returns:
        Changes by mart, and the reason of the failure by mart that failed.
    """
    changes: dict[str, RowCounts] = {}
    by_name = {mart.name: mart for mart in marts}
    names, failures = _ordered(reads)
    for name in names:
        unbuilt = sorted(reads[name] & failures.keys())
        try:
            if unbuilt:
                raise QueryError(f"it reads {', '.join(unbuilt)}, which was not built")
            changes[name] = _build(engine, by_name[name], changes)
        except FirmographError as error:
            failures[name] = error.message
    return changes, failures


def _ordered(reads: Reads) -> tuple[list[str], dict[str, str]]:
    """The marts in an order in which they can be built, and why the others cannot."""
    left, failures = dict(reads), dict[str, str]()
    while True:
        graph = {name: sorted(read & left.keys()) for name, read in sorted(left.items())}
        try:
            return list(TopologicalSorter(graph).static_order()), failures
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            text = f"marts read each other in a circle: {' reads '.join(circle)}"
            failures |= dict.fromkeys(circle, text)
            left = {name: read for name, read in left.items() if name not in circle}


def _is_allowed(engine: Engine, name: str) -> bool:
    specs = engine.lake.specs
    is_taken = name in specs and specs[name].zone != "app"
    return bool(_NAME.fullmatch(name)) and not is_taken


def _build(engine: Engine, mart: Mart, built: Iterable[str]) -> RowCounts:
    lake = engine.lake
    if not _is_allowed(engine, mart.name):
        raise QueryError(
            f"{mart.name!r} cannot be a mart's name; allowed are lower-case letters, digits and _, "
            "beginning with a letter, and no name of another table"
        )
    rows = engine.select("mart_rows", mart.sql, [*source_tables(engine), *built])
    lake.specs[mart.name] = TableSpec(mart.name, "app", rows.schema)
    if not lake.exists(mart.name):
        engine.store.create(mart.name)
    return engine.replace_all(mart.name, f"SELECT * FROM {rows}")


def source_tables(engine: Engine) -> list[str]:
    """The tables of ODS and DW."""
    return [name for name, spec in engine.lake.specs.items() if spec.zone in ZONES]
