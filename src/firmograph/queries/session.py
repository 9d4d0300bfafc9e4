"""A snapshot held open for many small queries, from several threads."""

import threading
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.engine.duckdb.sandbox import open_tables
from firmograph.engine.duckdb.stop import Stop
from firmograph.lake.tables import TableSpec
from firmograph.queries.answers import Status
from firmograph.queries.reader import Batches, Reader, reading

Row = dict[str, Any]
T = TypeVar("T")


class Session:
    """One snapshot and the contracts it is read under.

    A snapshot never changes, so what was derived from it is kept for as long as it is open.

    Args:
        reader: open for as long as the session is used.
        contracts: in force, by document type.
    """

    def __init__(self, reader: Reader, contracts: Mapping[str, Contract]) -> None:
        self._reader = reader
        self.contracts = contracts
        self._lock = threading.RLock()
        self._derived: dict[Hashable, Any] = {}
        self._deriving: dict[Hashable, threading.RLock] = {}
        self._at_end = ExitStack()

    @property
    def snapshot_id(self) -> int:
        """Of the snapshot; 0 before the first."""
        return self._reader.snapshot.snapshot_id

    @property
    def published_seq(self) -> int:
        """The `ingest_seq` of the last document that the snapshot publishes."""
        return self._reader.snapshot.ingest_seq

    @property
    def run_id(self) -> str:
        """The run that published the snapshot."""
        return self._reader.snapshot.run_id

    @contextmanager
    def reader(self) -> Iterator[Reader]:
        """The reader, for this thread alone.

        Raises:
            LakeError: if a table cannot be read.
        """
        with self._lock, reading():
            yield self._reader

    def rows(self, sql: str, tables: Sequence[str], **parameters: Any) -> list[Row]:
        """Runs a query.

        Args:
            sql: with ``$name`` where a value belongs.
            tables: of the lake, which the query reads.
            parameters: the values.

        Raises:
            LakeError: if a table cannot be read.
        """
        with self._lock, reading():
            found = self._reader.engine.query_local(sql, tables, parameters or None)
            rows: list[Row] = found.to_pylist()
            return rows

    def row(self, sql: str, tables: Sequence[str], **parameters: Any) -> Row:
        """Runs a query that returns one row; see `rows`."""
        return self.rows(sql, tables, **parameters)[0]

    def stream(
        self, sql: str, stop: Stop, *, seconds: float = 0.0
    ) -> AbstractContextManager[Batches]:
        """Runs a user's query, beside those of other threads; see `Reader.stream`.

        Args:
            sql: the query, which may read the tables of the snapshot and nothing else.
            stop: ends it from another thread.
            seconds: how long it may take; 0 for as long as the settings allow.
        """
        reader = self._reader
        with self._lock, reading():
            open_tables(reader.engine.lake, sql, reader.names)
        limits = reader.limits
        allowed = [limit for limit in (seconds, limits.seconds) if limit]
        limits = replace(limits, seconds=min(allowed, default=0.0))
        # `newest` left out: what explains a failure by it would read outside the lock
        return replace(reader, limits=limits, newest=None).stream(sql, stop)

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What was derived from the snapshot under a key; made at the first call.

        Others wait only if they ask for the same, so that none may ask while it has the reader
        unless nothing is read to make it.
        """
        with self._lock:
            deriving = self._deriving.setdefault(key, threading.RLock())
        with deriving:
            if key not in self._derived:
                with self.reading_much():
                    self._derived[key] = make()
            kept: T = self._derived[key]
            return kept

    @contextmanager
    def reading_much(self) -> Iterator[None]:
        """For what needs much memory for a while: takes what others needed, and returns it."""
        self.release_memory()
        try:
            yield
        finally:
            self.release_memory()

    def release_memory(self) -> None:
        """Returns to the system the memory that earlier queries needed; takes milliseconds."""
        with self.reader() as reader:
            reader.engine.release_memory()
        pa.default_memory_pool().release_unused()

    def has_derived(self, key: Hashable) -> bool:
        """Whether something was derived under a key already."""
        return key in self._derived

    def status(self) -> Status:
        """What `Reader.status` tells, read once."""

        def read() -> Status:
            with self.reader() as reader:
                return reader.status()

        return self.derived("status", read)

    def at_end(self, call: Callable[[], None]) -> None:
        """Has something called when the session is closed."""
        self._at_end.callback(call)

    def close(self) -> None:
        """Releases what was derived, after what is being read."""
        with self._lock:
            self._derived.clear()
            self._at_end.close()

    # Tables

    def has(self, *tables: str) -> bool:
        """Whether the snapshot has all of some tables."""
        return all(name in self._reader.names for name in tables)

    @property
    def tables(self) -> list[str]:
        """The tables of the snapshot, by name."""
        return sorted(self._reader.names)

    def spec(self, table: str) -> TableSpec:
        """What a table of the snapshot is declared to be."""
        return self._reader.engine.lake.specs[table]

    def columns(self, table: str) -> list[str]:
        """The columns of a table; none if the snapshot lacks it."""
        names: list[str] = self.spec(table).schema.names if self.has(table) else []
        return names
