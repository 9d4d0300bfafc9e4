"""The read side: queries of one snapshot of a lake, which never wait and never write."""

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.contract.suggest import did_you_mean
from firmograph.control.freshness import find_freshness
from firmograph.control.ledger import last_finished, last_run
from firmograph.control.quarantine import find_case, list_cases
from firmograph.control.snapshots import (
    SNAPSHOTS,
    Snapshot,
    find_snapshot,
    last_snapshot,
    list_snapshots,
    oldest_restorable,
)
from firmograph.engine.duckdb import sandbox
from firmograph.engine.duckdb.connection import CONNECTION_CLOSED, STORAGE_ERRORS
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.engine.duckdb.stop import Stop
from firmograph.errors import LakeError, NoLakeError, UsageError, check_type, first_line
from firmograph.lake.lake import Lake
from firmograph.lake.raw_data import decode_raw
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.queries.answers import (
    Freshness,
    LastRun,
    PublishedTable,
    Refusal,
    RefusedCase,
    SnapshotInfo,
    Status,
    TableInfo,
    Violation,
)
from firmograph.queries.replica import newest_whole, pin_whole
from firmograph.storage.base import Storage
from firmograph.storage.errors import BucketError

Batches: TypeAlias = pa.RecordBatchReader
"""The rows of a query, batch by batch."""
_SHOW_TABLES = re.compile(r"\s*SHOW\s+(ALL\s+)?TABLES\s*;?\s*", re.IGNORECASE)


@contextmanager
def reading() -> Iterator[None]:
    """Turns what the operating system and the libraries raise while a lake is read to an error.

    Raises:
        LakeError: if a table is missing or damaged, or its bucket cannot be used.
    """
    try:
        yield
    except CONNECTION_CLOSED as error:
        raise _closed() from error
    except BucketError as error:
        raise LakeError(f"the lake cannot be read: {error}", hint=error.hint) from error
    except STORAGE_ERRORS as error:
        raise LakeError(
            f"the lake cannot be read: {first_line(error)}", hint=sandbox.DAMAGED
        ) from error


def _closed() -> UsageError:
    return UsageError("the reader is closed", hint="use it inside its `with` block")


@dataclass(frozen=True)
class Reader:
    """A snapshot of a lake, open for reading.

    Attributes:
        engine: opens the tables at the versions of the snapshot.
        names: of the tables of the snapshot, including marts.
        snapshot: the snapshot.
        limits: how much a query may use.
        kept: how many snapshots can be rolled back to.
        newer: of a replica, how many newer snapshots are not whole.
        newest: the id of the newest snapshot that can be opened, if it is another one.
    """

    engine: DuckDBEngine
    names: Collection[str]
    snapshot: Snapshot
    limits: sandbox.QueryLimits = field(default_factory=sandbox.QueryLimits)
    kept: int = 30
    newer: int = 0
    newest: int | None = None

    @reading()
    def status(self) -> Status:
        """The last run, and the snapshot's totals, waiting trees, open refusals and freshness."""
        run, snapshot = last_run(self.engine), self.snapshot
        return Status(
            last_run=LastRun(**run) if run else None,
            last_finished_at=last_finished(self.engine),
            snapshot_id=snapshot.snapshot_id,
            published_at=snapshot.published_at,
            ingest_seq=snapshot.ingest_seq,
            totals=snapshot.state.totals if snapshot.snapshot_id else None,
            waiting_trees=snapshot.state.waiting_trees,
            freshness=[Freshness(**row) for row in find_freshness(self.engine)],
            open_refusals=len(self.refusals()),
            data_tests=snapshot.state.tests,
            withdrawn=snapshot.state.withdrawn_count,
            newer_snapshots=self.newer,
        )

    @reading()
    def refusals(self) -> list[RefusedCase]:
        """The open cases of the quarantine, newest first."""
        return [RefusedCase(**case) for case in list_cases(self.engine)]

    @reading()
    def refusal(self, document_id: str) -> Refusal:
        """One refused document, whose id begins with `document_id`.

        Raises:
            UsageError: if no id or several ids begin so.
        """
        check_type("document_id", document_id, str)
        violations = [Violation(**row) for row in find_case(self.engine, document_id)]
        found = (self.document(v.document_type, v.ingest_seq) for v in violations)
        return Refusal(violations, next((raw for raw in found if raw is not None), None))

    @reading()
    def document(self, document_type: str | None, seq: int | None) -> bytes | None:
        """The bytes of a document in ODS, by its `ingest_seq`.

        None of a file, which has no `ingest_seq`, and without a contract of its type.
        """
        table = self.engine.lake.ods_tables.get(str(document_type))
        if table is None or seq is None:
            return None
        columns = ["raw_data", "raw_encoding"]
        for batch in self.engine.store.read_rows(table, columns, [(seq, seq)]):
            row = batch.to_pylist()[0]
            return decode_raw(row["raw_data"], row["raw_encoding"])
        return None

    @reading()
    def tables(self) -> list[TableInfo]:
        """The tables of the snapshot, by zone and name."""
        order = {zone: place for place, zone in enumerate(("ods", "dw", "app", "control"))}
        specs = [self.engine.lake.specs[name] for name in self.names]
        ordered = sorted(specs, key=lambda s: (order[s.zone], s.name))
        return [self._table_info(spec.zone, spec.name) for spec in ordered]

    def _table_info(self, zone: str, name: str) -> TableInfo:
        table = self.engine.lake.open(name)
        stamp = next(iter(table.history(1)), {}).get("timestamp")
        changed_at = datetime.fromtimestamp(stamp / 1000, UTC) if stamp else None
        return TableInfo(
            f"{zone}/{name}", self.engine.store.row_count(name), table.version(), changed_at
        )

    @reading()
    def snapshots(self) -> list[SnapshotInfo]:
        """All snapshots, newest first."""
        oldest = oldest_restorable(self.engine, self.kept)
        return [
            SnapshotInfo(
                snapshot=found.snapshot_id,
                published_at=found.published_at,
                run_id=found.run_id,
                ingest_seq=found.ingest_seq,
                documents=found.state.totals.documents.received,
                withdrawn=found.state.withdrawn_count,
                is_restorable=found.snapshot_id >= oldest,
            )
            for found in list_snapshots(self.engine)
        ]

    def versions(self) -> dict[str, PublishedTable]:
        """The version and the path of each table of the snapshot, for other programs."""
        versions = self.snapshot.table_versions
        return {
            name: PublishedTable(versions[name], self.engine.lake.table(name).url)
            for name in sorted(versions)
            if name in self.names
        }

    def sql(self, query: str) -> pa.Table:
        """Runs one SELECT over the snapshot.

        Args:
            query: in DuckDB's dialect; tables are named without a schema. SHOW TABLES, DESCRIBE
                and EXPLAIN are understood, too.

        Raises:
            QueryError: if it is not a SELECT, fails, takes longer than the setting
                ``query_seconds``, or reads anything but the lake's tables.
        """
        with self.stream(query) as batches:
            return batches.read_all()

    def stream(self, query: str, stop: Stop | None = None) -> AbstractContextManager[Batches]:
        """Runs one SELECT and gives its rows batch by batch, in bounded memory; see `sql`.

        Args:
            query: the SELECT.
            stop: ends it from another thread.
        """
        check_type("query", query, str)
        if self.engine.is_closed:
            raise _closed()
        if _SHOW_TABLES.fullmatch(query):
            listed = pa.table({"name": pa.array(sorted(self.names), pa.string())})
            return nullcontext(listed.to_reader())
        return self._stream(query, stop)

    @contextmanager
    def _stream(self, query: str, stop: Stop | None) -> Iterator[Batches]:
        try:
            with sandbox.stream(self.engine.lake, query, self.names, self.limits, stop) as batches:
                yield batches
        except LakeError as error:
            if self.newest is None:
                raise
            oldest = oldest_restorable(self.engine, self.kept)
            readable = f"{oldest} to {self.newest}" if oldest < self.newest else f"{oldest}"
            hint = f"a vacuum deletes what only older snapshots need; readable are {readable}"
            raise LakeError(error.message, hint=hint) from error

    def table(self, name: str) -> pa.Table:
        """All rows of one table.

        Raises:
            UsageError: if there is no such table.
        """
        check_type("name", name, str)
        if name not in self.names:
            raise UsageError(
                f"no table {name!r}; {did_you_mean(name, self.names)}",
                hint="`firmograph tables` lists all",
            )
        return self.sql(f'SELECT * FROM "{name}"')


@contextmanager
def open_reader(
    lake_folder: Storage,
    contracts: Mapping[str, Contract],
    snapshot_id: int | None = None,
    kept: int = 30,
    limits: sandbox.QueryLimits | None = None,
    *,
    is_replica: bool = False,
) -> Iterator[Reader]:
    """Opens a snapshot of a lake: the last one, or an older one that is kept.

    Of a replica, the last snapshot that is whole counts as the last one.

    Raises:
        LakeError: if nothing was ever published.
        UsageError: if the snapshot is not kept.
    """
    lake = Lake(lake_folder, table_specs(contracts.values()))
    with reading():
        lake.open_all([] if is_replica else [SNAPSHOTS])
        is_there = is_replica or lake.exists(SNAPSHOTS)
    if not is_there:
        raise NoLakeError(
            f"there is no lake in {lake_folder.url} yet", hint="`firmograph run` creates it"
        )
    with DuckDBEngine(lake, RunStamp("", datetime.now(UTC))) as engine:
        newer, newest = 0, None
        with reading():
            if is_replica:
                pin_whole(lake)
                snapshot, newer = newest_whole(engine)
            else:
                snapshot = last_snapshot(engine)
            if snapshot_id not in (None, snapshot.snapshot_id):
                newest = snapshot.snapshot_id
                snapshot = find_snapshot(engine, snapshot_id, kept)
            names = _names(lake, snapshot)
        yield Reader(engine, names, snapshot, limits or sandbox.QueryLimits(), kept, newer, newest)


def _names(lake: Lake, snapshot: Snapshot) -> list[str]:
    """The tables of a snapshot, at its versions; a mart whose SQL is gone is not one."""
    lake.versions.update(snapshot.table_versions)
    for name in lake.find_marts():
        if name not in snapshot.state.marts:
            del lake.specs[name]
    zones = ("ods", "dw", "app") if snapshot.snapshot_id else ("app",)
    unseen = {name for name, spec in lake.specs.items() if spec.zone in zones}
    unseen -= snapshot.table_versions.keys()
    lake.find_all()
    return [name for name in lake.specs if lake.exists(name) and name not in unseen]
