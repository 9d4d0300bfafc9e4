"""Evidence: a snapshot, opened to be checked."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from firmograph.control.snapshots import SNAPSHOTS, Snapshot, list_snapshots
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.errors import LakeError, first_line
from firmograph.lake.lake import Lake, table_names
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import ODS, TableSpec, table_specs
from firmograph.storage.base import Storage
from firmograph.storage.errors import BucketError
from firmograph.verify.differences import Differences, add_rows
from firmograph.verify.plain_contracts import PlainContract, PlainTable, plain_contracts
from firmograph.verify.relations import OLDER_RUNS

HEADS, LEDGER, REFUSED = "tb_entity_heads", "tb_pipeline_control", "tb_quarantine_files"
STAGED_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """Which entities' rows are compared with their documents.

    Attributes:
        size: how many companies; None for all. Family trees are always checked, all of them.
        seed: of the random choice; the same seed gives the same sample.
    """

    size: int | None = 200
    seed: int = 0


class Evidence:
    """A snapshot, opened to be checked.

    Args:
        engine: sees the tables as the snapshot names them, with the columns they have.
        snapshots: all of them, newest first; the first one is checked.
        newest: opens the lake as it is now, since ODS and the ledger may be ahead of a snapshot.

    Attributes:
        contracts: those of the snapshot, not today's.
        damaged: documents with wrong bytes, or that cannot be read, found by `gather`.
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
        self.contracts = plain_contracts(self.snapshot.contract)
        self.damaged = Differences()

    @property
    def tables(self) -> list[tuple[PlainContract, PlainTable]]:
        """The tables of DW, each with its contract."""
        return [(contract, table) for contract in self.contracts for table in contract.tables]

    def added(self, table: PlainTable) -> set[str]:
        """The columns of a table that some earlier contract lacked."""
        query = f"SELECT names FROM {OLDER_RUNS} WHERE table_name = '{table.name}'"
        rows = self.engine.query(query)
        return set(table.names).difference(*rows["names"].to_pylist()) if rows.num_rows else set()

    def number(self, sql: str, tables: Iterable[str] = ()) -> int:
        """Runs a query that returns one number."""
        value = self.engine.query(sql, list(tables)).column(0)[0].as_py()
        return int(value or 0)

    def differ(self, found: Differences, words: str, sql: str, tables: Iterable[str] = ()) -> None:
        """Adds a difference for each row of a query.

        Args:
            found: where they are added.
            words: a sentence with the query's columns in braces.
            sql: a query that returns what differs; its first few rows become examples.
            tables: those of the lake that it reads.
        """
        add_rows(found, words, self.engine, sql, tables)


@contextmanager
def open_evidence(folder: Storage, memory_limit: str | None, spill: Path) -> Iterator[Evidence]:
    """Opens the last snapshot of a lake.

    Tables that cannot be opened are reported by a check.

    Args:
        folder: of the lake.
        memory_limit: how much memory queries may use before they spill, such as ``2GB``.
        spill: a folder for what they spill, outside the lake.

    Raises:
        LakeError: if nothing was ever published, or the snapshots cannot be read.
    """
    specs = table_specs([])

    def newest() -> DuckDBEngine:
        stamp = RunStamp("", datetime.now(UTC))
        return DuckDBEngine(Lake(folder, specs), stamp, memory_limit=memory_limit, spill=spill)

    if not Lake(folder, specs).exists(SNAPSHOTS):
        raise LakeError(f"there is no lake in {folder.url} yet", hint="`firmograph run` creates it")
    with newest() as engine:
        lake = engine.lake
        evidence = Evidence(engine, _published(engine), newest)
        specs |= {spec.name: spec for spec in _ods_specs(folder, evidence.contracts)}
        versions = evidence.snapshot.table_versions
        lake.versions.update(versions)
        dw = {
            table.name
            for snapshot in evidence.snapshots
            for contract in plain_contracts(snapshot.contract)
            for table in contract.tables
        }
        for name in versions:
            zone = "dw" if name in dw else "app"
            lake.specs[name] = specs.get(name, TableSpec(name, zone, pa.schema([])))
        lake.open_all(lake.specs)
        for name in versions:
            lake.specs[name] = replace(lake.specs[name], schema=_schema(lake, name))
        yield evidence


def _ods_specs(folder: Storage, contracts: Iterable[PlainContract]) -> Iterator[TableSpec]:
    """The tables of ODS: those of the snapshot, and those that a later run created."""
    document_types = {contract.ods_table: contract.name for contract in contracts}
    found = set(table_names(folder, "ods"))
    for name in sorted(found | document_types.keys()):
        document_type = document_types.get(name, name)
        yield TableSpec(name, "ods", ODS.schema, ODS.key, ODS.sorted_by, document_type)


def _published(engine: DuckDBEngine) -> list[Snapshot]:
    try:
        snapshots = list_snapshots(engine)
    except BucketError:
        raise
    except STORAGE_ERRORS as error:
        raise LakeError(
            f"table control/{SNAPSHOTS} cannot be read: {first_line(error)}",
            hint="restore it from a backup, or rebuild from ODS into another root",
        ) from error
    if not snapshots:
        raise LakeError("nothing was published in this lake yet", hint="`firmograph run` publishes")
    return snapshots


def _schema(lake: Lake, name: str) -> pa.Schema:
    """The columns of a table; none if it cannot be opened."""
    try:
        return pa.schema(lake.open(name).schema())
    except LakeError:
        return pa.schema([])
