"""The files of a Delta table, and which of them a run must look into."""

import bisect
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable


class DataFile:
    """A file of a table, and the range of the column it is sorted by; None where unknown."""

    def __init__(self, path: str, size: int, low: Any, high: Any) -> None:
        self.path, self.size, self.low, self.high = path, size, low, high

    def holds(self, values: list[Any]) -> bool:
        """Whether one of the sorted values lies in the range."""
        if self.low is None or self.high is None:
            return bool(values)
        place = bisect.bisect_left(values, self.low)
        return place < len(values) and values[place] <= self.high


def data_files(table: DeltaTable, ranged: str | None) -> list[DataFile]:
    """A table's files, with the range of the column named."""
    actions = pa.table(table.get_add_actions(flatten=True)).to_pylist()
    return [
        DataFile(a["path"], a["size_bytes"], a.get(f"min.{ranged}"), a.get(f"max.{ranged}"))
        for a in actions
    ]


def meeting(spans: list[tuple[int, int]], low: int, high: int) -> list[tuple[int, int]]:
    """Which of the sorted spans, none of which overlap, meet the range from low to high."""
    first = bisect.bisect_left(spans, low, key=lambda span: span[1])
    last = bisect.bisect_right(spans, high, key=lambda span: span[0])
    return spans[first:last]
