"""The verbs of an engine, on every engine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import ENGINES

from firmograph.contract.registry import load_contracts
from firmograph.engine.base import Engine, MergeResult, Relation, RowCounts, SparkOptions
from firmograph.engine.opening import open_engine
from firmograph.engine.sql import RUN_STAMP
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.storage.local import LocalStorage

pytestmark = [
    pytest.mark.parametrize("choice", ENGINES, indirect=True),
    pytest.mark.essential,
]

LISTINGS = "dw_stock_exchanges"
LINKAGE = "dw_corporate_linkage"
QUALITY = "tb_data_quality"
NUMBERS = pa.schema([("n", pa.int64())])
NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
LATER = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture
def open_lake(choice: SparkOptions | None, tmp_path: Path) -> Any:
    def opened(run_id: str, now: datetime) -> Any:
        lake = Lake(LocalStorage(tmp_path / "lake"), table_specs(load_contracts().values()))
        return open_engine(lake, RunStamp(run_id, now), "500MB", tmp_path / "spill", choice)

    return opened


@pytest.fixture
def engine(open_lake: Any) -> Iterator[Engine]:
    with open_lake("r1", NOW) as engine:
        engine.store.create(LISTINGS)
        engine.store.create(QUALITY)
        yield engine


def listings(*rows: tuple[str, str, str | None]) -> str:
    """A query that returns listings: DUNS, name, country."""
    parts = []
    for duns, name, country in rows:
        where = f"'{country}'" if country else "CAST(NULL AS STRING)"
        parts.append(
            f"SELECT '{duns}' AS duns, '{name}' AS stock_name, {where} AS country, "
            "'Börse' AS exchange_name, true AS is_primary"
        )
    return " UNION ALL ".join(parts)


def scope(**known: bool) -> str:
    """A query that returns entities, and whether they may exist already."""
    return " UNION ALL ".join(
        f"SELECT '{duns.removeprefix('d')}' AS duns, {may_exist} AS _may_exist"
        for duns, may_exist in known.items()
    )


def held(engine: Engine) -> list[tuple[Any, ...]]:
    rows = engine.query(
        f"SELECT duns, stock_name, country, run_id FROM {LISTINGS} ORDER BY duns, stock_name",
        [LISTINGS],
    )
    return [tuple(row.values()) for row in rows.to_pylist()]


def changed(engine: Engine, result: MergeResult) -> list[str]:
    found = engine.query(f"SELECT duns FROM {result.changed} ORDER BY duns")
    duns: list[str] = found["duns"].to_pylist()
    return duns


def difference(engine: Engine, result: MergeResult) -> list[tuple[Any, ...]]:
    rows = engine.query(f"""
        SELECT _change AS change, duns, stock_name, country, exchange_name, is_primary
        FROM {result.difference}
        ORDER BY duns, stock_name
    """)
    return [tuple(row.values()) for row in rows.to_pylist()]


def test_new_entities_are_appended(engine: Engine) -> None:
    result = engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
    assert result.counts == RowCounts(inserted=1, rows=1)
    assert changed(engine, result) == ["1"]
    assert difference(engine, result) == [("insert", "1", "A", "CH", "Börse", True)]
    engine.merge(LISTINGS, listings(("0", "B", None)), scope(d0=False), ["duns"])
    assert held(engine) == [("0", "B", None, "r1"), ("1", "A", "CH", "r1")]


def test_entity_without_rows_writes_nothing(engine: Engine) -> None:
    rows = f"SELECT * FROM ({listings(('1', 'A', 'CH'))}) WHERE false"
    result = engine.merge(LISTINGS, rows, scope(d1=False), ["duns"])
    assert result.counts == RowCounts()
    assert changed(engine, result) == []
    assert difference(engine, result) == []
    assert engine.store.versions()[LISTINGS] == 0


def test_rows_of_known_entities_are_replaced_and_others_left_alone(
    engine: Engine, open_lake: Any
) -> None:
    rows = listings(("1", "A", "CH"), ("1", "B", None), ("2", "A", "US"), ("3", "gone", "US"))
    engine.merge(LISTINGS, rows, scope(d1=False, d2=False, d3=False), ["duns"])
    with open_lake("r2", LATER) as later:
        rows = listings(("1", "A", "CH"), ("1", "B", "FR"), ("1", "C", "FR"), ("4", "D", "FR"))
        result = later.merge(LISTINGS, rows, scope(d1=True, d3=True, d4=False), ["duns"])
        assert result.counts == RowCounts(inserted=2, updated=1, deleted=1, rows=5)
        assert changed(later, result) == ["1", "3", "4"]
        assert held(later) == [
            ("1", "A", "CH", "r1"),
            ("1", "B", "FR", "r2"),
            ("1", "C", "FR", "r2"),
            ("2", "A", "US", "r1"),
            ("4", "D", "FR", "r2"),
        ]


def test_difference_has_the_new_values_and_of_deleted_rows_the_old_ones(engine: Engine) -> None:
    rows = listings(("1", "A", "CH"), ("1", "B", None), ("3", "gone", "US"))
    engine.merge(LISTINGS, rows, scope(d1=False, d3=False), ["duns"])
    rows = listings(("1", "A", "CH"), ("1", "B", "FR"), ("4", "D", None))
    result = engine.merge(LISTINGS, rows, scope(d1=True, d3=True, d4=False), ["duns"])
    assert difference(engine, result) == [
        ("update", "1", "B", "FR", "Börse", True),
        ("delete", "3", "gone", "US", "Börse", True),
        ("insert", "4", "D", None, "Börse", True),
    ]


def test_difference_outlives_merges_of_other_tables(engine: Engine) -> None:
    first = engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
    engine.store.create(LINKAGE)
    linkage = """
        SELECT
          '2' AS duns,
          CAST(NULL AS STRING) AS global_duns,
          CAST(NULL AS STRING) AS domestic_duns,
          CAST(NULL AS STRING) AS parent_duns,
          CAST(1 AS BIGINT) AS hierarchy_level,
          CAST(1 AS BIGINT) AS family_members
    """
    second = engine.merge(LINKAGE, linkage, scope(d2=False), ["duns"])
    assert difference(engine, first) == [("insert", "1", "A", "CH", "Börse", True)]
    found = engine.query(f"SELECT duns, _change FROM {second.difference}").to_pylist()
    assert found == [{"duns": "2", "_change": "insert"}]


def test_difference_ends_where_the_next_range_begins(engine: Engine) -> None:
    for _ in engine.by_range({}):
        result = engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
        assert changed(engine, result) == ["1"]
    for _ in engine.by_range({}):
        with pytest.raises(engine.faults):
            changed(engine, result)


def test_equal_rows_are_not_written(engine: Engine) -> None:
    rows = listings(("1", "A", None))
    engine.merge(LISTINGS, rows, scope(d1=False), ["duns"])
    result = engine.merge(LISTINGS, rows, scope(d1=True), ["duns"])
    assert result.counts == RowCounts(rows=1)
    assert changed(engine, result) == []
    assert difference(engine, result) == []
    assert engine.store.versions()[LISTINGS] == 1


def test_scope_may_read_the_table(engine: Engine) -> None:
    engine.merge(LISTINGS, listings(("1", "A", "CH"), ("2", "B", "CH")), scope(d1=False), ["duns"])
    all_of_it = f"SELECT DISTINCT duns, true AS _may_exist FROM {LISTINGS}"
    result = engine.merge(LISTINGS, listings(("2", "B", "CH")), all_of_it, ["duns"])
    assert result.counts == RowCounts(deleted=1, rows=1)


def test_rows_have_the_types_and_the_time_they_should(engine: Engine) -> None:
    engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
    rows = engine.lake.open(LISTINGS).to_pyarrow_table()
    assert rows.schema.field("load_timestamp").type == pa.timestamp("us", "UTC")
    assert rows["load_timestamp"].to_pylist() == [NOW]
    assert rows["exchange_name"].to_pylist() == ["Börse"]
    assert rows["is_primary"].to_pylist() == [True]


def test_table_is_restored_and_written_again(engine: Engine) -> None:
    engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
    engine.merge(LISTINGS, listings(("2", "B", "CH")), scope(d2=False), ["duns"])
    engine.store.restore(LISTINGS, 1)
    assert [row[0] for row in held(engine)] == ["1"]
    engine.merge(LISTINGS, listings(("3", "B", "CH")), scope(d3=False), ["duns"])
    assert [row[0] for row in held(engine)] == ["1", "3"]
    assert engine.store.row_count(LISTINGS) == 2


def test_overwritten_table_holds_the_query_and_equal_rows_are_not_written(engine: Engine) -> None:
    query = f"""
        SELECT
          'a' AS run_id, 't' AS table_name, 'c' AS column_name, 'r' AS rule,
          CAST({{}} AS BIGINT) AS count, split('x', ',') AS examples, now_utc AS load_timestamp
        FROM {RUN_STAMP}
    """
    assert engine.replace_all(QUALITY, query.format(1)) == RowCounts(inserted=1, rows=1)
    assert engine.replace_all(QUALITY, query.format(1)) == RowCounts(rows=1)
    assert engine.replace_all(QUALITY, query.format(2)) == RowCounts(inserted=1, deleted=1, rows=1)
    rows = engine.query(f"SELECT * FROM {QUALITY}", [QUALITY]).to_pylist()
    assert [(row["count"], row["examples"]) for row in rows] == [(2, ["x"])]


def test_inserted_rows_are_counted_and_none_makes_no_commit(engine: Engine) -> None:
    found = Relation("found", pa.schema([("run_id", pa.string()), ("n", pa.int64())]))
    engine.create_temp(
        found,
        """
        SELECT 'x' AS run_id, CAST(1 AS BIGINT) AS n
        UNION ALL
        SELECT 'y', CAST(2 AS BIGINT)
        """,
    )
    query = f"""
        SELECT
          run_id, 't' AS table_name, 'c' AS column_name, 'r' AS rule,
          n AS count, split('x', ',') AS examples, CAST(NULL AS TIMESTAMP) AS load_timestamp
        FROM {found}
        WHERE n > {{}}
    """
    assert engine.insert_into(QUALITY, query.format(0)) == 2
    assert engine.insert_into(QUALITY, query.format(5)) == 0
    assert engine.store.versions()[QUALITY] == 1
    rows = engine.query_local(f"SELECT run_id, count FROM {QUALITY} ORDER BY run_id", [QUALITY])
    assert rows.to_pylist() == [{"run_id": "x", "count": 1}, {"run_id": "y", "count": 2}]


def test_loaded_rows_and_files_are_one_table(engine: Engine, tmp_path: Path) -> None:
    schema = pa.schema([("n", pa.int64()), ("seen_at", pa.timestamp("us", "UTC"))])
    many = Relation("many", schema)
    engine.load(many, schema.empty_table())
    assert engine.query(f"SELECT count(*) AS n FROM {many}")["n"].to_pylist() == [0]
    path = tmp_path / "rows.parquet"
    pq.write_table(pa.table({"n": [2], "seen_at": [NOW]}, schema), path, compression="lz4")
    engine.load_file(many, LocalStorage(path.parent), path.name, 100)
    engine.load(many, pa.table({"n": [1], "seen_at": [None]}, schema))
    found = engine.query(f"SELECT n, seen_at FROM {many} ORDER BY n").to_pylist()
    assert found == [{"n": 1, "seen_at": None}, {"n": 2, "seen_at": NOW}]
    engine.drop(many)
    assert not path.exists()


def test_temporary_table_keeps_what_it_held_and_is_added_to(engine: Engine) -> None:
    source, seen = Relation("source", NUMBERS), Relation("seen", NUMBERS)
    engine.load(source, pa.table({"n": [1]}))
    assert engine.create_temp(seen, f"SELECT n FROM {source}") is seen
    engine.load(source, pa.table({"n": [2]}))
    engine.insert_temp(seen, f"SELECT n FROM {source} WHERE n = 2")
    assert engine.query(f"SELECT n FROM {seen} ORDER BY n")["n"].to_pylist() == [1, 2]
    engine.create_temp(seen, f"SELECT n FROM {source}")
    assert engine.query(f"SELECT count(*) AS n FROM {seen}")["n"].to_pylist() == [2]


def test_selected_rows_have_types_that_tables_can_hold(engine: Engine) -> None:
    engine.merge(LISTINGS, listings(("1", "A", "CH")), scope(d1=False), ["duns"])
    sql = f"SELECT duns, load_timestamp, 7 AS n FROM {LISTINGS}"
    found = engine.select("found", sql, [LISTINGS])
    assert found.schema == pa.schema(
        [("duns", pa.string()), ("load_timestamp", pa.timestamp("us", "UTC")), ("n", pa.int64())]
    )
    rows = engine.query(f"SELECT * FROM {found}").to_pylist()
    assert rows == [{"duns": "1", "load_timestamp": NOW, "n": 7}]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "SELECT 'x' AS n, split('a', ',') AS names",
            "temporary table typed lacks n int64 and has n string instead",
        ),
        (
            "SELECT CAST(1 AS BIGINT) AS m, split('a', ',') AS names",
            "temporary table typed lacks n int64 and has m int64 instead",
        ),
        (
            "SELECT split('a', ',') AS names, CAST(1 AS BIGINT) AS n",
            "the declared columns are, in this order, n int64, names list<item: string>",
        ),
    ],
)
def test_temporary_table_has_the_columns_it_declares(
    query: str, sentence: str, engine: Engine
) -> None:
    columns = [("n", pa.int64()), ("names", pa.list_(pa.string()))]
    with pytest.raises(TypeError) as raised:
        engine.create_temp(Relation("typed", pa.schema(columns)), query)
    assert str(raised.value).startswith("internal error: ")
    assert sentence in str(raised.value)


def test_loaded_rows_have_the_columns_of_their_table(engine: Engine) -> None:
    with pytest.raises(TypeError, match="lacks n int64 and has n string instead"):
        engine.load(Relation("typed", NUMBERS), pa.table({"n": ["1"]}))


def test_tasks_answer_in_their_order(engine: Engine) -> None:
    assert list(engine.executor.map_tasks(len, ["abc", "", "a"])) == [3, 0, 1]
    assert list(engine.executor.map_tasks(len, [])) == []


def test_derived_table_is_made_again_only_once_its_tables_have_changed(engine: Engine) -> None:
    kept = Relation("kept", NUMBERS)
    count = f"SELECT {{}} * count(*) AS n FROM {QUALITY}"

    def derived(factor: int) -> Any:
        engine.derive_local(kept, count.format(factor), [QUALITY])
        return engine.query_local(f"SELECT n FROM {kept}", [])["n"].to_pylist()

    append(engine, 2)
    assert derived(10) == [20]
    assert derived(100) == [20]
    append(engine, 1)
    assert derived(100) == [300]


def append(engine: Engine, count: int) -> None:
    """Appends rows to a table of the lake."""
    rows = (
        engine.lake.specs[QUALITY]
        .schema.empty_table()
        .from_pylist(
            [{"run_id": "r1", "count": number} for number in range(count)],
            engine.lake.specs[QUALITY].schema,
        )
    )
    engine.store.append(QUALITY, rows)


def test_engine_knows_whether_rows_were_loaded(engine: Engine) -> None:
    some = Relation("some_rows", NUMBERS)
    assert not engine.has_rows(some)
    engine.load(some, NUMBERS.empty_table())
    assert not engine.has_rows(some)
    engine.load(some, NUMBERS.empty_table().from_pydict({"n": [4]}, NUMBERS))
    assert engine.has_rows(some)
    assert engine.query(f"SELECT n FROM {some}")["n"].to_pylist() == [4]
    engine.drop(some)
    assert not engine.has_rows(some)


def test_rows_loaded_later_are_in_what_was_made_of_a_table(engine: Engine) -> None:
    some, doubled = (
        Relation("some_rows", NUMBERS),
        "SELECT n FROM some_rows UNION ALL SELECT n FROM some_rows",
    )
    engine.load(some, NUMBERS.empty_table().from_pydict({"n": [4]}, NUMBERS))
    assert engine.query(f"SELECT count(*) AS n FROM ({doubled})")["n"].to_pylist() == [2]
    engine.load(some, NUMBERS.empty_table().from_pydict({"n": [5]}, NUMBERS))
    assert engine.query(f"SELECT count(*) AS n FROM ({doubled})")["n"].to_pylist() == [4]
