"""The files of a Delta table, and which of them a run must read."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, starmap
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from firmograph.storage.base import Storage

if TYPE_CHECKING:
    from deltalake import DeltaTable

SMALL_FILE_BYTES = 1 << 20
"""Files smaller than this are merged with others."""
SMALL_FILES_LIMIT = 8
"""A table has fewer small files than this; once there are as many, they are merged."""
FOLDED_ROWS = 122_880
"""About how many rows of small files are merged at once, since they are sorted in memory."""


class TableFile(NamedTuple):
    """A file of a table; it pickles, so that another process can read it.

    Attributes:
        table: the storage of the table's files.
        name: of the file.
        size: in bytes.
    """

    table: Storage
    name: str
    size: int


@dataclass(frozen=True, eq=False)
class DataFile:
    """A file of a table, with the range of the column it is sorted by, None if unknown."""

    path: str
    size: int
    row_count: int
    low: Any
    high: Any

    @property
    def is_small(self) -> bool:
        """Whether it is worth merging with others."""
        return self.size < SMALL_FILE_BYTES

    def holds(self, values: list[Any]) -> bool:
        """Whether one of the values, which are sorted, is in the range; true if that is unknown."""
        if self.low is None or self.high is None:
            return bool(values)
        place = bisect.bisect_left(values, self.low)
        return place < len(values) and values[place] <= self.high


def data_files(table: "DeltaTable", ranged: str | None) -> list[DataFile]:
    """A table's files, each with the range of the column `ranged`."""
    actions = pa.table(table.get_add_actions(flatten=True))
    names = ("path", "size_bytes", "num_records", f"min.{ranged}", f"max.{ranged}")
    missing = [None] * actions.num_rows
    columns = (actions[n].to_pylist() if n in actions.column_names else missing for n in names)
    return list(starmap(DataFile, zip(*columns, strict=True)))


def foldable(files: Sequence[DataFile]) -> list[DataFile]:
    """The small files to merge, those of the fewest rows first; none if there are not too many."""
    small = sorted((file for file in files if file.is_small), key=lambda file: file.row_count)
    if len(small) < SMALL_FILES_LIMIT:
        return []
    totals = list(accumulate(file.row_count for file in small))
    return small[: max(2, bisect.bisect_right(totals, FOLDED_ROWS))]


def meeting(spans: list[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    """The spans that overlap the range from low to high; they are sorted, without overlaps."""
    first = bisect.bisect_left(spans, low, key=lambda span: span[1])
    last = bisect.bisect_right(spans, high, key=lambda span: span[0])
    return spans[first:last]
