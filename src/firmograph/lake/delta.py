"""Commits files to a Delta table, and keeps its log short."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from firmograph.lake.files import DataFile
from firmograph.lake.parquet import WrittenFile

_CHECKPOINT = ".checkpoint.parquet"
_ENTRY = re.compile(r"(\d{20})(\.json|\.crc|\.checkpoint\..*)")
"""A file of one version in a log: a commit, its checksum, a checkpoint or a part of one."""


def commit(
    table: DeltaTable,
    schema: pa.Schema,
    added: Iterable[WrittenFile],
    removed: Iterable[DataFile] = (),
    *,
    run_id: str,
    is_same_data: bool = False,
) -> None:
    """Adds and removes files of a table in one Delta commit.

    Args:
        table: the table; afterwards at the new version.
        schema: its columns.
        added: files already written into its folder.
        removed: files that leave the table.
        run_id: kept in the commit, for `history`.
        is_same_data: whether the rows are the same as before, as after a compaction.
    """
    now = int(time.time() * 1000)
    changes = not is_same_data
    adds = [AddAction(f.name, f.size, {}, now, changes, f.statistics) for f in added]
    removes = [RemoveAction(file.path, changes, now, file.size, {}) for file in removed]
    table.create_write_transaction(
        [*adds, *removes],
        mode="append",
        schema=schema,
        commit_properties=CommitProperties(custom_metadata={"run_id": run_id}),
    )
    table.update_incremental()


def expire_log(folder: Path, version: int) -> int:
    """Deletes the part of a table's log that neither this version nor a later one is read from.

    That is everything older than the last checkpoint at or before the version. Opening a table
    lists its whole log, so an unbounded log would slow down every run.

    Args:
        folder: of the table.
        version: the oldest that must stay readable.

    Returns:
        How many files were deleted.
    """
    log = folder / "_delta_log"
    files = {path: found for path in log.iterdir() if (found := _ENTRY.fullmatch(path.name))}
    checkpoints = [int(found[1]) for found in files.values() if found[2] == _CHECKPOINT]
    base = max((number for number in checkpoints if number <= version), default=0)
    outdated = sorted(path for path, found in files.items() if int(found[1]) < base)
    if outdated:
        pq.read_metadata(log / f"{base:020}{_CHECKPOINT}")  # nothing is deleted unless it is whole
    for path in outdated:
        path.unlink()
    return len(outdated)
