"""Readers: they see the last snapshot whole, never wait, and never write."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.control.ledger import last_run
from firmograph.control.quarantine import find_case, list_cases
from firmograph.control.snapshots import (
    SNAPSHOTS,
    Snapshot,
    find_snapshot,
    last_snapshot,
    list_snapshots,
)
from firmograph.engine.duckdb import sandbox
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.errors import LakeError
from firmograph.lake.lake import Lake
from firmograph.lake.raw_data import decode_raw
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.storage.base import Storage


@dataclass(frozen=True)
class Reader:
    """A snapshot of a lake, open for reading.

    Attributes:
        engine: sees the tables as the snapshot names them.
        names: of the tables there are, the marts among them.
        snapshot: which one.
        memory_limit: what a query may hold in memory, as ``2GB``.
    """

    engine: DuckDBEngine
    names: Collection[str]
    snapshot: Snapshot
    memory_limit: str | None = None

    def status(self) -> dict[str, Any]:
        """Last run, sums of the last snapshot, trees that lack pages, freshness, open refusals."""
        freshest = self.engine.query_local(
            "SELECT document_type, count(DISTINCT entity_id) AS entities, "
            "max(source_timestamp) AS newest_source FROM tb_entity_heads "
            "GROUP BY document_type ORDER BY document_type",
            ["tb_entity_heads"],
        ).to_pylist()
        snapshot = self.snapshot
        return {
            "last_run": last_run(self.engine),
            "snapshot_id": snapshot.snapshot_id,
            "published_at": snapshot.published_at,
            "ingest_seq": snapshot.ingest_seq,
            "sums": {k: snapshot.sums.get(k) for k in ("files", "documents", "elements")},
            "waiting_trees": snapshot.sums.get("waiting_trees", {}),
            "freshness": freshest,
            "open_refusals": len(self.refusals()),
        }

    def refusals(self) -> list[dict[str, Any]]:
        """Open refusals, a row a document."""
        return list_cases(self.engine)

    def refusal(self, document_id: str) -> tuple[list[dict[str, Any]], bytes | None]:
        """All violations of one refused document, and its bytes where ODS has them."""
        rows = find_case(self.engine, document_id)
        seqs = {row["ingest_seq"] for row in rows if row["ingest_seq"] is not None}
        if not seqs:
            return rows, None
        table = self.engine.lake.ods_tables[rows[0]["document_type"]]
        spans = [(seq, seq) for seq in sorted(seqs)[:1]]
        for batch in self.engine.store.read_rows(table, ["raw_data", "raw_encoding"], spans):
            row = batch.to_pylist()[0]
            return rows, decode_raw(row["raw_data"], row["raw_encoding"])
        return rows, None

    def tables(self) -> list[dict[str, Any]]:
        """Rows, version and last change of each table."""
        order = {zone: place for place, zone in enumerate(("ods", "dw", "app", "control"))}
        listed = []
        specs = [self.engine.lake.specs[name] for name in self.names]
        for spec in sorted(specs, key=lambda s: (order[s.zone], s.name)):
            table = self.engine.lake.open(spec.name)
            stamp = table.history(1)[0].get("timestamp")
            listed.append(
                {
                    "table": f"{spec.zone}/{spec.name}",
                    "rows": self.engine.store.row_count(spec.name),
                    "version": table.version(),
                    "changed_at": datetime.fromtimestamp(stamp / 1000, UTC) if stamp else None,
                }
            )
        return listed

    def snapshots(self) -> list[dict[str, Any]]:
        """All snapshots, newest first."""
        return [
            {
                "snapshot": found.snapshot_id,
                "published_at": found.published_at,
                "run_id": found.run_id,
                "ingest_seq": found.ingest_seq,
                "documents": (found.sums.get("documents") or {}).get("received", 0),
            }
            for found in list_snapshots(self.engine)
        ]

    def select(self, sql: str) -> pa.Table:
        """Runs one SELECT over the snapshot."""
        return sandbox.select(self.engine.lake, sql, self.names, memory_limit=self.memory_limit)


@contextmanager
def open_reader(
    lake_folder: Storage,
    contracts: Mapping[str, Contract],
    snapshot_id: int | None = None,
    kept: int = 30,
    memory_limit: str | None = None,
) -> Iterator[Reader]:
    """Opens a snapshot of a lake: the last one, or an older one that is kept.

    Raises:
        LakeError: where nothing was ever published.
        UsageError: where the snapshot is not kept.
    """
    lake = Lake(lake_folder, table_specs(contracts.values()))
    if not lake.exists(SNAPSHOTS):
        raise LakeError(
            f"there is no lake in {lake_folder.url} yet", hint="`firmograph run` makes it"
        )
    with DuckDBEngine(lake, RunStamp("", datetime.now(UTC))) as engine:
        snapshot = last_snapshot(engine)
        if snapshot_id is not None:
            snapshot = find_snapshot(engine, snapshot_id, kept)
        lake.versions.update(snapshot.table_versions)
        lake.find_marts()
        unseen = {name for name, spec in lake.specs.items() if spec.zone == "app"}
        unseen -= snapshot.table_versions.keys()
        names = [n for n in lake.specs if lake.exists(n) and n not in unseen]
        yield Reader(engine, names, snapshot, memory_limit)
