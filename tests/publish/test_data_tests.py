"""Data tests: a SELECT beside the marts that must return no row."""

import pytest
from conftest import Project
from documents import organization, response
from publish.tables import count, query, versions

from firmograph.pipeline.marts import run_marts
from firmograph.pipeline.report import Report

NAMES = "SELECT duns, primary_name AS name FROM dw_company_data"
QUALITY = "SELECT table_name, rule, count, examples FROM tb_data_quality WHERE rule = 'data_test'"


def write(project: Project, name: str, sql: str) -> None:
    """Writes the SQL file of a mart, or of a test if the name begins with ``tests/``."""
    path = project.folders.marts / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(sql)


def drop(project: Project, duns: str, name: str) -> None:
    project.drop(f"{duns}_data_blocks_20260301.json", response(organization(duns, name)))


def marts_only(project: Project) -> Report:
    return run_marts(project.storages, project.limits, project.contracts)


@pytest.fixture
def named(project: Project) -> Project:
    """A project with a published company, a mart and one that reads it."""
    write(project, "names", NAMES)
    write(project, "counted", "SELECT count(*) AS n FROM names")
    drop(project, "100000001", "Alpine")
    project.run()
    return project


def test_test_that_finds_nothing_passes(named: Project) -> None:
    write(named, "tests/nameless", "SELECT * FROM names WHERE name IS NULL")
    report = named.run()
    assert (report.status, report.notes) == ("ok", [])
    result = report.test_results["nameless"]
    assert (result.severity, result.row_count, result.message) == ("fail", 0, None)
    assert query(named, QUALITY) == []


def test_failed_test_holds_back_the_marts_it_reads_and_their_readers(named: Project) -> None:
    write(named, "other", "SELECT count(*) AS n FROM dw_company_data")
    write(named, "tests/no_bad", "SELECT name FROM names WHERE name = 'Bad'")
    drop(named, "100000002", "Bad")
    report = named.run()
    assert (report.status, report.exit_code) == ("failed", 1)
    reason = 'data test no_bad failed: 1 row, such as {"name": "Bad"}'
    assert report.mart_failures == {"counted": reason, "names": reason}
    assert count(named, "dw_company_data") == 2
    assert query(named, "SELECT name FROM names") == [{"name": "Alpine"}]
    assert query(named, "SELECT n FROM counted") == [{"n": 1}]
    assert query(named, "SELECT n FROM other") == [{"n": 2}]
    assert query(named, QUALITY) == [
        {"table_name": "no_bad", "rule": "data_test", "count": 1, "examples": ['{"name": "Bad"}']}
    ]


def test_mart_that_is_held_back_is_published_once_its_test_passes(named: Project) -> None:
    write(named, "tests/no_bad", "SELECT name FROM names WHERE name = 'Bad'")
    drop(named, "100000002", "Bad")
    named.run()
    before = versions(named)
    assert named.run().status == "failed"
    changed = {name for name, version in versions(named).items() if version != before[name]}
    assert "tb_data_quality" not in changed
    write(named, "tests/no_bad", "SELECT name FROM names WHERE name = 'Worse'")
    assert named.run().status == "ok"
    assert count(named, "names") == 2
    assert query(named, "SELECT n FROM counted") == [{"n": 2}]


def test_new_mart_that_is_held_back_is_in_no_snapshot(named: Project) -> None:
    write(named, "fresh", "SELECT 1 AS n")
    write(named, "tests/never", "SELECT * FROM fresh")
    assert sorted(named.run().mart_failures) == ["fresh"]
    assert {"name": "fresh"} not in named.sql("SHOW TABLES")


def test_failed_test_that_only_warns_publishes_all_the_same(named: Project) -> None:
    write(named, "tests/no_bad", "-- severity: warn\nSELECT name FROM names WHERE name = 'Bad'")
    drop(named, "100000002", "Bad")
    report = named.run()
    assert (report.status, report.exit_code) == ("ok", 0)
    assert report.notes == [
        'data test no_bad failed (severity warn): 1 row, such as {"name": "Bad"}'
    ]
    assert count(named, "names") == 2
    assert query(named, "SELECT count(*) AS n FROM tb_data_quality WHERE rule = 'data_test'") == [
        {"n": 1}
    ]
    second = named.run()
    assert second.notes == report.notes
    assert second.snapshot_id == report.snapshot_id


def test_failed_test_of_dw_fails_every_run_and_holds_nothing_back(named: Project) -> None:
    write(named, "tests/few", "SELECT count(*) AS n FROM dw_company_data HAVING count(*) > 1")
    drop(named, "100000002", "Second")
    for report in (named.run(), named.run()):
        assert (report.status, report.mart_failures) == ("failed", {})
        assert report.as_dict()["message"] == 'data test few failed: 1 row, such as {"n": 2}'
    assert count(named, "names") == 2


def test_test_that_cannot_run_fails(named: Project) -> None:
    write(named, "broken", "SELECT nope FROM dw_company_data")
    write(named, "tests/misspelt", "SELEC 1")
    write(named, "tests/loud", "-- severity: shout\nSELECT 1 WHERE false")
    write(named, "tests/on_broken", "SELECT * FROM broken")
    results = named.run().test_results
    assert {name: result.message for name, result in results.items()} == {
        "loud": "its severity is 'shout'; allowed are warn and fail",
        "misspelt": "the SQL is not understood at line 1, column 1: syntax error at or near "
        '"SELEC"',
        "on_broken": "it reads broken, which was not built",
    }


def test_marts_only_builds_marts_and_leaves_the_uploads(named: Project) -> None:
    drop(named, "100000002", "Second")
    write(named, "counted", "SELECT count(*) AS n, 'new' AS version FROM names")
    write(named, "tests/never", "-- severity: warn\nSELECT 1 AS one")
    report = marts_only(named)
    assert report.status == "ok"
    assert sorted(report.tables) == ["app_stocks_by_company", "counted", "names"]
    assert report.test_results["never"].row_count == 1
    assert named.names(named.folders.uploads) == ["100000002_data_blocks_20260301.json"]
    assert query(named, "SELECT * FROM counted") == [{"n": 1, "version": "new"}]
    named.run()
    assert query(named, "SELECT n FROM counted") == [{"n": 2}]
