"""Numbers that count rows lead to these rows."""

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
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
