"""Commits files to a Delta table."""

import time
from collections.abc import Iterable

import pyarrow as pa
from deltalake.transaction import AddAction, RemoveAction

from firmograph.lake.commits import Committer
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake
from firmograph.lake.log import after_commit
from firmograph.lake.parquet import WrittenFile


def commit(
    committer: Committer,
    lake: Lake,
    name: str,
    schema: pa.Schema,
    added: Iterable[WrittenFile],
    removed: Iterable[DataFile] = (),
    *,
    is_same_data: bool = False,
) -> None:
    """Adds and removes files of a table in one Delta commit.

    Args:
        committer: of the run.
        lake: of the table; from then on it opens the new version.
        name: the table.
        schema: its columns.
        added: files already written into its folder.
        removed: files that are no longer part of the table.
        is_same_data: whether the rows stay the same, as in a compaction.
    """
    now = int(time.time() * 1000)
    changes = not is_same_data
    adds = [AddAction(f.name, f.size, {}, now, changes, f.statistics) for f in added]
    removes = [RemoveAction(file.path, changes, now, file.size, {}) for file in removed]
    storage, table = lake.table(name), lake.open(name)
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
    lake.reread(name)
