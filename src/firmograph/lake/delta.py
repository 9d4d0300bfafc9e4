"""Commits files to a Delta table, and shortens its log."""

import re
import time
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from firmograph.lake.commits import Committer
from firmograph.lake.files import DataFile
from firmograph.lake.parquet import WrittenFile
from firmograph.storage.base import Storage

_CHECKPOINT = ".checkpoint.parquet"
_ENTRY = re.compile(r"(\d{20})(\.json|\.crc|\.checkpoint\..*)")
"""A file of one version in a log: a commit, its checksum, a checkpoint or a part of one."""


def commit(
    committer: Committer,
    storage: Storage,
    table: DeltaTable,
    schema: pa.Schema,
    added: Iterable[WrittenFile],
    removed: Iterable[DataFile] = (),
    *,
    is_same_data: bool = False,
) -> None:
    """Adds and removes files of a table in one Delta commit.

    Args:
        committer: of the run.
        storage: of the table's files.
        table: the table; updated to the new version.
        schema: its columns.
        added: files already written into its folder.
        removed: files that are no longer part of the table.
        is_same_data: whether the rows stay the same, as in a compaction.
    """
    now = int(time.time() * 1000)
    changes = not is_same_data
    adds = [AddAction(f.name, f.size, {}, now, changes, f.statistics) for f in added]
    removes = [RemoveAction(file.path, changes, now, file.size, {}) for file in removed]
    committer.commit(
        storage,
        table.version(),
        lambda properties: table.create_write_transaction(
            [*adds, *removes], mode="append", schema=schema, commit_properties=properties
        ),
    )
    table.update_incremental()


def expire_log(table: Storage, version: int) -> int:
    """Deletes the part of a table's log that neither this version nor a later one needs.

    That is everything older than the last checkpoint at or before the version. Opening a table
    lists its whole log, so an unbounded log would slow down every run.

    Args:
        table: where the table's files are.
        version: the oldest version that must stay readable.

    Returns:
        How many files were deleted.
    """
    log = table / "_delta_log"
    found = [match for entry in log.files() if (match := _ENTRY.fullmatch(entry.name))]
    checkpoints = [int(match[1]) for match in found if match[2] == _CHECKPOINT]
    base = max((number for number in checkpoints if number <= version), default=0)
    outdated = sorted(match[0] for match in found if int(match[1]) < base)
    if outdated:
        with log.open(f"{base:020}{_CHECKPOINT}") as checkpoint:
            pq.read_metadata(checkpoint.content)  # nothing is deleted if it is damaged
    log.delete(outdated)
    return len(outdated)
