"""Keeps the logs of the tables short: what no kept snapshot needs is deleted."""

from collections.abc import Mapping

from firmograph.control.snapshots import UNVERSIONED, kept_snapshots, last_snapshot
from firmograph.engine.base import Engine
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.errors import first_line
from firmograph.lake.log import TableLog, due_for_checkpoint


def maintain_logs(engine: Engine, found: Mapping[str, int], kept: int) -> list[str]:
    """Shortens the logs of the tables that a run wrote to, and in a bucket writes checkpoints.

    Args:
        engine: of the lake.
        found: the version of each table when the run began.
        kept: how many snapshots are kept.

    Returns:
        What could not be done, in words.
    """
    lake, notes = engine.lake, list[str]()
    needed = _needed(engine, kept)

    def shorten(name: str) -> int:
        """Shortens a log; returns how many entries are left since its last checkpoint."""
        try:
            log = TableLog(lake.table(name))
            log.expire(needed.get(name, 0))
        except STORAGE_ERRORS as error:
            notes.append(f"the log of {name} was not shortened: {first_line(error)}")
            return 0
        return log.entry_count

    def checkpoint(name: str) -> None:
        try:
            engine.store.checkpoint(name)
        except STORAGE_ERRORS as error:
            notes.append(f"the log of {name} got no checkpoint: {first_line(error)}")

    changed = [name for name, v in engine.store.versions().items() if v != found.get(name)]
    entry_counts = dict(zip(changed, lake.side_by_side(shorten, changed), strict=True))
    if not lake.root.is_local:
        lake.side_by_side(checkpoint, due_for_checkpoint(entry_counts))
    return notes


def _needed(engine: Engine, kept: int) -> Mapping[str, int]:
    """The oldest version of each table that must stay readable; none while all must.

    Tables without a version in snapshots keep as many versions as there are kept snapshots, since
    a reader may be opening one.
    """
    if not last_snapshot(engine, back=kept - 1).snapshot_id:
        return {}
    needed = dict(kept_snapshots(engine, kept)[-1].table_versions)
    for name, version in engine.store.versions().items():
        if name in UNVERSIONED:
            needed[name] = version - kept
    return needed
