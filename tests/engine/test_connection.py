"""Temporary tables in memory and in files, whole and range by range; writers of files."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from firmograph.engine.base import Relation
from firmograph.engine.duckdb.connection import Connection
from firmograph.lake.parquet import BackgroundWriter, FileWriter
from firmograph.lake.tuning import Tuning
from firmograph.storage.local import LocalStorage

SCHEMA = pa.schema([("n", pa.int64()), ("t", pa.string())])
MANY = Relation("many", SCHEMA)
ENTITIES = Relation("many", pa.schema([("entity", pa.string())]))
FEW = Relation("few", pa.schema([("duns", pa.string())]))


def rows(first: int, last: int) -> pa.Table:
    numbers = list(range(first, last))
    return pa.table({"n": numbers, "t": [f"text {n}" for n in numbers]}, schema=SCHEMA)


def numbers(held: Connection) -> list[int]:
    found: list[int] = held.table("SELECT n FROM many ORDER BY n").column(0).to_pylist()
    return found


def test_loaded_files_and_rows_are_read_together_and_end_with_the_engine(tmp_path: Path) -> None:
    held = Connection()
    held.load(MANY, rows(0, 3))
    path = tmp_path / "rows.parquet"
    pq.write_table(rows(3, 6), path)
    held.load_file(MANY, path, 100)
    held.load(MANY, rows(8, 9))
    assert numbers(held) == [0, 1, 2, 3, 4, 5, 8]
    held.close()
    assert not path.exists()


def test_ranges_show_each_row_once_and_rows_without_entity_first(tmp_path: Path) -> None:
    held = Connection(tuning=Tuning(entity_range_bytes=1_000))
    held.load(FEW, pa.table({"duns": ["b", None, "y"]}))
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"entity": ["c", "z"] * 50}), path)
    held.load(ENTITIES, pa.table({"entity": ["a", "x"] * 50}))
    held.load_file(ENTITIES, path, 3_000)
    seen: list[tuple[list[str | None], list[str]]] = []
    for _ in held.by_range({"few": "duns", "many": "entity", "of_the_lake": "duns"}):
        few = held.table("SELECT duns FROM few ORDER BY 1").column(0).to_pylist()
        many = held.table("SELECT DISTINCT entity FROM many ORDER BY 1").column(0).to_pylist()
        seen.append((few, many))
    assert len(seen) > 2
    assert [duns for _, many in seen for duns in many] == ["a", "c", "x", "z"]
    assert sorted((duns for few, _ in seen for duns in few), key=str) == [None, "b", "y"]
    assert None in seen[0][0]
    assert held.one("SELECT count(*) AS n FROM many")["n"] == 200


def test_dropped_table_starts_empty(tmp_path: Path) -> None:
    held = Connection()
    held.load(MANY, rows(0, 3))
    held.drop(MANY)
    held.load(MANY, rows(5, 6))
    assert numbers(held) == [5]


def test_write_that_failed_in_the_background_is_raised_by_the_next_call(tmp_path: Path) -> None:
    (tmp_path / "no_folder").write_bytes(b"")
    spill = tmp_path / "no_folder" / "spill"
    writer = BackgroundWriter(FileWriter(LocalStorage(tmp_path), spill, SCHEMA, "n"))
    writer.write(rows(0, 3))
    with pytest.raises(NotADirectoryError):
        writer.savepoint()
    writer.discard()


def test_rollback_discards_rows_since_the_savepoint_and_keeps_earlier_ones(tmp_path: Path) -> None:
    table, spill = tmp_path / "table", tmp_path / "spill"
    writer = FileWriter(LocalStorage(table), spill, SCHEMA, "n")
    writer.write(rows(0, 3))
    writer.savepoint()
    writer.write(rows(3, 9))
    writer.rollback_to_savepoint()
    assert not table.exists()
    (file,) = writer.finish()
    assert [path.name for path in table.iterdir()] == [file.name]
    assert not list(spill.iterdir())
    assert file.statistics == '{"numRecords": 3, "minValues": {"n": 0}, "maxValues": {"n": 2}}'
