"""The lake: where tables live, and how they are opened for reading."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from firmograph.errors import LakeError, first_line
from firmograph.lake.log import TableLog
from firmograph.lake.tables import TableSpec
from firmograph.storage.base import Hold, Storage
from firmograph.storage.errors import BucketError, Gone

T = TypeVar("T")
PROPERTIES = {
    "delta.columnMapping.mode": "none",
    "delta.enableDeletionVectors": "false",
    # snapshots must stay restorable: runs shorten the log, by snapshots and not by days
    "delta.enableExpiredLogCleanup": "false",
    # opening a table reads the log since its last checkpoint
    "delta.checkpointInterval": "20",
}
PROTOCOL = (1, 2)
"""Reader and writer version of every table, so that every engine can read and write it."""
TABLES_AT_ONCE = 16
LOG_ERRORS = (DeltaError, OSError, ValueError)
"""Raised where the log of a table cannot be read."""


def open_table(storage: Storage, version: int | None = None) -> DeltaTable:
    """Opens a table at its newest version or an older one.

    Raises:
        BucketError: if the bucket cannot be used.
        LOG_ERRORS: if the table cannot be opened.
    """
    with retelling(storage):
        return DeltaTable(storage.url, version=version, storage_options=dict(storage.options))


@contextmanager
def retelling(storage: Storage) -> Iterator[None]:
    """Raises what deltalake reports of a bucket as that bucket's own error.

    The original error is not chained: it repeats access keys and signatures.

    Raises:
        BucketError: if the bucket cannot be used.
    """
    told = None
    try:
        yield
    except LOG_ERRORS as error:
        if "://" in storage.url:
            from firmograph.storage.object_errors import retold  # imports obstore

            told = retold(error, storage.url)
        if told is None:
            raise
    if told is not None:
        raise told


class Lake:
    """A folder of Delta tables, each opened once and kept at its newest version.

    Args:
        root: the storage that holds the layers' folders.
        specs: its tables, by name; marts are added as they are found or built.
        versions: for readers, the version of each table to open instead of the newest.
        hold: for writers, what keeps others away; None where no other can know the lake.
    """

    def __init__(
        self,
        root: Storage,
        specs: Mapping[str, TableSpec],
        versions: Mapping[str, int] | None = None,
        hold: Hold | None = None,
    ) -> None:
        self.root = root
        self.hold = hold
        self.specs = dict(specs)
        self.versions = dict(versions or {})
        self._open: dict[str, DeltaTable] = {}
        self._known: dict[str, bool] = {}
        self._rereading: dict[str, Future[None]] = {}

    @property
    def ods_tables(self) -> dict[str, str]:
        """The table with the raw documents of each document type."""
        return {s.document_type: s.name for s in self.specs.values() if s.document_type}

    @property
    def spill_folder(self) -> Path:
        """The folder of this machine for what does not fit into memory."""
        return self.root.scratch

    @property
    def task_spill(self) -> Path | None:
        """The same for a task that may run on another machine; see `scratch_folder`."""
        return self.root.scratch if self.root.is_local else None

    def table(self, name: str) -> Storage:
        """The storage of a table's files."""
        return self.root / self.specs[name].zone / name

    def exists(self, name: str) -> bool:
        """Whether a table was ever created; it may be damaged.

        The names of its log's files tell, or in a bucket a snapshot; opening it costs more.
        """
        if self.is_open(name):
            return True
        if self.root.is_local:
            try:
                return TableLog(self.table(name)).is_there
            except OSError:
                return True  # it may not be listed; whoever opens it is told so
        if name not in self._known:
            self._known[name] = name in self.versions or TableLog(self.table(name)).is_there
        return self._known[name]

    def find_marts(self) -> list[str]:
        """Adds the marts that were ever built to the lake's tables; returns their names."""
        names, folders = [], table_folders(self.root, "app")
        for name in folders:
            self.specs.setdefault(name, TableSpec(name, "app", pa.schema([])))
        self.open_all(folders)
        for name in folders:
            known = self.specs[name]
            if self.exists(name):
                schema = pa.schema(self.open(name).schema())
                self.specs[name] = TableSpec(name, known.zone, schema)
                names.append(name)
            else:  # its log was deleted, since it was damaged
                del self.specs[name]
        return names

    def open(self, name: str) -> DeltaTable:
        """Opens a table, at its newest version or at the reader's own.

        Raises:
            LakeError: if it is missing, damaged or has a protocol this program must not write.
        """
        self._await_reread(name)
        if name in self._open:
            return self._open[name]
        where, storage = f"{self.specs[name].zone}/{name}", self.table(name)
        try:
            table = open_table(storage, self.versions.get(name))
        except TableNotFoundError as error:
            raise LakeError(
                f"table {where} does not exist",
                hint="a run creates it; if it existed before, restore the folder from a backup",
            ) from error
        except BucketError:  # the bucket, not the table
            raise
        except LOG_ERRORS as error:
            raise LakeError(
                f"table {where} cannot be opened: {first_line(error)}",
                hint=f"a log file in {storage.url}/_delta_log may be missing or truncated; "
                "restore it from a backup, or rebuild from ODS into another root",
            ) from error
        _check_protocol(where, table)
        self._open[name] = table
        return table

    def is_open(self, name: str) -> bool:
        """Whether a table was opened, as all are that were written to."""
        return name in self._open

    def open_all(self, names: Iterable[str]) -> None:
        """Opens those of some tables that exist, side by side where that takes requests."""
        self.side_by_side(self._open_if_exists, self._absent(names))

    def find_all(self) -> None:
        """Finds out which tables exist, side by side where that takes requests."""
        self.side_by_side(self.exists, self._absent(self.specs))

    def _open_if_exists(self, name: str) -> None:
        with suppress(LakeError):  # raised again where the table is needed
            self.open(name)

    def _absent(self, names: Iterable[str]) -> list[str]:
        """Those that are not open, in a bucket: in a folder opening one takes no time."""
        return [] if self.root.is_local else [name for name in names if not self.is_open(name)]

    def side_by_side(self, act: Callable[[str], T], names: Sequence[str]) -> list[T]:
        """Calls a function for each of some tables, at once in a bucket; returns the results."""
        if self.root.is_local or len(names) < 2:
            return list(map(act, names))
        with ThreadPoolExecutor(TABLES_AT_ONCE, "tables") as threads:
            return list(threads.map(act, names))

    def reread(self, name: str) -> None:
        """Brings an open table to its newest version, in a bucket while the caller goes on."""
        table = self._open[name]
        if self.root.is_local:
            table.update_incremental()
            return
        thread = ThreadPoolExecutor(1, "reread")
        self._rereading[name] = thread.submit(table.update_incremental)
        thread.shutdown(wait=False)

    def _await_reread(self, name: str) -> None:
        """Waits until a table is reread; if that failed, it is forgotten."""
        if name in self._rereading:
            try:
                self._rereading[name].result()
            except LOG_ERRORS:
                self.forget(name)
            self._rereading.pop(name, None)

    def adopt(self, name: str, table: DeltaTable) -> None:
        """Keeps a table that was just created as the open one."""
        self._open[name] = table

    def forget(self, name: str) -> None:
        """Forgets an open table, so that the next `open` reads the log again."""
        self._open.pop(name, None)
        self._known.pop(name, None)


def table_folders(root: Storage, zone: str) -> Sequence[str]:
    """Names of a layer's folders, sorted; those without a log are no tables."""
    try:
        return (root / zone).folders()
    except Gone:
        return []


def table_names(root: Storage, zone: str) -> list[str]:
    """Names of the tables of a layer that exist, sorted."""
    tables = root / zone
    return [n for n in table_folders(root, zone) if "_delta_log" in (tables / n).folders()]


def _check_protocol(where: str, table: DeltaTable) -> None:
    found = table.protocol()
    if (found.min_reader_version, found.min_writer_version) != PROTOCOL:
        raise LakeError(
            f"table {where} has protocol reader {found.min_reader_version}, "
            f"writer {found.min_writer_version}; this program reads and writes 1 and 2",
            hint="another engine upgraded the table; rewrite it without that feature",
        )
