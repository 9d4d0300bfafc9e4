"""Maintenance of a lake's files: vacuum and compact."""

from collections.abc import Mapping

from firmograph.contract.model import Contract
from firmograph.control.snapshots import SNAPSHOTS, kept_snapshots
from firmograph.lake.staged import delete_staged
from firmograph.pipeline.context import begin
from firmograph.pipeline.report import FilesTouched, Folders, Limits


def vacuum(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> FilesTouched:
    """Deletes files that no kept snapshot needs, including those of interrupted runs.

    Returns:
        How many files were deleted, by table.
    """
    with begin("vacuum", folders, limits, contracts) as run:
        kept = kept_snapshots(run.engine, limits.snapshots_kept)
        files = {}
        for name in run.engine.store.versions():
            versions = {s.table_versions[name] for s in kept if name in s.table_versions}
            files[name] = run.engine.store.vacuum(name, sorted(versions))
        delete_staged(run.engine.lake)
        return FilesTouched(files)


def compact(folders: Folders, limits: Limits, contracts: Mapping[str, Contract]) -> FilesTouched:
    """Merges the small files of every table; the rows stay the same.

    Returns:
        How many fewer files there are, by table.
    """
    with begin("compact", folders, limits, contracts) as run:
        names = [name for name in run.engine.store.versions() if name != SNAPSHOTS]
        return FilesTouched({name: run.engine.store.compact(name) for name in names})
