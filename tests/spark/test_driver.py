"""A small run on Spark is published in the driver, a large one on Spark."""

import json
from dataclasses import replace
from typing import Any

import pytest
from conftest import Project
from documents import organization, response
from published import rows

from firmograph.engine.base import SparkOptions

pytestmark = pytest.mark.spark

LIMIT = 60_000
"""Between the size of one company with its empty lake, and that of some hundreds."""


def queries(spark: SparkOptions, project: Project) -> int:
    """How many queries of Spark a run takes."""
    executions: Any = spark.session._jsparkSession.sharedState().statusStore()
    before = executions.executionsCount()
    project.on(spark).run()
    return int(executions.executionsCount() - before)


def drop(project: Project, first: int, last: int) -> None:
    text = "\n".join(
        json.dumps(response(organization(f"{100_000_000 + n}", f"Company {n}")))
        for n in range(first, last)
    )
    project.drop(f"{first}_data_blocks_20260301.jsonl", text)


@pytest.mark.essential
def test_run_is_published_on_spark_once_rows_and_tables_are_large(
    spark: SparkOptions, project: Project
) -> None:
    spark = replace(spark, publish_bytes=LIMIT)
    drop(project, 0, 1)
    assert queries(spark, project) == 0
    drop(project, 1, 1000)
    assert queries(spark, project) > 20
    drop(project, 1000, 1001)
    assert queries(spark, project) > 20  # because of the tables
    drop(project, 1001, 1002)
    assert queries(replace(spark, publish_bytes=1 << 30), project) == 0
    found = rows(project.folders.lake, "SELECT duns FROM dw_company_data")
    assert sorted(row["duns"] for row in found) == [str(100_000_000 + n) for n in range(1002)]


def test_rebuild_is_published_in_the_driver(spark: SparkOptions, project: Project) -> None:
    drop(project, 0, 3)
    project.run()
    small = replace(spark, publish_bytes=1 << 30)
    report = project.on(small).rebuild()
    assert report.tables["dw_company_data"].rows == 3
    assert not report.tables["dw_company_data"].any
