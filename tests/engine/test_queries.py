"""Temporary tables that grow go to files; what they hold stays the same."""

from pathlib import Path

import pyarrow as pa
import pytest

from firmograph.engine import queries
from firmograph.engine.parquet import BackgroundWriter, FileWriter
from firmograph.engine.queries import Queries

SCHEMA = pa.schema([("n", pa.int64()), ("t", pa.string())])


def rows(first: int, last: int) -> pa.Table:
    numbers = list(range(first, last))
    return pa.table({"n": numbers, "t": [f"text {n}" for n in numbers]}, schema=SCHEMA)


def numbers(held: Queries) -> list[int]:
    found: list[int] = held.table("SELECT n FROM many ORDER BY n").column(0).to_pylist()
    return found


def test_staged_rows_go_to_files_and_are_all_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "HELD_BYTES", 500)
    held = Queries(spill=tmp_path)
    for first in range(0, 100, 10):
        held.stage("many", rows(first, first + 10))
    assert len(list(tmp_path.glob("staged-*"))) == 3
    assert numbers(held) == list(range(100))
    held.keep("many", "n < 7 OR n > 97")
    assert numbers(held) == [0, 1, 2, 3, 4, 5, 6, 98, 99]
    held.stage("many", rows(200, 201))
    assert numbers(held) == [0, 1, 2, 3, 4, 5, 6, 98, 99, 200]
    held.close()
    assert list(tmp_path.glob("staged-*")) == []


def test_unstaged_table_begins_anew(tmp_path: Path) -> None:
    held = Queries()
    held.stage("many", rows(0, 3))
    held.unstage("many")
    held.stage("many", rows(5, 6))
    assert numbers(held) == [5]


def test_write_that_failed_in_the_background_is_raised_by_the_next_call(tmp_path: Path) -> None:
    writer = BackgroundWriter(FileWriter(tmp_path / "nowhere", SCHEMA, "n"))
    writer.write(rows(0, 3))
    with pytest.raises(FileNotFoundError):
        writer.seal()
    writer.discard()


def test_unsealed_rows_are_thrown_away_and_sealed_ones_kept(tmp_path: Path) -> None:
    writer = FileWriter(tmp_path, SCHEMA, "n")
    writer.write(rows(0, 3))
    writer.seal()
    writer.write(rows(3, 9))
    writer.unseal()
    (file,) = writer.finish()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert file.statistics == '{"numRecords": 3, "minValues": {"n": 0}, "maxValues": {"n": 2}}'
