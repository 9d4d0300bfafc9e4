"""Replicas: copies of a lake that something else writes, file by file and in any order.

A replica is read at the newest snapshot all of whose tables are whole: their logs can be read up to
the snapshot's versions, and every file these name is there.
"""

import re
from collections.abc import Mapping

from firmograph.control.snapshots import SNAPSHOTS, UNVERSIONED, Snapshot, list_snapshots
from firmograph.engine.base import Engine
from firmograph.errors import LakeError
from firmograph.lake.files import data_files
from firmograph.lake.lake import LOG_ERRORS, Lake, open_table, table_folders
from firmograph.storage.base import Storage
from firmograph.storage.errors import BucketError, Gone

ZONES = ("ods", "dw", "app", "control")
_COMMIT = re.compile(r"(\d{20})\.json")


def pin_whole(lake: Lake) -> None:
    """Pins the tables without a version in snapshots to their newest whole one.

    Raises:
        LakeError: if the snapshots themselves have none.
    """
    for name in UNVERSIONED:
        table = lake.table(name)
        found = next((v for v in _versions(table) if _is_whole(table, v)), None)
        if found is not None:
            lake.versions[name] = found
        elif name == SNAPSHOTS:
            raise LakeError(
                f"the replica {lake.root.url} has no snapshot yet, or its log is not whole",
                hint="wait until more of the lake is replicated",
            )
        else:
            del lake.specs[name]


def newest_whole(engine: Engine) -> tuple[Snapshot, int]:
    """The newest snapshot that is whole, and how many newer ones are not.

    Raises:
        LakeError: if none is.
    """
    snapshots = list_snapshots(engine)
    for newer, snapshot in enumerate(snapshots):
        if _holds(engine.lake, snapshot.table_versions):
            return snapshot, newer
    raise LakeError(
        f"none of the {len(snapshots)} snapshots of the replica {engine.lake.root.url} is whole",
        hint="wait until more of the lake is replicated",
    )


def _holds(lake: Lake, versions: Mapping[str, int]) -> bool:
    tables = {name: zone for zone in ZONES for name in table_folders(lake.root, zone)}
    return versions.keys() <= tables.keys() and all(
        _is_whole(lake.root / tables[name] / name, version) for name, version in versions.items()
    )


def _versions(table: Storage) -> list[int]:
    """The versions whose commits are there, newest first."""
    try:
        names = [entry.name for entry in (table / "_delta_log").files()]
    except Gone:
        return []
    return sorted((int(found[1]) for n in names if (found := _COMMIT.fullmatch(n))), reverse=True)


def _is_whole(table: Storage, version: int) -> bool:
    """Whether a table can be opened at a version, and has all files of it."""
    try:
        files = data_files(open_table(table, version), None)
        present = {entry.name for entry in table.files()}
    except BucketError:  # the bucket, not the table
        raise
    except LOG_ERRORS:
        return False
    return present.issuperset(file.path for file in files)
