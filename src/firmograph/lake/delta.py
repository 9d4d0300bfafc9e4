"""Commits files to a Delta table."""

import time
from collections.abc import Iterable

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from firmograph.lake.commits import Committer
from firmograph.lake.files import DataFile
from firmograph.lake.log import after_commit
from firmograph.lake.parquet import WrittenFile
from firmograph.storage.base import Storage


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
            [*adds, *removes],
            mode="append",
            schema=schema,
            commit_properties=properties,
            post_commithook_properties=after_commit(storage),
        ),
    )
    table.update_incremental()
