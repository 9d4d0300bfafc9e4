"""Tables that many runs write to stay a few files."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from firmograph.contract.registry import load_contracts
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.lake.files import DataFile, foldable
from firmograph.lake.lake import Lake
from firmograph.lake.store import APPENDS_LIMIT, RunStamp
from firmograph.lake.tables import table_specs
from firmograph.storage.local import LocalStorage

LINKAGE = "dw_corporate_linkage"
QUALITY = "tb_data_quality"
ODS = "ods_datablocks_raw"


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    lake = Lake(LocalStorage(tmp_path), table_specs(load_contracts().values()))
    with DuckDBEngine(lake, RunStamp("r1", datetime(2026, 3, 1, tzinfo=UTC))) as engine:
        engine.store.create(LINKAGE)
        engine.store.create(QUALITY)
        yield engine


def file_count(engine: DuckDBEngine, name: str) -> int:
    return len(engine.lake.open(name).file_uris())


def load(engine: DuckDBEngine, seq: int, text: str) -> None:
    appender = engine.store.appender(ODS)
    schema = engine.lake.specs[ODS].schema
    appender.write(pa.Table.from_pylist([{"ingest_seq": seq, "raw_data": text}], schema=schema))
    appender.commit()


def test_small_drops_of_documents_are_merged_when_they_have_become_many(
    engine: DuckDBEngine,
) -> None:
    engine.store.create(ODS)
    for seq in range(1, 21):
        load(engine, seq, f"document {seq}")
    engine.store.compact(ODS, above=APPENDS_LIMIT)
    assert file_count(engine, ODS) == 20
    load(engine, 21, "document 21")
    engine.store.compact(ODS, above=APPENDS_LIMIT)
    assert file_count(engine, ODS) == 1
    found = engine.query(f"SELECT ingest_seq, raw_data FROM {ODS} ORDER BY ingest_seq", [ODS])
    assert found["ingest_seq"].to_pylist() == list(range(1, 22))
    assert found["raw_data"][20].as_py() == "document 21"


def test_highest_value_is_read_from_the_log(engine: DuckDBEngine) -> None:
    engine.store.create(ODS)
    assert engine.store.max_value(ODS) is None
    load(engine, 7, "a")
    load(engine, 3, "b")
    assert engine.store.max_value(ODS) == 7
    engine.store.compact(ODS)
    assert engine.store.max_value(ODS) == 7


def put(engine: DuckDBEngine, duns: str, level: int, *, may_exist: bool) -> tuple[int, int, int]:
    """Makes a company's linkage one row; returns what was inserted, updated, deleted."""
    rows = f"""
        SELECT
          '{duns}' AS duns,
          CAST(NULL AS VARCHAR) AS global_duns,
          CAST(NULL AS VARCHAR) AS domestic_duns,
          CAST(NULL AS VARCHAR) AS parent_duns,
          CAST({level} AS BIGINT) AS hierarchy_level,
          CAST(1 AS BIGINT) AS family_members
    """
    scope = f"SELECT '{duns}' AS duns, {may_exist} AS _may_exist"
    changes = engine.merge(LINKAGE, rows, scope, ["duns"]).counts
    return changes.inserted, changes.updated, changes.deleted


def test_appends_are_merged_when_they_have_become_many(engine: DuckDBEngine) -> None:
    schema = engine.lake.specs[QUALITY].schema
    for number in range(60):
        row = {"run_id": f"{number:02}", "count": number}
        engine.store.append(QUALITY, pa.Table.from_pylist([row], schema=schema))
    assert file_count(engine, QUALITY) == 20
    found = engine.query(f"SELECT run_id, count FROM {QUALITY} ORDER BY run_id", [QUALITY])
    assert found["count"].to_pylist() == list(range(60))


def test_parts_are_appended_in_one_commit_and_none_changes_nothing(engine: DuckDBEngine) -> None:
    schema = engine.lake.specs[QUALITY].schema
    for number in range(21):
        engine.store.append(QUALITY, pa.Table.from_pylist([{"count": number}], schema=schema))
    assert (engine.lake.open(QUALITY).version(), file_count(engine, QUALITY)) == (21, 21)
    none = schema.empty_table()
    engine.store.append_parts(QUALITY, [none, none])
    engine.store.append_parts(QUALITY, [])
    assert (engine.lake.open(QUALITY).version(), file_count(engine, QUALITY)) == (21, 21)
    rows = [pa.Table.from_pylist([{"count": number}], schema=schema) for number in (21, 22)]
    engine.store.append_parts(QUALITY, iter([none, *rows]))
    assert (engine.lake.open(QUALITY).version(), file_count(engine, QUALITY)) == (23, 2)
    assert engine.query(f"SELECT sum(count) AS s FROM {QUALITY}", [QUALITY])["s"][0].as_py() == 253


def test_merging_says_that_the_rows_are_the_same(engine: DuckDBEngine, tmp_path: Path) -> None:
    schema = engine.lake.specs[QUALITY].schema
    for number in range(2):
        engine.store.append(QUALITY, pa.Table.from_pylist([{"count": number}], schema=schema))
    assert engine.store.compact(QUALITY) == 1
    log = (tmp_path / "control" / QUALITY / "_delta_log" / f"{3:020}.json").read_text()
    assert log.count('"dataChange":false') == 3
    assert '"dataChange":true' not in log


def test_new_entities_are_merged_into_small_files(engine: DuckDBEngine) -> None:
    counts = []
    for number in range(20):
        assert put(engine, f"{number:09}", 1, may_exist=False) == (1, 0, 0)
        counts.append(file_count(engine, LINKAGE))
    assert counts == [1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4]
    assert engine.store.row_count(LINKAGE) == 20


def test_few_rows_of_small_files_are_merged_at_once() -> None:
    def merged(*row_counts: int) -> list[int]:
        files = [DataFile(f"{n}", 9, n, None, None) for n in row_counts]
        return [file.row_count for file in foldable(files)]

    assert merged(*range(7)) == []
    assert merged(*range(8)) == [0, 1, 2, 3, 4, 5, 6, 7]
    assert merged(60_000, 1, *[60_000] * 6) == [1, 60_000, 60_000]
    assert merged(*[200_000] * 8) == [200_000, 200_000]


def test_changed_row_rewrites_its_own_file_alone(engine: DuckDBEngine) -> None:
    for number in range(5):
        put(engine, f"{number:09}", 1, may_exist=False)
    before = set(engine.lake.open(LINKAGE).file_uris())
    assert put(engine, "000000003", 1, may_exist=True) == (0, 0, 0)
    assert set(engine.lake.open(LINKAGE).file_uris()) == before
    assert put(engine, "000000003", 2, may_exist=True) == (0, 1, 0)
    assert len(before - set(engine.lake.open(LINKAGE).file_uris())) == 1
    rows = engine.query(f"SELECT hierarchy_level FROM {LINKAGE} ORDER BY duns", [LINKAGE])
    assert rows["hierarchy_level"].to_pylist() == [1, 1, 1, 2, 1]
