"""Ends queries from another thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

SECONDS_BETWEEN_INTERRUPTS = 0.05


class Stop:
    """Ends the queries it was given to, from any thread, also those that begin later."""

    def __init__(self) -> None:
        self._is_set = threading.Event()
        self._changed = threading.Condition()
        self._running: list[duckdb.DuckDBPyConnection] = []
        self._thread: threading.Thread | None = None

    @property
    def is_set(self) -> bool:
        """Whether queries are to end."""
        return self._is_set.is_set()

    def set(self) -> None:
        """Ends the queries."""
        self._is_set.set()
        with self._changed:
            self._begin()

    @contextmanager
    def over(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Ends what a connection does inside the `with` block."""
        with self._changed:
            self._running.append(connection)
            self._begin()
        try:
            yield
        finally:
            with self._changed:
                self._running = [one for one in self._running if one is not connection]
                self._changed.notify()
                ending = None if self._running else self._thread
            if ending is not None:  # DuckDB reports leaks if one is there when the process ends
                ending.join()

    def _begin(self) -> None:
        if self.is_set and self._running and self._thread is None:
            self._thread = threading.Thread(target=self._interrupt, daemon=True)
            self._thread.start()

    def _interrupt(self) -> None:
        """Interrupts all; again and again, since a query that only just begins is not."""
        with self._changed:
            while self._running:
                for connection in self._running:
                    connection.interrupt()
                self._changed.wait(SECONDS_BETWEEN_INTERRUPTS)
            self._thread = None
