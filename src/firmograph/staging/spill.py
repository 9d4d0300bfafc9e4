"""Piles: rows on their way to the engine, in memory while they are few, in files where many.

A file holds its rows in the order of their entities, so that a publish that goes through the
entities range by range reads of each file only the part it is at.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from firmograph.staging.batches import Tables

_ROWS_PER_GROUP = 8_192


class SpilledFile(NamedTuple):
    """A file of rows of one table, and how many bytes they are in memory."""

    table: str
    path: Path
    size: int


@dataclass
class Spilled:
    """What was piled up: rows in memory by table, and files."""

    tables: Tables = field(default_factory=dict)
    files: list[SpilledFile] = field(default_factory=list)


class SpillBuffer:
    """Collects rows of several tables; pickles while it is empty.

    Args:
        folder: where files go; made at the first one.
        ordered_by: by table, the column that holds the entity, a DUNS. Tables that are not
            named stay in memory.
        held_bytes: rows larger than this go to files.
        held_table_bytes: a table smaller than this stays in memory all the same.
    """

    def __init__(
        self,
        folder: Path,
        ordered_by: Mapping[str, str],
        *,
        held_bytes: int,
        held_table_bytes: int,
    ) -> None:
        self._held_bytes = held_bytes
        self._held_table_bytes = held_table_bytes
        self._folder = folder
        self._ordered_by = ordered_by
        self._open = _Held()
        self._saved = _Held()

    def add(self, tables: Tables) -> None:
        """Adds rows."""
        for name, rows in tables.items():
            self._open.add(name, [rows], rows.nbytes)
        self._keep_few(self._open)

    def savepoint(self) -> None:
        """Keeps what was added since the last seal, whatever becomes of the next rows."""
        for name, parts in self._open.parts.items():
            self._saved.add(name, parts, self._open.sizes[name])
        self._saved.files += self._open.files
        self._open = _Held()
        self._keep_few(self._saved)

    def rollback_to_savepoint(self) -> None:
        """Throws away what was added since the last seal."""
        for file in self._open.files:
            file.path.unlink()
        self._open = _Held()

    def take(self) -> Spilled:
        """Gives everything, and forgets it; the files are the caller's from now on."""
        self.savepoint()
        taken, self._saved = self._saved, _Held()
        tables = {name: pa.concat_tables(parts) for name, parts in taken.parts.items()}
        return Spilled(tables, taken.files)

    def _keep_few(self, heap: "_Held") -> None:
        """Writes what has become much to files."""
        if sum(heap.sizes.values()) <= self._held_bytes:
            return
        for name in [name for name, size in heap.sizes.items() if size > self._held_table_bytes]:
            if name in self._ordered_by:
                parts, size = heap.parts.pop(name), heap.sizes.pop(name)
                heap.files.append(self._write(name, parts, size))

    def _write(self, name: str, parts: list[pa.Table], size: int) -> SpilledFile:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        rows = pa.concat_tables(parts)
        # nine digits sort as numbers do, and numbers sort several times faster
        duns = rows[self._ordered_by[name]].cast(pa.int64())
        rows = rows.take(pc.sort_indices(duns))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}-{uuid.uuid4().hex}.parquet"
        pq.write_table(rows, path, compression="lz4", row_group_size=_ROWS_PER_GROUP)
        return SpilledFile(name, path, size)


@dataclass
class _Held:
    """Rows in memory, by table as they came, their bytes, and files."""

    parts: dict[str, list[pa.Table]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    files: list[SpilledFile] = field(default_factory=list)

    def add(self, name: str, parts: list[pa.Table], size: int) -> None:
        """Adds rows of a table."""
        self.parts.setdefault(name, []).extend(parts)
        self.sizes[name] = self.sizes.get(name, 0) + size
