"""A table in memory, for many queries from several threads."""

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from firmograph.engine.duckdb.connection import Connection
from firmograph.engine.sql import quoted
from firmograph.lake.store import Store


class HeldTable:
    """A query's result, on a connection of its own so that other queries need not wait for it.

    Args:
        name: of the table.
        store: of the lake; used by the constructor alone.
        tables: those that the query reads.
    """

    def __init__(self, name: str, store: Store, tables: Sequence[str]) -> None:
        self.name = name
        self._connection = Connection()
        self._connection.see_tables(store, tables)
        self._lock = threading.Lock()

    def fill(self, columns: Mapping[str, str], source: str, repeated: Sequence[str]) -> None:
        """Runs the query, on one thread: several take more memory, and time from who waits.

        Args:
            columns: an SQL expression for each column.
            source: what they are selected from.
            repeated: the columns of few different texts, each of which is held once.
        """
        shown = dict(columns)
        with self._lock:
            self._connection.do("SET threads=1")
            for column in repeated:
                texts, value = quoted(f"{self.name}_{column}"), columns[column]
                found = f"SELECT DISTINCT {value} FROM {source} WHERE {value} IS NOT NULL"
                self._connection.do(f"CREATE TYPE {texts} AS ENUM ({found})")
                shown[column] = f"CAST({value} AS {texts})"
            selected = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in shown.items())
            self._connection.do(
                f"CREATE TEMP TABLE {quoted(self.name)} AS SELECT {selected} FROM {source}"
            )
            self._connection.do("RESET threads")

    def query(self, sql: str, parameters: Mapping[str, Any]) -> pa.Table:
        """Runs a query over the table, with values for its ``$name`` parameters."""
        with self._lock:
            return self._connection.table(sql, parameters)

    def close(self) -> None:
        """Releases the memory."""
        with self._lock:
            self._connection.close()
