"""Evidence: a snapshot opened for proof."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from firmograph.control.snapshots import SNAPSHOTS, Snapshot, list_snapshots
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.errors import LakeError
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import TableSpec, table_specs
from firmograph.storage.base import Storage
from firmograph.verify.differences import Differences, add_rows, first_line
from firmograph.verify.plain import PlainContract, PlainTable

HEADS, LEDGER, REFUSED = "tb_entity_heads", "tb_pipeline_control", "tb_quarantine_files"
STAGED_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """Which entities' rows are held against their documents.

    Attributes:
        size: how many companies; None for all. Family trees are always read whole.
        seed: another seed, another sample.
    """

    size: int | None = 200
    seed: int = 0


class Evidence:
    """A snapshot, open for proof.

    Args:
        engine: sees the tables as the snapshot names them, with the columns they have.
        snapshots: all there are, newest first; the first one is proven.
        newest: opens the lake as it is now, since ODS and the ledger go ahead of a snapshot.

    Attributes:
        contracts: those of the snapshot, not today's.
        damaged: documents that are not what they should be, found by gathering.
    """

    def __init__(
        self,
        engine: DuckDBEngine,
        snapshots: list[Snapshot],
        newest: Callable[[], DuckDBEngine],
    ) -> None:
        self.engine = engine
        self.snapshots = snapshots
        self.newest = newest
        self.snapshot = snapshots[0]
        self.contracts = [PlainContract(body) for body in self.snapshot.contract.values()]
        self.damaged = Differences()

    @property
    def tables(self) -> list[tuple[PlainContract, PlainTable]]:
        """The tables of DW, each with its contract."""
        return [(contract, table) for contract in self.contracts for table in contract.tables]

    def added(self, table: PlainTable) -> set[str]:
        """Columns of a table that an earlier contract did not have."""
        rows = self.engine.query(f"SELECT names FROM older_runs WHERE table_name = '{table.name}'")
        return set(table.names).difference(*rows["names"].to_pylist()) if rows.num_rows else set()

    def number(self, sql: str, tables: Iterable[str] = ()) -> int:
        """The one number of a query."""
        value = self.engine.query(sql, list(tables)).column(0)[0].as_py()
        return int(value or 0)

    def differ(self, found: Differences, words: str, sql: str, tables: Iterable[str] = ()) -> None:
        """Adds a difference for each row of a query.

        Args:
            found: where to.
            words: a sentence with the query's columns in braces.
            sql: returns what differs; the first few rows in its own order are examples.
            tables: of the lake, that it reads.
        """
        add_rows(found, words, self.engine, sql, tables)


@contextmanager
def open_evidence(folder: Storage, memory_limit: str | None, spill: Path) -> Iterator[Evidence]:
    """Opens the last snapshot of a lake for proof.

    Tables that cannot be opened are left to be told of by a check.

    Args:
        folder: the lake's.
        memory_limit: what queries hold in memory before they spill, as ``2GB``.
        spill: a folder for what they spill, outside the lake.

    Raises:
        LakeError: where nothing was ever published, or the snapshots cannot be read.
    """
    fixed = table_specs([])

    def newest() -> DuckDBEngine:
        stamp = RunStamp("", datetime.now(UTC))
        return DuckDBEngine(Lake(folder, fixed), stamp, memory_limit=memory_limit, spill=spill)

    if not Lake(folder, fixed).exists(SNAPSHOTS):
        raise LakeError(f"there is no lake in {folder.url} yet", hint="`firmograph run` makes it")
    with newest() as engine:
        lake = engine.lake
        snapshots = _published(engine)
        dw = {t["name"] for body in snapshots[0].contract.values() for t in body["tables"]}
        lake.versions.update(snapshots[0].table_versions)
        for name in snapshots[0].table_versions:
            zone = fixed[name].zone if name in fixed else "dw" if name in dw else "app"
            lake.specs[name] = TableSpec(name, zone, _schema(lake, name, zone))
        yield Evidence(engine, snapshots, newest)


def _published(engine: DuckDBEngine) -> list[Snapshot]:
    try:
        snapshots = list_snapshots(engine)
    except STORAGE_ERRORS as error:
        raise LakeError(
            f"table control/{SNAPSHOTS} cannot be read: {first_line(error)}",
            hint="restore it from a backup, or rebuild from ODS into another root",
        ) from error
    if not snapshots:
        raise LakeError("nothing was published in this lake yet", hint="`firmograph run` publishes")
    return snapshots


def _schema(lake: Lake, name: str, zone: str) -> pa.Schema:
    """The columns a table has; none where it cannot be opened."""
    lake.specs.setdefault(name, TableSpec(name, zone, pa.schema([])))
    try:
        return pa.schema(lake.open(name).schema())
    except LakeError:
        return pa.schema([])
