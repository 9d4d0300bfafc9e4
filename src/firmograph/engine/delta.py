"""Commits files to a Delta table."""

import time
from collections.abc import Iterable

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.transaction import AddAction, RemoveAction

from firmograph.engine.files import DataFile
from firmograph.engine.parquet import WrittenFile


def commit(
    table: DeltaTable,
    schema: pa.Schema,
    added: Iterable[WrittenFile],
    gone: Iterable[DataFile] = (),
    *,
    run_id: str,
    is_same_data: bool = False,
) -> None:
    """Adds and removes files of a table in one Delta commit.

    Args:
        table: the table; afterwards at the new version.
        schema: its columns.
        added: files already written into its folder.
        gone: files that leave the table.
        run_id: kept in the commit, for `history`.
        is_same_data: whether the rows are the same as before, as after a compaction.
    """
    now = int(time.time() * 1000)
    changes = not is_same_data
    adds = [AddAction(f.name, f.size, {}, now, changes, f.statistics) for f in added]
    removes = [RemoveAction(file.path, changes, now, file.size, {}) for file in gone]
    table.create_write_transaction(
        [*adds, *removes],
        mode="append",
        schema=schema,
        commit_properties=CommitProperties(custom_metadata={"run_id": run_id}),
    )
    table.update_incremental()
