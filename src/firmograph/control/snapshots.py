"""Snapshots, ``tb_published_snapshots``: the table versions that belong together.

The last row is the commit point: anything newer was left behind by an interrupted process.
"""

import json
from bisect import bisect_left
from collections.abc import Collection, Mapping
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
    """A family tree whose newest delivery is not complete.

    Attributes:
        missing_pages: numbers of the pages known to be missing; empty if the numbers do not tell.
        documents: `ingest_seq` of the documents that wait; empty if the tree is published
            incomplete because it was never complete.
        members_expected: how many members the vendor counts; None if it does not say.
        members_received: how many were received; None if `missing_pages` tells what is missing.
    """

    missing_pages: list[int]
    documents: list[int]
    members_expected: int | None = None
    members_received: int | None = None

    @property
    def shortage(self) -> str:
        """What is missing, in words that follow the tree's name."""
        if self.missing_pages:
            noun = "page" if len(self.missing_pages) == 1 else "pages"
            return f"lacks {noun} {', '.join(map(str, self.missing_pages))}"
        if self.members_expected is None:
            return "may lack members, since it does not state how many there are"
        return f"lacks members: {self.members_received or 0} of {self.members_expected} received"


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
        rollbacks: the runs that rolled back, in their order.
        withdrawn_count: how many documents are withdrawn, by rollbacks and one by one.
    """

    totals: Totals = field(default_factory=Totals)
    waiting_trees: dict[str, WaitingTree] = field(default_factory=dict)
    marts: dict[str, str] = field(default_factory=dict)
    tests: dict[str, DataTestResult] = field(default_factory=dict)
    withdrawn: list[tuple[int, int]] = field(default_factory=list)
    oldest_restorable: int = 0
    rollbacks: list[str] = field(default_factory=list)
    withdrawn_count: int = 0

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
            stored.get("rollbacks", []),
            stored.get("withdrawn_count", 0),
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


def kept_snapshots(engine: Engine, kept: int) -> list[Snapshot]:
    """The newest `kept` snapshots, newest first, without those before a table was lost."""
    listed = list_snapshots(engine)
    oldest = listed[0].state.oldest_restorable if listed else 0
    return [snapshot for snapshot in listed[:kept] if snapshot.snapshot_id >= oldest]


def lost_tables(engine: Engine, snapshot: Snapshot) -> list[str]:
    """The tables whose version in a snapshot can no longer be restored, as after a vacuum."""
    lost = []
    for name, version in snapshot.table_versions.items():
        spec = engine.lake.specs.get(name)
        if spec is None or spec.zone == "ods":
            continue
        held = {entry.name for entry in engine.lake.table(name).files()}
        files = engine.store.files_at(name, version)
        if files is None or not held.issuperset(file.path for file in files):
            lost.append(name)
    return lost


def oldest_restorable(engine: Engine, kept: int) -> int:
    """The oldest of the kept snapshots of which no file is lost.

    A vacuum deletes what only older snapshots need, so the oldest is found by bisection.
    """
    snapshots = kept_snapshots(engine, kept)
    if not snapshots:
        return 0
    if not lost_tables(engine, snapshots[-1]):
        return snapshots[-1].snapshot_id
    lost = bisect_left(snapshots[:-1], True, key=lambda s: bool(lost_tables(engine, s)))
    return snapshots[max(lost - 1, 0)].snapshot_id


def find_snapshot(engine: Engine, snapshot_id: int, kept: int) -> Snapshot:
    """One of the newest `kept` snapshots.

    Raises:
        UsageError: if it is not one of them.
    """
    snapshots = kept_snapshots(engine, kept)
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
    engine: Engine, snapshot: Snapshot, *, will_rebuild: bool = False, kept: Collection[str] = ()
) -> list[str]:
    """Restores every table to its version in a snapshot; returns the names of those restored.

    Args:
        engine: of the lake.
        snapshot: the snapshot.
        will_rebuild: whether tables that are derived from ODS may be missing.
        kept: tables to leave as they are.

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
        is_restored = name not in (*UNVERSIONED, *kept) and engine.lake.specs[name].zone != "ods"
        if is_restored and version > wanted:
            engine.store.restore(name, wanted)
            restored.append(name)
    return restored


def _is_derived(engine: Engine, name: str) -> bool:
    """Whether a table is derived from ODS, so that a rebuild recreates it."""
    return engine.lake.specs[name].zone in ("dw", "app") or name in REBUILT
