"""Snapshots, ``tb_published_snapshots``: the table versions that belong together.

The last row is the commit point: anything newer was left behind by an interrupted process.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self

import pyarrow as pa

from firmograph.control.totals import Totals
from firmograph.engine.base import Engine
from firmograph.errors import LakeError, UsageError

SNAPSHOTS = "tb_published_snapshots"
UNVERSIONED = (SNAPSHOTS, "tb_pipeline_control")
"""Control tables that, like those of ODS, are never restored, since they record what happened."""
REBUILT = ("tb_entity_heads", "tb_tree_pages")
"""Control tables that a rebuild recreates."""


@dataclass(frozen=True)
class WaitingTree:
    """A family tree that lacks pages.

    Attributes:
        missing_pages: of its newest delivery.
        documents: `ingest_seq` of the documents that wait; empty if the tree is published
            incomplete because it was never complete.
    """

    missing_pages: list[int]
    documents: list[int]


@dataclass(frozen=True)
class DataTestResult:
    """The result of a data test.

    Attributes:
        sql_hash: of its SQL.
        severity: ``warn``, or ``fail`` if its failure fails the run.
        row_count: how many rows it returned.
        message: why it failed, in a phrase; None if it passed.
        examples: up to three of the rows, as JSON.
    """

    sql_hash: str
    severity: str
    row_count: int
    message: str | None
    examples: list[str]

    @property
    def fails_run(self) -> bool:
        """Whether the test failed, and its failure fails the run."""
        return self.message is not None and self.severity == "fail"


@dataclass(frozen=True)
class SnapshotState:
    """What the next run must know about the last one; stored as JSON in the column ``sums``.

    Attributes:
        totals: of the run that published the snapshot.
        waiting_trees: family trees that lack pages, by global DUNS.
        marts: a hash of the SQL of each mart that can be read; empty if it could not be built
            again and keeps the rows it had.
        tests: the result of each data test.
        withdrawn: documents withdrawn by a rollback: first and last `ingest_seq` of each span.
        oldest_restorable: the oldest snapshot a rollback may restore.
    """

    totals: Totals = field(default_factory=Totals)
    waiting_trees: dict[str, WaitingTree] = field(default_factory=dict)
    marts: dict[str, str] = field(default_factory=dict)
    tests: dict[str, DataTestResult] = field(default_factory=dict)
    withdrawn: list[tuple[int, int]] = field(default_factory=list)
    oldest_restorable: int = 0

    def differs_from(self, other: "SnapshotState") -> bool:
        """Whether anything but the totals differs."""
        return replace(self, totals=other.totals) != other

    def to_json(self) -> str:
        """The state as the table stores it; empty values are left out."""
        kept = {name: value for name, value in asdict(self).items() if value and name != "totals"}
        return json.dumps({**self.totals.as_dict(), **kept}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The state from what the table stores."""
        stored: dict[str, Any] = json.loads(text)
        trees: Mapping[str, Any] = stored.get("waiting_trees", {})
        return cls(
            Totals.from_dict(stored),
            {duns: WaitingTree(**tree) for duns, tree in trees.items()},
            stored.get("marts", {}),
            {name: DataTestResult(**test) for name, test in stored.get("tests", {}).items()},
            [(low, high) for low, high in stored.get("withdrawn", [])],
            stored.get("oldest_restorable", 0),
        )


@dataclass(frozen=True)
class Snapshot:
    """One publish: up to which document, with which table versions and totals.

    Attributes:
        snapshot_id: one more than that of the snapshot before; 0 before the first.
        run_id: the run that published it.
        published_at: when, UTC; None before the first.
        contract_fingerprint: of the contracts it was published under.
        ingest_seq: the last document of ODS that is published.
        table_versions: of each table.
        state: totals, and what the next run must know.
        contract: those contracts, as plain data.
    """

    snapshot_id: int = 0
    run_id: str = ""
    published_at: datetime | None = None
    contract_fingerprint: str = ""
    ingest_seq: int = 0
    table_versions: dict[str, int] = field(default_factory=dict)
    state: SnapshotState = field(default_factory=SnapshotState)
    contract: dict[str, Any] = field(default_factory=dict)


def last_snapshot(engine: Engine, back: int = 0) -> Snapshot:
    """The newest snapshot, or the one `back` steps before it; an empty one before the first."""
    found = _read(engine, f"ORDER BY snapshot_id DESC LIMIT 1 OFFSET {back}")
    return found[0] if found else Snapshot()


def list_snapshots(engine: Engine) -> list[Snapshot]:
    """All snapshots, newest first."""
    return _read(engine, "ORDER BY snapshot_id DESC")


def find_snapshot(engine: Engine, snapshot_id: int, kept: int) -> Snapshot:
    """One of the newest `kept` snapshots.

    Raises:
        UsageError: if it is not one of them.
    """
    listed = list_snapshots(engine)
    oldest = listed[0].state.oldest_restorable if listed else 0
    snapshots = [s for s in listed[:kept] if s.snapshot_id >= oldest]
    for snapshot in snapshots:
        if snapshot.snapshot_id == snapshot_id:
            return snapshot
    known = f"{snapshots[-1].snapshot_id} to {snapshots[0].snapshot_id}" if snapshots else "none"
    raise UsageError(
        f"snapshot {snapshot_id} is not kept; kept are {known}",
        hint="`firmograph snapshots` lists them; the setting snapshots_kept sets how many",
    )


def _read(engine: Engine, order: str) -> list[Snapshot]:
    rows = engine.query_local(f"SELECT * FROM {SNAPSHOTS} {order}", [SNAPSHOTS]).to_pylist()
    return [_snapshot(row) for row in rows]


def _snapshot(row: dict[str, Any]) -> Snapshot:
    """A snapshot from its row."""
    versions, contract = json.loads(row.pop("table_versions")), json.loads(row.pop("contract"))
    state = SnapshotState.from_json(row.pop("sums"))
    return Snapshot(**row, table_versions=versions, contract=contract, state=state)


def write_snapshot(engine: Engine, snapshot: Snapshot) -> None:
    """Publishes: the commit of this append is the commit point of the run."""
    row = vars(snapshot) | {
        "table_versions": json.dumps(snapshot.table_versions, sort_keys=True),
        "sums": snapshot.state.to_json(),
        "contract": json.dumps(snapshot.contract, sort_keys=True),
    }
    del row["state"]
    schema = engine.lake.specs[SNAPSHOTS].schema
    engine.store.append(SNAPSHOTS, pa.Table.from_pylist([row], schema=schema))


def restore_snapshot(
    engine: Engine, snapshot: Snapshot, *, will_rebuild: bool = False
) -> list[str]:
    """Restores every table to its version in a snapshot; returns the names of those restored.

    Args:
        engine: of the lake.
        snapshot: the snapshot.
        will_rebuild: whether tables that are derived from ODS may be missing.

    Raises:
        LakeError: if a table is older than the snapshot.
    """
    restored = []
    for name, version in engine.store.versions().items():
        wanted = snapshot.table_versions.get(name, 0)
        is_rebuilt = will_rebuild and _is_derived(engine, name)
        if is_rebuilt and (version < wanted or name not in snapshot.table_versions):
            continue
        if version < wanted:
            raise LakeError(
                f"table {name} is at version {version}; the last snapshot "
                f"was published with version {wanted}",
                hint="log files are missing or truncated; restore the folder from a backup or, if "
                "ODS is intact, run `firmograph rebuild`",
            )
        is_restored = name not in UNVERSIONED and engine.lake.specs[name].zone != "ods"
        if is_restored and version > wanted:
            engine.store.restore(name, wanted)
            restored.append(name)
    return restored


def _is_derived(engine: Engine, name: str) -> bool:
    """Whether a table is derived from ODS, so that a rebuild recreates it."""
    return engine.lake.specs[name].zone in ("dw", "app") or name in REBUILT
