"""APP: each mart is one SQL file; a failing one affects neither other marts nor DW."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response
from publish.histories import copy_of
from publish.tables import column, count, one, open_delta, query, versions

from firmograph.errors import QueryError
from firmograph.pipeline.rollback import rollback
from firmograph.queries.reader import open_reader

BY_COUNTRY = "SELECT country, count(*) AS listings FROM dw_stock_exchanges GROUP BY country"
LISTINGS = [
    {"tickerName": "NYSE:A", "exchangeCountry": {"isoAlpha2Code": "US"}},
    {"tickerName": "NASDAQ:A", "exchangeCountry": {"isoAlpha2Code": "US"}},
    {"tickerName": "LSE:A"},
]


def write_mart(project: Project, name: str, sql: str | bytes) -> None:
    project.folders.marts.mkdir(exist_ok=True)
    content = sql if isinstance(sql, bytes) else sql.encode()
    (project.folders.marts / f"{name}.sql").write_bytes(content)


def drop_listed(project: Project, duns: str = "100000001") -> None:
    record = organization(duns, stockExchanges=LISTINGS)
    project.drop(f"{duns}_data_blocks_20260301.json", response(record))


def test_shipped_mart_counts_listings_by_company_and_country(project: Project) -> None:
    drop_listed(project)
    report = project.run()
    rows = query(project, "SELECT * FROM app_stocks_by_company ORDER BY country NULLS LAST")
    assert rows == [
        {"duns": "100000001", "country": "US", "count": 2},
        {"duns": "100000001", "country": None, "count": 1},
    ]
    assert report.tables["app_stocks_by_company"].rows == 2
    assert open_delta(project, "app_stocks_by_company").to_pyarrow_table().num_rows == 2


def test_shipped_mart_is_there_and_empty_before_any_listing(project: Project) -> None:
    project.run()
    assert count(project, "app_stocks_by_company") == 0


def test_users_mart_is_built_beside_the_shipped_one(project: Project) -> None:
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    drop_listed(project, "100000002")
    report = project.run()
    assert report.status == "ok"
    assert query(project, "SELECT * FROM by_country ORDER BY country NULLS LAST") == [
        {"country": "US", "listings": 4},
        {"country": None, "listings": 2},
    ]
    assert count(project, "app_stocks_by_company") == 4


def test_users_mart_stands_in_for_the_shipped_one_of_its_name(project: Project) -> None:
    write_mart(project, "app_stocks_by_company", BY_COUNTRY)
    drop_listed(project)
    project.run()
    assert count(project, "app_stocks_by_company") == 2
    assert one(project, "SELECT max(listings) AS n FROM app_stocks_by_company") == {"n": 2}


def test_mart_follows_the_tables_it_reads(project: Project) -> None:
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    project.run()
    record = organization(stockExchanges=LISTINGS[:1])
    project.drop("a_data_blocks_20260401.json", response(record, "2026-04-01T00:00:00Z"))
    project.run()
    assert query(project, "SELECT * FROM by_country") == [{"country": "US", "listings": 1}]


@pytest.fixture(scope="module")
def with_mine(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a mart ``mine``, to be copied and never changed."""
    project = Project(tmp_path_factory.mktemp("marts") / "with_mine")
    write_mart(project, "mine", "SELECT duns, 7 AS n FROM dw_company_data")
    drop_listed(project)
    project.run()
    return project


WRONG = {
    "misspelt": "SELEC 1",
    "empty": "",
    "two_statements": "SELECT 1 AS a; SELECT 2 AS a",
    "no_such_table": "SELECT * FROM dw_nothing",
    "no_such_column": "SELECT nothing FROM dw_company_data",
    "cannot_cast": "SELECT primary_name::INTEGER AS n FROM dw_company_data",
    "reads_files": "SELECT * FROM read_text('/etc/hostname')",
    "reads_control": "SELECT * FROM tb_quarantine_files",
    "writes": "CREATE TABLE dw_company_data AS SELECT 1 AS duns",
    "an_interval": "SELECT INTERVAL 1 DAY AS age",
    "name twice": "SELECT 1 AS a",
    "Upper": "SELECT 1 AS a",
    "dw_industry_code": "SELECT 1 AS a",
    "tb_entity_heads": "SELECT 1 AS a",
}


def test_wrong_marts_fail_alone_and_by_name(project: Project) -> None:
    for name, sql in WRONG.items():
        write_mart(project, name, sql)
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    report = project.run()
    assert (report.status, report.exit_code) == ("failed", 1)
    assert sorted(report.mart_failures) == sorted(WRONG)
    assert all(report.mart_failures.values())
    assert count(project, "by_country") == count(project, "app_stocks_by_company") == 2
    assert column(project, "SELECT duns FROM dw_company_data") == ["100000001"]
    assert count(project, "dw_industry_code") == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 AS a, 2 AS a",
        'SELECT 1 AS "a""b"',
        "SELECT [TIMESTAMP '2026-01-01'] AS times",
    ],
    ids=["a column twice", "a quote in a name", "a nested timestamp"],
)
def test_mart_that_cannot_be_stored_stops_nothing(sql: str, project: Project) -> None:
    write_mart(project, "odd", sql)
    write_mart(project, "zz_last", BY_COUNTRY)
    drop_listed(project)
    report = project.run()
    assert set(report.mart_failures) <= {"odd"}
    assert count(project, "zz_last") == 2
    assert count(project, "dw_company_data") == 1
    assert set(project.run().mart_failures) <= {"odd"}


def test_mart_keeps_to_the_memory_limit(project: Project) -> None:
    project.limits = replace(project.limits, memory_limit="100MB")
    write_mart(project, "one_list", "SELECT len(list(i)) AS n FROM range(20000000) numbers(i)")
    drop_listed(project)
    report = project.run()
    assert "Out of Memory" in report.mart_failures["one_list"]
    assert count(project, "app_stocks_by_company") == 2


@pytest.mark.parametrize("name", ["select", "new_heads"])
def test_mart_may_have_any_name_or_fails_alone(name: str, project: Project) -> None:
    write_mart(project, name, BY_COUNTRY)
    drop_listed(project)
    report = project.run()
    assert set(report.mart_failures) <= {name}
    assert count(project, "dw_company_data") == 1
    if not report.mart_failures:
        assert project.sql(f'SELECT count(*) AS n FROM "{name}"') == [{"n": 2}]


def test_failed_mart_keeps_its_last_rows_and_is_mended_by_the_next_run(project: Project) -> None:
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    project.run()
    write_mart(project, "by_country", "SELECT wrong FROM dw_stock_exchanges")
    assert sorted(project.run().mart_failures) == ["by_country"]
    assert count(project, "by_country") == 2
    assert sorted(project.run().mart_failures) == ["by_country"]
    write_mart(project, "by_country", f"{BY_COUNTRY} HAVING country IS NULL")
    assert project.run().status == "ok"
    assert query(project, "SELECT * FROM by_country") == [{"country": None, "listings": 1}]


def test_changed_sql_is_built_by_a_run_without_uploads(with_mine: Project, tmp_path: Path) -> None:
    project = copy_of(with_mine, tmp_path / "copy")
    write_mart(project, "mine", "SELECT duns, 8 AS n FROM dw_company_data")
    project.run()
    assert query(project, "SELECT * FROM mine") == [{"duns": "100000001", "n": 8}]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT duns, primary_name FROM dw_company_data", [("100000001", "Alpine Cocoa AG")]),
        ("SELECT duns, 'one' AS n FROM dw_company_data", [("100000001", "one")]),
        ("SELECT duns, 1.5::DOUBLE AS n FROM dw_company_data", [("100000001", 1.5)]),
        ("SELECT duns, '7' AS n FROM dw_company_data", [("100000001", "7")]),
        ("SELECT 7 AS n, duns FROM dw_company_data", [(7, "100000001")]),
    ],
    ids=["another column", "text", "a double", "the same as text", "another order"],
)
def test_changed_columns_of_a_mart_are_its_columns(
    sql: str, rows: list[tuple[object, ...]], with_mine: Project, tmp_path: Path
) -> None:
    project = copy_of(with_mine, tmp_path / "copy")
    write_mart(project, "mine", sql)
    assert project.run().status == "ok"
    assert [tuple(row.values()) for row in project.sql("SELECT * FROM mine")] == rows
    others = open_delta(project, "mine").to_pyarrow_table().to_pylist()
    assert [tuple(row.values()) for row in others] == rows


def test_error_of_a_mart_tells_line_column_and_the_nearest_names(project: Project) -> None:
    write_mart(project, "wrong", "SELECT\n  duns,\n  primary_nam\nFROM dw_company_data")
    write_mart(project, "lost", "SELECT *\nFROM dw_compny_data")
    drop_listed(project)
    failures = project.run().mart_failures
    assert failures["wrong"].startswith(
        'the SQL failed at line 3, column 3: Referenced column "primary_nam" not found in FROM '
        "clause; did you mean primary_name"
    )
    assert failures["lost"].startswith(
        "the SQL failed at line 2, column 6: Table with name dw_compny_data does not exist; "
        "did you mean dw_company_data"
    )


def test_mart_that_takes_longer_than_the_setting_fails_alone(project: Project) -> None:
    project.limits = replace(project.limits, query_seconds=0.2)
    write_mart(project, "endless", "SELECT count(*) AS n FROM range(1000000000000)")
    drop_listed(project)
    assert project.run().mart_failures == {
        "endless": "the SQL was stopped: it took longer than 0.2 seconds"
    }
    assert count(project, "app_stocks_by_company") == 2


def test_mart_reads_other_marts_in_whatever_order_they_are_named(project: Project) -> None:
    write_mart(project, "a_last", "SELECT sum(listings) AS n FROM M_Middle")
    write_mart(project, "m_middle", "SELECT * FROM z_first WHERE country IS NOT NULL")
    write_mart(project, "z_first", BY_COUNTRY)
    write_mart(project, "on_shipped", "SELECT count(*) AS n FROM app_stocks_by_company")
    drop_listed(project)
    assert project.run().status == "ok"
    assert query(project, "SELECT n FROM a_last") == [{"n": 2}]
    drop_listed(project, "100000002")
    project.run()
    assert query(project, "SELECT n FROM a_last") == [{"n": 4}]
    assert query(project, "SELECT n FROM on_shipped") == [{"n": 4}]


def test_marts_that_read_each_other_fail_with_the_circle_named(project: Project) -> None:
    write_mart(project, "one", "SELECT * FROM two")
    write_mart(project, "two", "SELECT * FROM three")
    write_mart(project, "three", "SELECT * FROM one")
    write_mart(project, "narcissus", "SELECT * FROM narcissus")
    write_mart(project, "reader", "SELECT * FROM one")
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    failures = project.run().mart_failures
    assert sorted(failures) == ["narcissus", "one", "reader", "three", "two"]
    assert failures["narcissus"] == ("marts read each other in a circle: narcissus reads narcissus")
    assert failures["one"] == failures["two"] == failures["three"]
    circle = failures["one"].removeprefix("marts read each other in a circle: ").split(" reads ")
    assert "one two three one two three" in " ".join([*circle, *circle[1:]])
    assert failures["reader"] == "it reads one, which was not built"
    assert count(project, "by_country") == 2


def test_mart_whose_source_fails_keeps_its_rows(project: Project) -> None:
    write_mart(project, "below", BY_COUNTRY)
    write_mart(project, "above", "SELECT count(*) AS n FROM below")
    drop_listed(project)
    project.run()
    write_mart(project, "below", "SELECT wrong FROM dw_stock_exchanges")
    assert sorted(project.run().mart_failures) == ["above", "below"]
    assert query(project, "SELECT n FROM above") == [{"n": 2}]


def test_mart_without_its_file_is_no_longer_queried_until_a_rollback(project: Project) -> None:
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    project.run()
    (project.folders.marts / "by_country.sql").unlink()
    report = project.run()
    assert report.notes == [
        "mart by_country has no SQL file any more, and can no longer be queried"
    ]
    with (
        open_reader(project.storages.lake, project.contracts) as reader,
        pytest.raises(QueryError, match="Table with name by_country does not exist"),
    ):
        reader.sql("SELECT * FROM by_country")
    assert project.run().notes == []
    rollback(project.storages, project.limits, project.contracts, 1)
    assert count(project, "by_country") == 2


def test_second_run_writes_nothing_but_the_ledger(project: Project) -> None:
    write_mart(project, "by_country", BY_COUNTRY)
    drop_listed(project)
    first = project.run()
    before = versions(project)
    second = project.run()
    after = versions(project)
    assert {name for name in after if after[name] != before[name]} == {"tb_pipeline_control"}
    assert second.snapshot_id == first.snapshot_id == 1
    assert not any(changes.any for changes in second.tables.values())


def test_lost_mart_is_built_again(project: Project) -> None:
    drop_listed(project)
    project.run()
    for file in sorted((project.folders.lake / "app").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    project.run()
    assert count(project, "app_stocks_by_company") == 2
