"""The page `/dashboards`: tiles of the package and the user's own, their pictures and faults."""

import csv
import io
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from browsing import browsing, text_of
from conftest import Project
from documents import organization, response
from starlette.testclient import TestClient

from firmograph.project import Project as Opened

BUILT_IN = [
    "companies_by_country",
    "companies_by_exchange_country",
    "companies_by_industry",
    "companies_listed",
    "family_sizes",
    "freshness",
    "quality_warnings",
    "refusals_by_rule",
    "warnings_by_run",
]
EVIL = "<script>alert(1)</script>"


def tiles_of(client: TestClient) -> dict[str, dict[str, Any]]:
    return {tile["name"]: tile for tile in client.get("/dashboards.json").json()["tiles"]}


def figures(client: TestClient) -> dict[str, str]:
    """The HTML of each tile, by its title."""
    found = re.findall(r"<figure.*?</figure>", client.get("/dashboards").text, re.DOTALL)
    return {re.findall("<h2>(.*?)</h2>", html)[0]: html for html in found}


@pytest.fixture
def folder(own_examples: Path) -> Path:
    """The folder of tiles of a lake of the examples."""
    made = own_examples / "dashboards"
    made.mkdir()
    return made


@pytest.fixture
def own(folder: Path) -> Iterator[TestClient]:
    """At the pages of a lake whose folder of tiles is `folder`."""
    with browsing(folder.parent) as client:
        yield client


def test_built_in_tiles_show_the_examples(client: TestClient) -> None:
    tiles = tiles_of(client)
    assert list(tiles) == BUILT_IN
    assert {tile["fault"] for tile in tiles.values()} == {None}
    rows = {name: [tuple(row.values())[:2] for row in tile["rows"]] for name, tile in tiles.items()}
    assert rows["companies_by_country"][:2] == [("Bulgaria", 1), ("China", 1)]
    assert rows["companies_by_industry"][0] == ("Machine tools, metal cutting types", 2)
    assert rows["companies_listed"] == [("listed", 4), ("not listed", 8)]
    assert rows["companies_by_exchange_country"][:2] == [(None, 2), ("DE", 1)]
    assert rows["family_sizes"][:3] == [("1", 0), ("2 to 10", 2), ("11 to 100", 1)]
    assert sum(count for _, count in rows["freshness"]) == 15
    assert rows["quality_warnings"] == [
        ("primary_address_region, expected, dw_company_data", 4),
        ("registered_name, expected, dw_company_data", 3),
    ]
    assert rows["refusals_by_rule"] == [("mandatory", 1), ("type", 1)]
    assert [count for _, count in rows["warnings_by_run"]] == [7]


def test_every_link_of_a_tile_is_a_query_that_runs(client: TestClient) -> None:
    html = client.get("/dashboards").text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/sql\?[^"]*)"', html)}
    assert len(links) > 50
    for link in links:
        assert client.get(link.replace("/sql?", "/sql.json?")).status_code == 200, link


def test_bar_leads_to_as_many_rows_as_it_shows(client: TestClient) -> None:
    figure = figures(client)["Listed companies by country of the exchange"]
    links = [link.replace("&amp;", "&") for link in re.findall(r'<li>\s*<a href="([^"]*)"', figure)]
    found = [client.get(link.replace("/sql?", "/sql.json?")).json() for link in links[:2]]
    assert [{row["country"] for row in one["rows"]} for one in found] == [{None}, {"DE"}]
    assert [len({row["duns"] for row in one["rows"]}) for one in found] == [2, 1]


def test_freshness_counts_from_today(tmp_path: Path) -> None:
    project = Project(tmp_path)
    for duns, days in (("100000001", 2), ("100000002", 10), ("100000003", 40), ("100000004", 900)):
        then = datetime.now(UTC) - timedelta(days=days)
        text = then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        name = f"{duns}_data_blocks_{then:%Y%m%d}.json"
        project.drop(name, response(organization(duns), text))
    project.run()
    with browsing(tmp_path) as client:
        rows = tiles_of(client)["freshness"]["rows"]
    assert [(row["age"], row["entities"]) for row in rows] == [
        ("up to a week", 1),
        ("up to a month", 1),
        ("up to 3 months", 1),
        ("up to a year", 0),
        ("older", 1),
    ]


def test_each_picture_has_its_table_and_its_query(client: TestClient) -> None:
    found = figures(client)
    assert len(found) == 9
    for title, html in found.items():
        assert html.count("<table>") == html.count("<details>") == 1, title
        assert f'SQL<span class="unseen"> of {title}</span>' in html
        assert "style=" not in html
    assert (
        'role="img" aria-label="Data quality warnings by run: from 0 to 7, at last 7"'
        in (found["Data quality warnings by run"])
    )


def test_bars_are_as_wide_as_their_numbers(own: TestClient, folder: Path) -> None:
    rows = "('a', 30), ('b', -10), (NULL, 0), ('', NULL), ('e', 'nan'::DOUBLE)"
    (folder / "mine.sql").write_text(f"-- bars: Mine\nSELECT * FROM (VALUES {rows}) t(a, b)")
    html = figures(own)["Mine"]
    bars = re.findall(r'class="bar" x="([\d.]+)%" width="([\d.]+)%"', html)
    assert bars == [
        ("25.0", "75.0"),
        ("0.0", "25.0"),
        ("25.0", "0.0"),
        ("0.0", "0.0"),
        ("0.0", "0.0"),
    ]
    labels = re.findall(r'class="label" title="[^"]*">(.*?)</span>\s*<svg', html)
    assert "NULL" in labels[2]
    assert "empty" in labels[3]
    assert "<bdi" not in labels[2]


def test_line_runs_through_its_points_from_the_left(own: TestClient, folder: Path) -> None:
    rows = "(DATE '2026-01-05', 50.5), (DATE '2026-01-01', 0), (DATE '2026-01-02', 101), (NULL, 7)"
    (folder / "mine.sql").write_text(f"-- line: Mine\nSELECT * FROM (VALUES {rows}) t(a, b)")
    html = figures(own)["Mine"]
    assert 'points="0.0,100.0 25.0,0.0 100.0,50.0 "' in html
    assert "from 0 to 101, at last 50.5" in html


def test_number_is_the_first_column_of_its_row(own: TestClient, folder: Path) -> None:
    (folder / "mine.sql").write_text("-- number: Mine\nSELECT 1234567 AS n, NULL AS since")
    html = figures(own)["Mine"]
    assert ">1\N{NARROW NO-BREAK SPACE}234\N{NARROW NO-BREAK SPACE}567</a>" in html
    assert "since: " in html
    assert "NULL</span>" in html


def test_table_shows_200_rows_and_says_that_there_are_more(own: TestClient, folder: Path) -> None:
    (folder / "mine.sql").write_text("-- table: Mine\nSELECT i FROM range(201) t(i)")
    html = figures(own)["Mine"]
    assert html.count("<tr>") == 201
    assert "The first 200 rows;" in html
    assert len(tiles_of(own)["mine"]["rows"]) == 200


def test_tile_of_ones_own_replaces_one_of_the_package(own: TestClient, folder: Path) -> None:
    (folder / "companies_by_country.sql").write_text("-- number: Countries\nSELECT 12 AS n")
    tiles = tiles_of(own)
    assert list(tiles) == BUILT_IN
    assert tiles["companies_by_country"]["title"] == "Countries"
    assert tiles["companies_by_country"]["is_own"] is True


def test_tile_that_was_changed_is_run_again(own: TestClient, folder: Path) -> None:
    for number in (1, 2):
        (folder / "mine.sql").write_text(f"-- number: Mine\nSELECT {number} AS n")
        assert tiles_of(own)["mine"]["rows"] == [{"n": number}]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "SELECT 1",
            "the first line must be -- KIND: TITLE, where KIND is number, bars, line or table",
        ),
        ("", "the first line must be -- KIND: TITLE"),
        ("-- pie: Pie\nSELECT 1", "'pie' is no kind of tile; the first line must be"),
        ("-- bars: Mine", "the text holds nothing; only one SELECT is allowed"),
        ("-- bars: Mine\nDROP TABLE a", "the text holds DROP; only one SELECT is allowed"),
        ("-- bars: Mine\nSELECT 1", "the query returns 1 column; bars need a label and a number"),
        ("-- bars: Mine\nSELECT 1, 'x' AS b", "column b has the value 'x'; bars need a label"),
        ("-- line: Mine\nSELECT 1, 'x' AS b", "column b has the value 'x'; line needs a time or"),
        (
            "-- bars: Mine\nSELECT i, i FROM range(201) t(i)",
            "the query returns more than 200 rows, which is what bars can show; add a LIMIT",
        ),
        ("-- number: Mine\nSELECT i FROM range(2) t(i)", "the query returns more than 1 rows"),
        ("-- bars: Mine\nSELECT * FROM nothing", "Table with name nothing does not exist"),
        ("-- bars: Mine\nSELECT * FROM read_text('/etc/passwd')", "operations are disabled"),
        (
            "-- bars: Mine\n-- rows: SELECT {c}\nSELECT 1 AS a, 2 AS b",
            "the line `rows` names {c}; the query returns a, b",
        ),
    ],
)
def test_tile_with_a_fault_says_so_in_its_place(
    own: TestClient, folder: Path, text: str, fault: str
) -> None:
    (folder / "mine.sql").write_text(text)
    tiles = tiles_of(own)
    assert fault in tiles["mine"]["fault"]
    assert {tiles[name]["fault"] for name in BUILT_IN} == {None}
    text = text_of(own.get("/dashboards").text)
    assert "dashboards/mine.sql: " in text
    assert fault in text


def test_tile_that_cannot_be_read_says_so(own: TestClient, folder: Path) -> None:
    (folder / "folder.sql").mkdir()
    (folder / "bytes.sql").write_bytes(b"\xef\xbb\xbf-- number: \xff\nSELECT 1 AS n")
    tiles = tiles_of(own)
    assert tiles["folder"]["fault"] == "cannot be read: [Errno 21] Is a directory: " + repr(
        str(folder / "folder.sql")
    )
    assert tiles["bytes"]["rows"] == [{"n": 1}]


def test_tile_of_a_table_that_the_snapshot_lacks_says_so(own_examples: Path) -> None:
    shutil.rmtree(own_examples / "datasets" / "dw" / "dw_stock_exchanges")
    with browsing(own_examples) as client:
        tiles = tiles_of(client)
        text = text_of(client.get("/dashboards").text)
    assert tiles["companies_by_country"]["fault"] is None
    assert "dw_stock_exchanges" in tiles["companies_listed"]["fault"]
    assert "A file dashboards/companies_listed.sql of your own replaces the tile." in text


def test_dashboards_before_the_first_run(tmp_path: Path) -> None:
    Opened(tmp_path)
    with browsing(tmp_path) as client:
        found = client.get("/dashboards")
    assert found.status_code == 503
    assert "there is no lake in" in text_of(found.text)


def test_hostile_names_are_shown_as_text(tmp_path: Path) -> None:
    project = Project(tmp_path)
    record = organization()
    record["primaryAddress"]["addressCountry"]["name"] = f"{EVIL}'\x1b"
    project.drop("a_data_blocks_20260301.json", response(record))
    project.run()
    folder = tmp_path / "dashboards"
    folder.mkdir()
    (folder / f"{EVIL[:8]}.sql").write_text(f"-- {EVIL}: {EVIL}\nSELECT 1")
    (folder / "b.sql").write_text(f"-- bars: {EVIL}\nSELECT '{EVIL * 9}', 1")
    with browsing(tmp_path) as client:
        html = client.get("/dashboards").text
        text = text_of(html)
        figure = next(html for title, html in figures(client).items() if "by country" in title)
        link = re.findall(r'<li>\s*<a href="([^"]*)"', figure)[0].replace("&amp;", "&")
        rows = client.get(link.replace("/sql?", "/sql.json?")).json()["rows"]
    assert EVIL not in html
    assert f"{EVIL}'\\x1b" in text
    assert [row["duns"] for row in rows] == ["100000001"]


def test_dashboards_csv_has_every_value(own: TestClient, folder: Path) -> None:
    rows = "SELECT 1 AS a, '=x' AS b UNION ALL SELECT 2, NULL"
    (folder / "mine.sql").write_text(f"-- table: Mine\n{rows}")
    (folder / "wrong.sql").write_text("SELECT 1")
    found = list(csv.reader(io.StringIO(own.get("/dashboards.csv").text)))
    assert found[:5] == [
        ["tile", "row", "column", "value"],
        ["mine", "1", "a", "1"],
        ["mine", "1", "b", "'=x"],
        ["mine", "2", "a", "2"],
        ["mine", "2", "b", ""],
    ]
    assert found[5][:3] == ["wrong", "", "fault"]
    assert ["companies_listed", "1", "companies", "4"] in found


def test_folder_of_tiles_is_a_setting(own_examples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (own_examples / "tiles").mkdir()
    (own_examples / "tiles" / "mine.sql").write_text("-- number: Mine\nSELECT 1 AS n")
    monkeypatch.setenv("FIRMOGRAPH_DASHBOARDS", "tiles")
    with browsing(own_examples) as client:
        assert list(tiles_of(client)) == ["mine", *BUILT_IN]


def test_rebuild_into_another_root_copies_the_tiles(folder: Path, tmp_path: Path) -> None:
    (folder / "mine.sql").write_text("-- number: Mine\nSELECT 1 AS n")
    other = tmp_path / "other"
    Opened(folder.parent).rebuild(as_of=date(2999, 12, 31), into=other)
    assert (other / "dashboards" / "mine.sql").read_text() == "-- number: Mine\nSELECT 1 AS n"
