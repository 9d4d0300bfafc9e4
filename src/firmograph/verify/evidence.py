"""Evidence: a snapshot opened for proof."""

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
from firmograph.verify.contracts import plain_contracts
from firmograph.verify.differences import Differences, add_rows
from firmograph.verify.plain import PlainContract, PlainTable
from firmograph.verify.relations import OLDER_RUNS

HEADS, LEDGER, REFUSED = "tb_entity_heads", "tb_pipeline_control", "tb_quarantine_files"
STAGED_ROWS = 20_000


@dataclass(frozen=True)
class Sample:
    """Which entities' rows are compared with their documents.

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
        newest: opens the lake as it is now, since ODS and the ledger are ahead of a snapshot.

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
        self.contracts = plain_contracts(self.snapshot.contract)
        self.damaged = Differences()

    @property
    def tables(self) -> list[tuple[PlainContract, PlainTable]]:
        """The tables of DW, each with its contract."""
        return [(contract, table) for contract in self.contracts for table in contract.tables]

    def added(self, table: PlainTable) -> set[str]:
        """Columns of a table that an earlier contract did not have."""
        query = f"SELECT names FROM {OLDER_RUNS} WHERE table_name = '{table.name}'"
        rows = self.engine.query(query)
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

    Tables that cannot be opened are reported by a check.

    Args:
        folder: the lake's.
        memory_limit: what queries hold in memory before they spill, as ``2GB``.
        spill: a folder for what they spill, outside the lake.

    Raises:
        LakeError: where nothing was ever published, or the snapshots cannot be read.
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
            spec = specs.get(name, TableSpec(name, zone, pa.schema([])))
            lake.specs[name] = replace(spec, schema=_schema(lake, name, spec.zone))
        yield evidence


def _ods_specs(folder: Storage, contracts: Iterable[PlainContract]) -> Iterator[TableSpec]:
    """The tables of ODS: those of the snapshot, and those that a later run began."""
    document_types = {contract.ods_table: contract.name for contract in contracts}
    found = set(table_names(folder, "ods"))
    for name in sorted(found | document_types.keys()):
        document_type = document_types.get(name, name)
        yield TableSpec(name, "ods", ODS.schema, ODS.key, ODS.sorted_by, document_type)


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
