"""Readers: they see the last snapshot whole, never wait, and never write."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.control.ledger import last_run
from firmograph.control.quarantine import find_refusals, list_refusals
from firmograph.control.snapshots import Snapshot, last_snapshot, mart_specs
from firmograph.engine import session
from firmograph.engine.embedded import EmbeddedEngine
from firmograph.errors import LakeError
from firmograph.lake import ODS_TABLES, Lake, TableSpec, table_specs
from firmograph.layers.ods import as_bytes


@dataclass(frozen=True)
class Reader:
    """A snapshot of a lake, open for reading.

    Attributes:
        engine: sees the tables as the snapshot names them.
        specs: all tables there are, the marts among them.
        snapshot: which one.
    """

    engine: EmbeddedEngine
    specs: Mapping[str, TableSpec]
    snapshot: Snapshot

    def status(self) -> dict[str, Any]:
        """Last run, sums of the last snapshot, trees that lack pages, freshness, open refusals."""
        freshest = self.engine.query(
            "SELECT document_type, count(DISTINCT entity_id) AS entities, "
            "max(source_timestamp) AS newest_source FROM tb_entity_heads "
            "GROUP BY document_type ORDER BY document_type",
            [self.specs["tb_entity_heads"]],
        ).to_pylist()
        snapshot = self.snapshot
        return {
            "last_run": last_run(self.engine, self.specs),
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
        return list_refusals(self.engine, self.specs)

    def refusal(self, document_id: str) -> tuple[list[dict[str, Any]], bytes | None]:
        """All violations of one refused document, and its bytes where ODS has them."""
        rows = find_refusals(self.engine, self.specs, document_id)
        seqs = {row["ingest_seq"] for row in rows if row["ingest_seq"] is not None}
        if not seqs:
            return rows, None
        spec = self.specs[ODS_TABLES[rows[0]["document_type"]]]
        spans = [(seq, seq) for seq in sorted(seqs)[:1]]
        for batch in self.engine.read_rows(spec, ["raw_data", "raw_encoding"], spans):
            row = batch.to_pylist()[0]
            return rows, as_bytes(row["raw_data"], row["raw_encoding"])
        return rows, None

    def tables(self) -> list[dict[str, Any]]:
        """Rows, version and last change of each table."""
        order = {zone: place for place, zone in enumerate(("ods", "dw", "app", "control"))}
        listed = []
        for spec in sorted(self.specs.values(), key=lambda s: (order[s.zone], s.name)):
            table = self.engine.lake.open(spec.zone, spec.name)
            stamp = table.history(1)[0].get("timestamp")
            listed.append(
                {
                    "table": f"{spec.zone}/{spec.name}",
                    "rows": self.engine.row_count(spec),
                    "version": table.version(),
                    "changed_at": datetime.fromtimestamp(stamp / 1000, UTC) if stamp else None,
                }
            )
        return listed

    def select(self, sql: str) -> pa.Table:
        """Runs one SELECT over the snapshot."""
        return session.select(self.engine.lake, sql, self.specs)


@contextmanager
def open_reader(lake_folder: Path, contracts: Mapping[str, Contract]) -> Iterator[Reader]:
    """Opens the last snapshot of a lake.

    Raises:
        LakeError: where nothing was ever published.
    """
    specs = table_specs(contracts.values())
    lake = Lake(lake_folder)
    if not lake.exists("control", "tb_published_snapshots"):
        raise LakeError(f"there is no lake in {lake_folder} yet", hint="`firmograph run` makes it")
    with EmbeddedEngine(lake, "", datetime.now(UTC)) as engine:
        snapshot = last_snapshot(engine, specs)
        lake.versions.update(snapshot.table_versions)
        lake.forget("tb_published_snapshots")
        there = {name: s for name, s in specs.items() if lake.exists(s.zone, name)}
        marts = {
            name: spec for name, spec in mart_specs(lake).items() if name in snapshot.table_versions
        }
        yield Reader(engine, {**there, **marts}, snapshot)
