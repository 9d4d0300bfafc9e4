"""Snapshots, ``tb_published_snapshots``: the versions that belong together.

Its last row is the commit point: whatever is newer was left behind by a process that ended.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.errors import LakeError, UsageError

SNAPSHOTS = "tb_published_snapshots"
UNVERSIONED = (SNAPSHOTS, "tb_pipeline_control")
"""Tables that, like those of ODS, are never restored: the record of what happened."""
REBUILT = ("tb_entity_heads", "tb_tree_pages")
"""Control tables that a rebuild makes anew."""


@dataclass(frozen=True)
class Snapshot:
    """What was published, up to which document, and the sums that closed.

    Attributes:
        snapshot_id: grows by one a snapshot; 0 before the first.
        run_id: the run that published it.
        published_at: when, UTC; None before the first.
        contract_fingerprint: of the contracts it was published under.
        ingest_seq: the last document of ODS that is published.
        table_versions: of each table.
        sums: counts of files, documents and elements, and the trees that lack pages.
        contract: the contracts themselves, as plain data.
    """

    snapshot_id: int = 0
    run_id: str = ""
    published_at: datetime | None = None
    contract_fingerprint: str = ""
    ingest_seq: int = 0
    table_versions: dict[str, int] = field(default_factory=dict)
    sums: dict[str, Any] = field(default_factory=dict)
    contract: dict[str, Any] = field(default_factory=dict)


def last_snapshot(engine: Engine, back: int = 0) -> Snapshot:
    """The newest snapshot, or one some steps `back`; an empty one before the first."""
    found = _read(engine, f"ORDER BY snapshot_id DESC LIMIT 1 OFFSET {back}")
    return found[0] if found else Snapshot()


def list_snapshots(engine: Engine) -> list[Snapshot]:
    """All snapshots, newest first."""
    return _read(engine, "ORDER BY snapshot_id DESC")


def find_snapshot(engine: Engine, snapshot_id: int, kept: int) -> Snapshot:
    """One of the newest `kept` snapshots.

    Raises:
        UsageError: where it is none of them.
    """
    listed = list_snapshots(engine)
    oldest = listed[0].sums.get("oldest_restorable", 0) if listed else 0
    snapshots = [s for s in listed[:kept] if s.snapshot_id >= oldest]
    for snapshot in snapshots:
        if snapshot.snapshot_id == snapshot_id:
            return snapshot
    known = f"{snapshots[-1].snapshot_id} to {snapshots[0].snapshot_id}" if snapshots else "none"
    raise UsageError(
        f"snapshot {snapshot_id} is not kept; kept are {known}",
        hint="`firmograph snapshots` lists them; the setting snapshots_kept says how many",
    )


def _read(engine: Engine, order: str) -> list[Snapshot]:
    rows = engine.query_local(f"SELECT * FROM {SNAPSHOTS} {order}", [SNAPSHOTS]).to_pylist()
    for row in rows:
        for name in ("table_versions", "sums", "contract"):
            row[name] = json.loads(row[name])
    return [Snapshot(**row) for row in rows]


def write_snapshot(engine: Engine, snapshot: Snapshot) -> None:
    """Publishes: after this one append everything the run wrote counts."""
    row = {
        **vars(snapshot),
        "table_versions": json.dumps(snapshot.table_versions, sort_keys=True),
        "sums": json.dumps(snapshot.sums, sort_keys=True),
        "contract": json.dumps(snapshot.contract, sort_keys=True),
    }
    schema = engine.lake.specs[SNAPSHOTS].schema
    engine.store.append(SNAPSHOTS, pa.Table.from_pylist([row], schema=schema))


def restore_snapshot(
    engine: Engine, snapshot: Snapshot, *, will_rebuild: bool = False
) -> list[str]:
    """Sets every table back to a snapshot; returns the names of those that had gone on.

    Args:
        engine: of the lake.
        snapshot: which one.
        will_rebuild: whether tables that follow from ODS may be lost.

    Raises:
        LakeError: where a table is older than the snapshot.
    """
    restored = []
    for name, version in engine.store.versions().items():
        wanted = snapshot.table_versions.get(name, 0)
        if version < wanted and will_rebuild and follows_from_ods(engine, name):
            continue
        if version < wanted:
            raise LakeError(
                f"table {name} is at version {version}; the last snapshot "
                f"was published with version {wanted}",
                hint="log files are missing or cut off; restore the folder from a backup, or, if "
                "ODS is whole, `firmograph rebuild`",
            )
        is_restored = name not in UNVERSIONED and engine.lake.specs[name].zone != "ods"
        if is_restored and version > wanted:
            engine.store.restore(name, wanted)
            restored.append(name)
    return restored


def follows_from_ods(engine: Engine, name: str) -> bool:
    """Whether a table can be made again from ODS."""
    return engine.lake.specs[name].zone in ("dw", "app") or name in REBUILT
