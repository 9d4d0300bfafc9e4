"""Numbers that count rows lead to these rows."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browsing import browsing, links_of, text_of
from conftest import Project as Fresh
from documents import organization, response
from starlette.testclient import TestClient


def counts_of(client: TestClient, path: str) -> dict[str, int]:
    """By address, the numbers of a page that lead to a query."""
    page = client.get(path)
    assert page.status_code == 200
    found = re.findall(r'<a class="figure" href="(/sql[^"]*)"[^>]*>([\d\u202f]+)</a>', page.text)
    return {html.unescape(link): int(number.replace("\u202f", "")) for link, number in found}


def last_run(client: TestClient) -> str:
    return str(client.get("/runs.json").json()["runs"][0]["run_id"])


@pytest.mark.parametrize(
    ("path", "least"),
    [("/", 4), ("/tables", 15), ("/quarantine", 2), ("/family/690481157", 3)],
)
def test_count_is_the_number_of_rows_behind_it(client: TestClient, path: str, least: int) -> None:
    counts = counts_of(client, path)
    assert len(counts) >= least
    for link, number in counts.items():
        answer = client.get(link.replace("/sql?", "/sql.json?")).json()
        assert len(answer["rows"]) == number, parse_qs(urlsplit(link).query)["q"]


def test_warnings_of_a_run_lead_to_their_rows(client: TestClient) -> None:
    run = last_run(client)
    counts = counts_of(client, f"/runs/{run}")
    queries = [parse_qs(urlsplit(link).query)["q"][0] for link in counts]
    assert (
        f"SELECT * FROM tb_data_quality WHERE run_id = '{run}' AND rule = 'expected' "
        "AND table_name = 'dw_company_data' AND column_name = 'registered_name'"
    ) in queries
    for link in counts:
        assert client.get(link.replace("/sql?", "/sql.json?")).json()["rows"]


def test_totals_of_the_overview_lead_to_the_run_that_published(client: TestClient) -> None:
    assert f'<a class="figure" href="/runs/{last_run(client)}">' in client.get("/").text


def test_documents_of_a_file_lead_to_their_rows(client: TestClient) -> None:
    counts = counts_of(client, f"/runs/{last_run(client)}")
    found = {link: count for link, count in counts.items() if "EXCLUDE" in link}
    assert sorted(found.values()) == [1] * 16 + [2, 3]
    for link, number in found.items():
        rows = client.get(link.replace("/sql?", "/sql.json?")).json()["rows"]
        assert len(rows) == number
        assert len({row["file_name"] for row in rows}) == 1


@pytest.fixture
def two_runs(project: Fresh) -> Fresh:
    """A company that is renamed by a second run, which brings another one, too."""
    project.drop("a_data_blocks_20260301.json", response(organization("100000001", "Old")))
    project.run()
    project.drop(
        "a_data_blocks_20260302.json",
        response(organization("100000001", "New"), "2026-03-02T10:00:00.000Z"),
    )
    project.drop("b_data_blocks_20260302.json", response(organization("100000002", "Other")))
    project.run()
    return project


def test_rows_that_a_run_changed_lead_to_the_tables_they_are_in(two_runs: Fresh) -> None:
    with browsing(two_runs.root) as client:
        newest, first = (run["run_id"] for run in client.get("/runs.json").json()["runs"])
        assert f'<a href="/runs/{newest}#tables">' in client.get("/runs").text
        page = client.get(f"/runs/{newest}").text
        assert "/tables/dw_company_data?before=1&after=2#difference" in links_of(page)
        assert "dw_company_data, from version 1 to 2" in text_of(page)
        assert "dw_company_data, new with this run" in text_of(client.get(f"/runs/{first}").text)


def test_counts_of_a_difference_narrow_it_down(two_runs: Fresh) -> None:
    address = "/tables/dw_company_data?before=1&after=2"
    with browsing(two_runs.root) as client:
        links = links_of(client.get(address).text)
        assert f"{address}&what=inserted#difference" in links
        found = client.get("/tables/dw_company_data.json?before=1&after=2&what=inserted").json()
    assert found["difference"]["counts"] == {"changed": 1, "inserted": 1}
    assert [row["key"]["duns"] for row in found["difference"]["rows"]] == ["100000002"]


def test_run_in_a_row_leads_to_it(two_runs: Fresh) -> None:
    with browsing(two_runs.root) as client:
        newest = last_run(client)
        query = "SELECT run_id FROM dw_company_data"
        found = links_of(client.get("/sql", params={"q": query}).text)
    assert f"/runs/{newest}" in found
