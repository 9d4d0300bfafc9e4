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

from firmograph.readings import Tables

HELD_BYTES = 12 << 20
"""Rows of so many bytes are held in memory before they go to files."""
_SMALL_BYTES = 1 << 20
"""A table with fewer bytes stays in memory while the others go to files."""
_ROWS_PER_GROUP = 8_192


class PiledFile(NamedTuple):
    """A file of rows of one table, and how many bytes they are in memory."""

    table: str
    path: Path
    size: int


@dataclass
class Piled:
    """What was piled up: rows in memory by table, and files."""

    tables: Tables = field(default_factory=dict)
    files: list[PiledFile] = field(default_factory=list)


class Pile:
    """Collects rows of several tables; pickles while it is empty.

    Args:
        folder: where files go; made at the first one.
        ordered_by: by table, the column that holds the entity, a DUNS. Tables that are not
            named stay in memory.
    """

    def __init__(self, folder: Path, ordered_by: Mapping[str, str]) -> None:
        self._folder = folder
        self._ordered_by = ordered_by
        self._parts: dict[str, list[pa.Table]] = {}
        self._held: dict[str, int] = {}
        self._files: list[PiledFile] = []
        self._sealed = Piled()

    def add(self, tables: Tables) -> None:
        """Adds rows."""
        for name, rows in tables.items():
            self._parts.setdefault(name, []).append(rows)
            self._held[name] = self._held.get(name, 0) + rows.nbytes
        if sum(self._held.values()) > HELD_BYTES:
            for name in [n for n, held in self._held.items() if held > _SMALL_BYTES]:
                if name in self._ordered_by:
                    self._write(name)

    def seal(self) -> None:
        """Keeps what was added since the last seal, whatever becomes of the next rows."""
        for name, parts in self._parts.items():
            before = [self._sealed.tables[name]] if name in self._sealed.tables else []
            self._sealed.tables[name] = pa.concat_tables([*before, *parts])
        self._sealed.files += self._files
        self._parts, self._held, self._files = {}, {}, []

    def unseal(self) -> None:
        """Throws away what was added since the last seal."""
        for file in self._files:
            file.path.unlink()
        self._parts, self._held, self._files = {}, {}, []

    def take(self) -> Piled:
        """Gives everything, and forgets it; the files are the caller's from now on."""
        self.seal()
        taken, self._sealed = self._sealed, Piled()
        return taken

    def _write(self, name: str) -> None:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        parts = self._parts.pop(name)
        size = self._held.pop(name)
        rows = pa.concat_tables(parts)
        # nine digits sort as numbers do, and numbers sort several times faster
        duns = rows[self._ordered_by[name]].cast(pa.int64())
        rows = rows.take(pc.sort_indices(duns))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}-{uuid.uuid4().hex}.parquet"
        pq.write_table(rows, path, compression="lz4", row_group_size=_ROWS_PER_GROUP)
        self._files.append(PiledFile(name, path, size))
