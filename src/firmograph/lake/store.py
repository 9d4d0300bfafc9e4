"""The store: creates, appends to, restores and compacts the tables of a lake, without SQL.

There is one implementation, whichever engine runs the queries: Parquet files of PyArrow, and
commits of delta-rs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any, Literal

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Field, Schema
from deltalake.exceptions import DeltaError

from firmograph.errors import LakeError, first_line
from firmograph.lake.appender import TableAppender
from firmograph.lake.commits import Committer
from firmograph.lake.compaction import merge_files, read_file
from firmograph.lake.delta import commit
from firmograph.lake.files import DataFile, TableFile, data_files, meeting
from firmograph.lake.lake import LOG_ERRORS, PROPERTIES, Lake, open_table, retelling
from firmograph.lake.log import after_commit
from firmograph.lake.parquet import FileWriter, WrittenFile, rows_of
from firmograph.storage.errors import BucketError, StorageError

STORE_ERRORS = (OSError, DeltaError, pa.ArrowException)
"""The exceptions of the operating system and the libraries when files or logs cannot be used."""
APPENDS_LIMIT = 20
"""How many small files a table that is only appended to may have before they are merged."""
APPENDS_LIMIT_IN_BUCKETS = 8
"""The same where each of them costs a request whenever the table is read."""


@dataclass(frozen=True)
class RunStamp:
    """Identifies a run in the rows and commits that it writes.

    Attributes:
        run_id: unique; ids sort by time.
        now: the `load_timestamp` of the run, UTC.
    """

    run_id: str
    now: datetime


class Store:
    """The tables of a lake, opened for writing by one run.

    Args:
        lake: where the tables live.
        stamp: of the run; each commit holds its id.
    """

    def __init__(self, lake: Lake, stamp: RunStamp) -> None:
        self.lake = lake
        self.stamp = stamp
        self._committer = Committer(stamp.run_id, lake.hold)
        self._files: dict[tuple[str, str | None], tuple[DeltaTable, int, list[DataFile]]] = {}

    # Tables

    def create(self, name: str) -> list[str]:
        """Creates a table, or adds the columns it lacks; returns the columns added."""
        spec = self.lake.specs[name]
        if not self.lake.exists(name):
            self._create(name, before=-1, mode="error")
            return []
        table = self.lake.open(name)
        present = {field.name for field in table.schema().fields}
        missing = [field for field in spec.schema if field.name not in present]
        if missing:
            fields = Schema.from_arrow(pa.schema(missing)).fields
            added = [Field(f.name, f.type, nullable=True) for f in fields]
            self._commit(
                name,
                lambda one: table.alter.add_columns(
                    added,
                    commit_properties=one,
                    post_commithook_properties=after_commit(self.lake.table(name)),
                ),
            )
        return [field.name for field in missing]

    def _create(self, name: str, *, before: int, mode: Literal["error", "overwrite"]) -> None:
        """Creates an empty table, or replaces one."""
        spec, storage = self.lake.specs[name], self.lake.table(name)
        made: list[DeltaTable] = []

        def create(properties: CommitProperties) -> None:
            made.append(
                DeltaTable.create(
                    storage.url,
                    spec.schema,
                    mode=mode,
                    configuration=PROPERTIES,
                    storage_options=dict(storage.options),
                    commit_properties=properties,
                    post_commithook_properties=after_commit(storage),
                )
            )

        self._committer.commit(storage, before, create)
        if made:
            self.lake.adopt(name, made[0])
        else:
            self.lake.forget(name)

    def _commit(self, name: str, act: Callable[[CommitProperties], object]) -> None:
        """Commits to a table that is open, and keeps it open at its newest version."""
        table = self.lake.open(name)
        if not self._committer.commit(self.lake.table(name), table.version(), act):
            self.lake.forget(name)

    def recreate(self, name: str, *, in_order: bool = False) -> bool:
        """Replaces a table by an empty one if its columns are not those of its spec.

        Args:
            name: the table.
            in_order: whether the columns' order matters, too.

        Returns:
            Whether it was replaced.
        """
        schema = self.lake.specs[name].schema
        present, wanted = (
            [(field.name, field.type) for field in fields]
            for fields in (pa.schema(self.lake.open(name).schema()), schema)
        )
        if present == wanted or (not in_order and dict(present) == dict(wanted)):
            return False
        self._create(name, before=self.lake.open(name).version(), mode="overwrite")
        return True

    def versions(self) -> dict[str, int]:
        """The version of each table that exists."""
        lake = self.lake
        return {name: lake.open(name).version() for name in lake.specs if lake.exists(name)}

    def restore(self, name: str, version: int) -> None:
        """Makes an older version the newest.

        Raises:
            LakeError: if files of that version are missing.
        """
        try:
            table = self.lake.open(name)
            is_elsewhere = not self.lake.root.is_local  # where every file costs a request
            self._commit(
                name,
                lambda one: table.restore(
                    version,
                    ignore_missing_files=is_elsewhere,
                    commit_properties=one,
                    post_commithook_properties=after_commit(self.lake.table(name)),
                ),
            )
        except StorageError:  # the bucket, or the lease: the files may be there
            raise
        except (OSError, ValueError) as error:
            raise LakeError(
                f"table {name} cannot be restored to version {version}: {first_line(error)}",
                hint="files of that version are gone; rebuild from ODS",
            ) from error
        self.lake.forget(name)

    # Reads

    def files(self, name: str, ranged: str | None = None) -> list[DataFile]:
        """The files of a table's newest version, each with its range of the column `ranged`."""
        table = self.lake.open(name)
        known = self._files.get((name, ranged))
        if known is None or known[0] is not table or known[1] != table.version():
            known = (table, table.version(), data_files(table, ranged))
            self._files[name, ranged] = known
        return known[2]

    def files_at(self, name: str, version: int) -> list[DataFile] | None:
        """The files of a table's older version; None if the log no longer reaches back to it."""
        try:
            table = open_table(self.lake.table(name), version)
        except BucketError:
            raise
        except LOG_ERRORS:
            return None
        return data_files(table, None)

    def files_of(
        self, name: str, spans: Sequence[tuple[int, int]], lake: Lake | None = None
    ) -> Iterator[tuple[TableFile, list[tuple[int, int]]]]:
        """Yields the files that may hold rows of the spans, each with the spans it overlaps.

        Args:
            name: the table.
            spans: of `ingest_seq`, both ends included.
            lake: instead of the store's own.
        """
        lake = lake or self.lake
        ordered = sorted(spans)
        for file in data_files(lake.open(name), "ingest_seq"):
            met = ordered if file.low is None else meeting(ordered, file.low, file.high)
            if met:
                yield TableFile(lake.table(name), file.path, file.size), met

    def read_rows(
        self,
        name: str,
        columns: Sequence[str],
        spans: Sequence[tuple[int, int]],
        lake: Lake | None = None,
    ) -> Iterator[pa.RecordBatch]:
        """Yields the rows whose `ingest_seq` is in one of the spans; see `files_of`."""
        for file, met in self.files_of(name, spans, lake):
            yield from rows_of(file, columns, met)

    def row_count(self, name: str) -> int:
        """How many rows a table holds."""
        return sum(file.row_count for file in self.files(name))

    def max_value(self, name: str) -> Any:
        """The greatest value of the column a table is sorted by; None if it has no row."""
        column = self.lake.specs[name].sorted_by[0]
        highest = (self._highest(name, file, column) for file in self.files(name, column))
        return max((value for value in highest if value is not None), default=None)

    def _highest(self, name: str, file: DataFile, column: str) -> Any:
        """The greatest value of a column in a file, read from the file if the log lacks it."""
        if file.high is not None:
            return file.high
        import pyarrow.compute as pc  # slow to import, and rarely needed

        schema = self.lake.specs[name].schema
        return pc.max(read_file(schema, self.lake.table(name), file)[column]).as_py()

    # Writes

    def appender(self, name: str) -> TableAppender:
        """Returns an appender for a bulk append."""
        return TableAppender(self.lake, name, self._committer)

    def append(self, name: str, rows: pa.Table) -> None:
        """Appends rows in one commit; merges small files before it if there are many of them."""
        self.append_parts(name, [rows])

    def append_parts(self, name: str, parts: Iterable[pa.Table]) -> None:
        """Appends more rows than memory should hold, as `append` does."""
        filled = (part for part in parts if part.num_rows)
        if (first := next(filled, None)) is not None:
            self.compact_appends(name)
            appender = self.appender(name)
            for part in chain([first], filled):
                appender.write(part)
            appender.commit()

    def commit(
        self, name: str, added: Sequence[WrittenFile], removed: Sequence[DataFile] = ()
    ) -> int:
        """Adds and removes files of a table in one commit; returns how many rows it then has."""
        before = self.row_count(name)
        commit(self._committer, self.lake, name, self.lake.specs[name].schema, added, removed)
        return before + sum(f.row_count for f in added) - sum(f.row_count for f in removed)

    # Maintenance

    def compact(self, name: str, above: int = 1) -> int:
        """Merges small files if there are more than `above`; returns how many fewer there are.

        The table's columns stay, those too that the contracts no longer have.
        """
        spec, storage = self.lake.specs[name], self.lake.table(name)
        files = self.files(name, spec.ranged_by)
        small = [file for file in files if file.is_small]
        if len(small) <= above:
            return 0
        schema = pa.schema(self.lake.open(name).schema())
        ranged = spec.ranged_by if spec.ranged_by in schema.names else None
        writer = FileWriter(storage, self.lake.spill_folder, schema, ranged)
        merged = merge_files(spec, schema, storage, small, writer)
        commit(self._committer, self.lake, name, schema, merged, small, is_same_data=True)
        return len(small) - len(merged)

    def compact_appends(self, name: str) -> None:
        """Merges the small files of a table that is only appended to, if there are many."""
        is_local = self.lake.root.is_local
        self.compact(name, above=APPENDS_LIMIT if is_local else APPENDS_LIMIT_IN_BUCKETS)

    def vacuum(self, name: str, versions: Sequence[int]) -> int:
        """Deletes files that neither the newest nor the given versions need; returns how many."""
        table = self.lake.open(name)
        with retelling(self.lake.table(name)):
            removed = table.vacuum(
                retention_hours=0,
                dry_run=False,
                enforce_retention_duration=False,
                keep_versions=list(versions) or None,
                full=True,
            )
        self.lake.forget(name)
        return len(removed)

    def checkpoint(self, name: str) -> None:
        """Writes a checkpoint of a table's newest version into its log."""
        with retelling(self.lake.table(name)):
            self.lake.open(name).create_checkpoint()
