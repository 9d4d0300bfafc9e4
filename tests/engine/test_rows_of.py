"""Rows of ODS are found by their `ingest_seq`, in whatever row groups they are."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmograph.lake.files import TableFile
from firmograph.lake.parquet import rows_of
from firmograph.storage.local import LocalStorage

SCHEMA = pa.schema([("raw_data", pa.string()), ("ingest_seq", pa.int64())])


@pytest.mark.parametrize("with_statistics", [True, False])
@pytest.mark.parametrize(
    ("spans", "found"),
    [
        ([(1, 9)], ["one", "two", "three", "four", "five", "nine"]),
        ([(2, 3)], ["two", "three"]),
        ([(1, 1), (5, 8)], ["one", "five"]),
        ([(6, 8)], []),
        ([], []),
    ],
)
def test_rows_of_spans_are_found_in_any_group(
    spans: list[tuple[int, int]], found: list[str], with_statistics: bool, tmp_path: Path
) -> None:
    path = tmp_path / "rows.parquet"
    with pq.ParquetWriter(path, SCHEMA, write_statistics=with_statistics) as writer:
        for texts, seqs in (
            (["one", "two"], [1, 2]),
            (["four", "three"], [4, 3]),
            (["five", "nine"], [5, 9]),
        ):
            writer.write_table(pa.table([texts, seqs], schema=SCHEMA))
    assert pq.ParquetFile(path).num_row_groups == 3
    file = TableFile(LocalStorage(tmp_path), path.name, path.stat().st_size)
    rows = [text for batch in rows_of(file, ["raw_data"], spans) for text in batch[0].to_pylist()]
    assert sorted(rows) == sorted(found)
