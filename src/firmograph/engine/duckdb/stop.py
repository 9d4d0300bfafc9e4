"""Ends queries from another thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

SECONDS_BETWEEN_INTERRUPTS = 0.05


class Stop:
    """Ends the queries it was given to, from any thread, also those that begin later."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: list[duckdb.DuckDBPyConnection] = []
        self._is_set = threading.Event()

    @property
    def is_set(self) -> bool:
        """Whether queries are to end."""
        return self._is_set.is_set()

    def set(self) -> None:
        """Ends the queries."""
        self._is_set.set()
        self._interrupt()

    @contextmanager
    def over(self, connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Ends what a connection does inside the `with` block."""
        with self._lock:
            self._running.append(connection)
        if self.is_set:
            self._interrupt()
        try:
            yield
        finally:
            with self._lock:
                self._running = [one for one in self._running if one is not connection]

    def _interrupt(self) -> None:
        """Interrupts all; again and again, since a query that only just begins is not."""
        with self._lock:
            for connection in self._running:
                connection.interrupt()
            if self._running:
                again = threading.Timer(SECONDS_BETWEEN_INTERRUPTS, self._interrupt)
                again.daemon = True
                again.start()
