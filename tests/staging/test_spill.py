"""Rows on their way to the engine: in memory if few, in sorted files if many."""

import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmograph.staging.spill import SpillBuffer, SpilledFile


def rows(*duns: str | None) -> pa.Table:
    return pa.table({"duns": pa.array(duns, pa.string()), "n": list(range(len(duns)))})


def in_file(file: SpilledFile) -> pa.Table:
    return pq.read_table(f"{file.folder.url}/{file.name}")


@pytest.fixture
def buffer(tmp_path: Path) -> SpillBuffer:
    folder = tmp_path / "spill"
    empty = SpillBuffer(folder, {"many": "duns"}, held_bytes=60, held_table_bytes=40)
    buffer: SpillBuffer = pickle.loads(pickle.dumps(empty))  # noqa: S301 - our own bytes
    return buffer


def test_few_rows_stay_in_memory(buffer: SpillBuffer, tmp_path: Path) -> None:
    buffer.add({"many": rows("000000002")})
    buffer.add({"many": rows("000000001")})
    taken = buffer.take()
    assert taken.tables["many"]["duns"].to_pylist() == ["000000002", "000000001"]
    assert taken.files == []
    assert not (tmp_path / "spill").exists()


def test_many_rows_go_to_a_file_in_the_order_of_their_entities(buffer: SpillBuffer) -> None:
    buffer.add({"many": rows("900000000", None, "000000007", "010000000"), "few": rows("1")})
    (file,) = buffer.take().files
    assert file.table == "many"
    found = in_file(file).to_pylist()
    assert [row["duns"] for row in found] == ["000000007", "010000000", "900000000", None]
    assert [row["n"] for row in found] == [2, 3, 0, 1]


def test_table_without_entities_stays_in_memory(buffer: SpillBuffer) -> None:
    buffer.add({"other": rows("1", "2", "3", "4", "5", "6", "7", "8")})
    taken = buffer.take()
    assert taken.tables["other"].num_rows == 8
    assert taken.files == []


def test_unsealed_rows_are_thrown_away_with_their_files(
    buffer: SpillBuffer, tmp_path: Path
) -> None:
    buffer.add({"many": rows("000000001")})
    buffer.savepoint()
    buffer.add({"many": rows("000000009", "000000008", "000000007", "000000006")})
    buffer.add({"many": rows("000000005")})
    buffer.rollback_to_savepoint()
    buffer.add({"many": rows("000000002")})
    taken = buffer.take()
    assert taken.tables["many"]["duns"].to_pylist() == ["000000001", "000000002"]
    assert list((tmp_path / "spill").iterdir()) == []


def test_sealed_rows_go_to_files_too_when_they_have_become_many(buffer: SpillBuffer) -> None:
    """There is a savepoint after each large file: what each leaves in memory would add up."""
    for number in range(10):
        buffer.add({"many": rows(f"{number:09}")})
        buffer.savepoint()
    taken = buffer.take()
    assert len(taken.files) >= 2
    found = [d for file in taken.files for d in in_file(file)["duns"].to_pylist()]
    found += taken.tables["many"]["duns"].to_pylist() if "many" in taken.tables else []
    assert sorted(found) == [f"{number:09}" for number in range(10)]
