"""Spill buffer: holds staged rows in memory, and in files once there are many.

The rows of a file are sorted by entity, so a publish that processes one range of entities after
another reads only that range's part of each file.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from firmograph.staging.batches import Tables
from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage
from firmograph.storage.scratch import scratch_folder

_ROWS_PER_GROUP = 8_192


class SpilledFile(NamedTuple):
    """A file with rows of one staged relation.

    Attributes:
        table: the relation.
        folder: the storage that holds the file.
        name: of the file.
        size: of the rows in memory, in bytes.
    """

    table: str
    folder: Storage
    name: str
    size: int

    def delete(self) -> None:
        """Deletes the file."""
        self.folder.delete([self.name])


@dataclass
class Spilled:
    """The content of a spill buffer: rows in memory by name of their relation, and files."""

    tables: Tables = field(default_factory=dict)
    files: list[SpilledFile] = field(default_factory=list)


class SpillBuffer:
    """Collects rows of several relations, with a `Savepoint`; pickles while it is empty.

    Args:
        folder: where files are written; see `scratch_folder`.
        ordered_by: the column that holds the entity, a DUNS, by name of the relation. Other
            relations stay in memory.
        held_bytes: rows stay in memory up to this size.
        held_table_bytes: relations smaller than this stay in memory even then.
    """

    def __init__(
        self,
        folder: Path | None,
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
            self._open.add(name, [rows], rows.get_total_buffer_size())
        self._spill(self._open)

    def savepoint(self) -> None:
        """Keeps the rows added since the last savepoint; see `Savepoint`."""
        for name, parts in self._open.parts.items():
            self._saved.add(name, parts, self._open.sizes[name])
        self._saved.files += self._open.files
        self._open = _Held()
        self._spill(self._saved)

    def rollback_to_savepoint(self) -> None:
        """Discards the rows added since the last savepoint."""
        for file in self._open.files:
            file.delete()
        self._open = _Held()

    def discard(self) -> None:
        """Discards all rows."""
        for file in self._saved.files:
            file.delete()
        self._saved = _Held()
        self.rollback_to_savepoint()

    def take(self) -> Spilled:
        """Returns the content, and clears the buffer; from now on the caller owns the files."""
        self.savepoint()
        taken, self._saved = self._saved, _Held()
        tables = {name: pa.concat_tables(parts) for name, parts in taken.parts.items()}
        return Spilled(tables, taken.files)

    def _spill(self, held: "_Held") -> None:
        """Writes rows to files if there are too many to hold."""
        if sum(held.sizes.values()) <= self._held_bytes:
            return
        for name in [name for name, size in held.sizes.items() if size > self._held_table_bytes]:
            if name in self._ordered_by:
                parts, size = held.parts.pop(name), held.sizes.pop(name)
                held.files.append(self._write(name, parts, size))

    def _write(self, name: str, parts: list[pa.Table], size: int) -> SpilledFile:
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        rows = pa.concat_tables(parts)
        # a DUNS has nine digits, and numbers sort several times faster than text
        duns = rows[self._ordered_by[name]].cast(pa.int64())
        rows = rows.take(pc.sort_indices(duns))
        folder, file_name = scratch_folder(self._folder), new_file_name(name)
        pq.write_table(rows, folder / file_name, compression="lz4", row_group_size=_ROWS_PER_GROUP)
        return SpilledFile(name, LocalStorage(folder), file_name, size)


def new_file_name(table: str) -> str:
    """A name for a file with rows of a staged relation."""
    return f"{table}-{uuid.uuid4().hex}.parquet"


@dataclass
class _Held:
    """Rows in memory by relation, in order of arrival, their sizes, and files."""

    parts: dict[str, list[pa.Table]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    files: list[SpilledFile] = field(default_factory=list)

    def add(self, name: str, parts: list[pa.Table], size: int) -> None:
        """Adds rows of a relation."""
        self.parts.setdefault(name, []).extend(parts)
        self.sizes[name] = self.sizes.get(name, 0) + size
