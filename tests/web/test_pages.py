"""Each page shows what it should of the examples, as HTML, JSON and CSV."""

import csv
import io
import os
import re
import shutil
from pathlib import Path

import pytest
from browsing import browsing, links_of, text_of
from starlette.testclient import TestClient

from firmograph.web.pages import PAGES

CORVALINHO = "007314629"
PAGES_OF_EXAMPLES = {
    "/": "Something needs a look 1 refusal is open",
    "/companies": "12 companies",
    f"/company/{CORVALINHO}": "Corvalinho Cortiças, S.G.P.S., S.A.",
    "/quarantine": "1 open refusal",
    "/runs": "18 published + 2 superseded + 1 quarantined",
    "/tables": "dw_company_data",
    "/tables/dw_company_data": "12 rows, version",
    "/drift?measure=1": "Not named by the contract",
    "/dictionary": "primaryAddress.addressCountry.name",
}


def _rows(found: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(found)))


@pytest.mark.parametrize(("path", "text"), PAGES_OF_EXAMPLES.items())
def test_page_shows(client: TestClient, path: str, text: str) -> None:
    found = client.get(path)
    assert found.status_code == 200
    assert text in text_of(found.text)


@pytest.mark.parametrize("path", [page.named_path for page in PAGES if "{" not in page.path])
def test_every_page_has_its_json(client: TestClient, path: str) -> None:
    found = client.get(f"{path}.json")
    assert found.status_code == 200
    assert isinstance(found.json(), dict)


def test_overview_closes_the_equations(client: TestClient) -> None:
    text = text_of(client.get("/").text)
    assert "files 18 seen = 18 ingested" in text
    assert "documents 21 received = 18 published + 2 superseded + 1 quarantined" in text
    assert "list elements 106 received = 106 rows" in text


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("corticas", ["Corvalinho Cortiças, S.G.P.S., S.A."]),
        ("CORTIÇAS corval", ["Corvalinho Cortiças, S.G.P.S., S.A."]),
        ("cork hollow", ["Cork Hollow Flooring, Inc."]),
        ("0819", ["Cork Hollow Flooring, Inc."]),
        ("subesi", ["Aigalis Denizcilik Türkiye Merkez Şubesi"]),
        ("ναυτιλιακη", ["Αιγαλίς Ναυτιλιακή Α.Ε."]),  # noqa: RUF001
        ("no such company", []),
    ],
)
def test_companies_are_found(client: TestClient, query: str, names: list[str]) -> None:
    found = client.get("/companies.json", params={"q": query}).json()
    assert [one["name"] for one in found["companies"]] == names
    assert found["count"] == len(names)
    assert [
        row["name"] for row in _rows(client.get("/companies.csv", params={"q": query}).text)
    ] == names


def test_facets_narrow_down(client: TestClient) -> None:
    found = client.get("/companies.json", params={"listed": "yes"}).json()
    assert found["count"] == 4
    # a facet counts what its own choice does not narrow down
    assert found["facets"]["listed"] == [
        {"value": "no", "count": 8},
        {"value": "yes", "count": 4},
    ]
    both = client.get("/companies.json", params={"listed": "yes", "country": "Greece"}).json()
    assert [one["duns"] for one in both["companies"]] == ["498230716"]


def test_company_names_its_family(client: TestClient) -> None:
    assert "In the family of Corvalinho Cortiças" in text_of(client.get("/company/081940257").text)
    assert "The global ultimate of its family" in text_of(client.get(f"/company/{CORVALINHO}").text)


def test_company_shows_path_and_document_of_a_value(client: TestClient) -> None:
    html = client.get(f"/company/{CORVALINHO}").text
    text = text_of(html)
    assert "primary_name Corvalinho Cortiças, S.G.P.S., S.A. primaryName" in text
    assert "corvalinho_corticas_data_blocks_20260914.json" in text
    assert '"transactionID": "rrt-3c840a5680133bf85-c-eu-192152-7"' in text
    assert f"/family/{CORVALINHO}?focus={CORVALINHO}" in links_of(html)


def test_older_document_of_a_company_is_shown(client: TestClient) -> None:
    documents = client.get(f"/company/{CORVALINHO}.json").json()["company"]["documents"]
    assert [len(one["speaks_for"]) for one in documents] == [4, 0]
    older = documents[1]["ingest_seq"]
    text = text_of(client.get(f"/company/{CORVALINHO}?document={older}").text)
    assert f"Document {older} as received" in text


def test_refusal_marks_each_violation_in_its_place(client: TestClient) -> None:
    (case,) = client.get("/quarantine.json").json()["cases"]
    html = client.get(f"/quarantine/{case['document_id']}").text
    assert re.findall(r"<mark>(.*?)</mark>", html) == ["&#34;41870265&#34;", "{"]
    assert "duns is not nine digits in quotes" in text_of(html)
    assert "firmograph quarantine retry" in text_of(html)


def test_beginning_of_an_id_opens_the_refusal(client: TestClient) -> None:
    (case,) = client.get("/quarantine.json").json()["cases"]
    assert client.get(f"/quarantine/{case['document_id'][:12]}").status_code == 200


def test_drift_gives_the_line_for_the_contract(client: TestClient) -> None:
    (blocks, _) = client.get("/drift.json").json()["drifts"]
    lines = {row["path"]: row["line"] for row in blocks["unnamed"]}
    assert lines["controlOwnershipDate"] == "      control_ownership_date: controlOwnershipDate"
    assert lines["telephone[].isdCode"] is None


def test_dictionary_is_searched_by_path(client: TestClient) -> None:
    rows = _rows(client.get("/dictionary.csv", params={"q": "usSicV4Desc"}).text)
    assert [(row["table"], row["column"]) for row in rows] == [
        ("dw_company_data", "sic_description"),
        ("dw_family_tree_members", "sic_description"),
    ]


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("/nothing", 404, "there is no page /nothing"),
        ("/company/12", 404, "'12' is not a DUNS"),
        ("/company/100000001", 404, "no company 100000001 in snapshot 1"),
        ("/company/007314629/document/999", 404, "no document 999 about company 007314629"),
        (f"/company/007314629/document/{'9' * 5_000}", 404, "is not the number of a document"),
        ("/quarantine/0123abc", 404, "no refused document has an id that begins with '0123abc'"),
        ("/quarantine/zz", 404, "'zz' is not a document id"),
        ("/runs/none", 404, "no run none"),
        ("/tables/dw_compny_data", 404, "did you mean 'dw_company_data'"),
        (
            "/tables/dw_company_data?before=1&after=999999999999",
            404,
            "no snapshot published version 999999999999 of dw_company_data",
        ),
        ("/companies?at=99", 400, "snapshot 99 is not kept; kept are 1 to 1"),
        ("/companies?at=one", 400, "at is 'one'; allowed are whole numbers from 0"),
        ("/companies?page=0", 400, "page is '0'; allowed are whole numbers from 1"),
        ("/companies?page=1e9", 400, "page is '1e9'"),
        (f"/companies?q={'a+' * 101}", 400, "the search has 101 words; at most 100 are allowed"),
        (f"/family/007314629?find={'a+' * 101}", 400, "the search has 101 words"),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, path: str, status: int, text: str) -> None:
    found = client.get(path)
    assert found.status_code == status
    assert text in text_of(found.text)


def test_links_keep_the_snapshot_of_the_address(client: TestClient) -> None:
    found = links_of(client.get("/companies?at=1").text)
    assert f"/company/{CORVALINHO}?at=1" in found
    assert "/runs?at=1" in found


def test_lake_that_is_not_there_is_a_page(tmp_path: Path) -> None:
    with browsing(tmp_path) as client:
        found = client.get("/companies")
        assert found.status_code == 503
        text = text_of(found.text)
        assert text.startswith("No lake yet ")
        assert f"there is no lake in {tmp_path}/datasets yet" in text
        assert "Put files into the upload folder and run: firmograph run" in text
        assert 'class="failed"' not in found.text


def test_bucket_without_credentials_is_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("FIRMOGRAPH_LAKE", "s3://no-such-bucket-of-a-test/lake")
    with browsing(tmp_path) as client:
        found = client.get("/")
    assert found.status_code == 503
    assert "there are no credentials in the environment" in text_of(found.text)
    assert "AWS_ACCESS_KEY_ID" in text_of(found.text)


def test_lake_that_may_not_be_listed_is_a_page(own_examples: Path) -> None:
    log = own_examples / "datasets/control/tb_published_snapshots/_delta_log"
    shutil.rmtree(log)
    log.write_text("no folder")
    with browsing(own_examples) as client:
        found = client.get("/")
    assert found.status_code == 503
    assert "the lake cannot be read" in text_of(found.text)


def test_damaged_lake_is_a_page(own_examples: Path) -> None:
    (log,) = (own_examples / "datasets/control/tb_published_snapshots/_delta_log").glob("*0.json")
    log.write_text("{", "utf-8")
    with browsing(own_examples) as client:
        found = client.get("/companies")
        assert found.status_code == 503
        assert "This page cannot be shown" in text_of(found.text)
