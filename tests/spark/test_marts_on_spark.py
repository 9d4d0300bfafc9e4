"""Users' marts: the same rows on both engines, or an error naming what cannot be translated."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import Project
from documents import organization, response

from firmograph.engine.base import SparkOptions
from firmograph.testing import read_lake, table_differences

pytestmark = pytest.mark.spark

MARTS = {
    "app_names": "SELECT duns, upper(primary_name) AS name, length(primary_name) AS size "
    "FROM dw_company_data WHERE primary_name ILIKE '%co%' ORDER BY duns",
    "app_codes": "SELECT duns, count(*) FILTER (WHERE priority = 1) AS first_count, "
    "sum(priority) AS total, avg(priority) AS mean, priority // 2 AS half FROM dw_industry_code "
    "GROUP BY ALL",
    "app_ranked": "WITH ranked AS (SELECT duns, stock_name, row_number() OVER "
    "(PARTITION BY duns ORDER BY country, stock_name DESC) AS place FROM dw_stock_exchanges) "
    "SELECT * EXCLUDE (place), place::INTEGER AS place FROM ranked QUALIFY place = min(place) OVER "
    "(PARTITION BY duns)",
    "app_days": "SELECT duns, CAST(load_timestamp AS DATE) > DATE '2020-01-01' AS is_recent, "
    "CAST('2026-03-01' AS DATE) AS day, 1.50::DECIMAL(10, 2) AS price, [duns][1] AS same "
    "FROM dw_company_data",
    "app_joined": "SELECT c.duns, coalesce(s.country, '?') AS country, c.employees / 3 AS third "
    "FROM dw_company_data c LEFT JOIN dw_stock_exchanges s USING (duns)",
}
REFUSED = {
    "app_ordered": ("SELECT list(duns ORDER BY duns) AS x FROM dw_company_data", "ORDER BY inside"),
    "app_slice": ("SELECT primary_name[1:3] AS x FROM dw_company_data", "a slice"),
    "app_days": (MARTS["app_days"], "a list, as in [x]"),
    "app_file": ("SELECT * FROM read_csv('/etc/passwd')", "may not read"),
    "app_path": ("SELECT * FROM 'x.parquet'", "may not read"),
    "app_control": ("SELECT run_id FROM tb_pipeline_control", "may not read"),
    "app_two": ("SELECT 1 AS x; SELECT 2 AS y", "only one SELECT"),
    "app_drop": ("DROP TABLE dw_company_data", "only one SELECT"),
    "app_unnamed": ("SELECT count(*) FROM dw_company_data", "has no name"),
    "app_reflect": (
        "SELECT reflect('java.lang.System', 'getenv', duns) AS x FROM dw_company_data",
        "no function reflect",
    ),
    "app_java": (
        "SELECT java_method('java.util.UUID', 'randomUUID') AS x FROM dw_company_data",
        "no function java_method",
    ),
    "app_theirs": (
        "SELECT damerau_levenshtein(duns, 'a') AS x FROM dw_company_data",
        "damerau_levenshtein",
    ),
    "app_unknown": ("SELECT no_such(duns) AS x FROM dw_company_data", "no_such"),
}

UNKNOWN_QUALIFY = (MARTS["app_ranked"], "does not know QUALIFY: QUALIFY place")


def write_marts(project: Project, marts: dict[str, str]) -> None:
    project.folders.marts.mkdir(exist_ok=True)
    for name, sql in marts.items():
        (project.folders.marts / f"{name}.sql").write_text(sql, "utf-8")


def drop(project: Project) -> None:
    for number in (1, 2):
        record = organization(f"10000000{number}", f"Alpine Cocoa {number}")
        project.drop(f"c{number}_data_blocks_20260301.json", response(record))


@pytest.mark.parametrize("publish_bytes", [0, 1 << 30], ids=["on Spark", "in the driver"])
def test_marts_are_the_same_on_both_engines_or_refused_by_name(
    publish_bytes: int, spark: SparkOptions, make_project: Callable[[str], Project]
) -> None:
    spark = replace(spark, publish_bytes=publish_bytes)
    knows_qualify = spark.session.version >= "4.2"
    refused = REFUSED if knows_qualify else {**REFUSED, "app_ranked": UNKNOWN_QUALIFY}
    one, other = make_project("embedded"), make_project("spark").on(spark)
    for project in (one, other):
        write_marts(project, {name: sql for name, sql in MARTS.items() if name != "app_days"})
        drop(project)
    assert one.run().mart_failures == {}
    write_marts(other, {name: sql for name, (sql, _) in refused.items()})
    failures = other.run().mart_failures
    expected, found = read_lake(one.folders.lake), read_lake(other.folders.lake)
    assert len(expected["app_names"].rows) == 2
    for name in MARTS.keys() - refused.keys():
        assert table_differences(expected[name], found[name]) == []
    assert failures.keys() == refused.keys()
    assert {
        n: words for n, (_, words) in refused.items() if words.lower() not in failures[n].lower()
    } == {}
