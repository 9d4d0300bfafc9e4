"""Pages of a snapshot as files: every link leads to a file, nothing asks a server."""

import base64
import json
import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from browsing import text_of
from conftest import Project as Fresh
from documents import member, organization, response, tree_page

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.web.export import Exported, export


def test_every_link_leads_to_a_file(examples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    done = export(lambda: Project(examples), folder, None, 1_000)
    assert done == Exported(1, done.pages, 12, 12, 3, 3)
    pages = list(folder.rglob("*.html"))
    assert len(pages) == done.pages == 40
    for page in pages:
        html = page.read_text("utf-8")
        for attribute, address in re.findall(r'\s(href|src|action)="([^"#]*)', html):
            if address and attribute != "action":
                assert not address.startswith(("/", "http")), (page, address)
                assert (page.parent / unquote(address)).is_file(), (page, address)
        assert "hx-" not in html, page
        assert "htmx" not in html, page


def test_exported_pages_say_what_they_are(examples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    done = export(lambda: Project(examples), folder, None, 2)
    assert (done.companies, done.all_companies) == (2, 12)
    assert (done.families, done.all_families) == (2, 3)
    assert len(list((folder / "company").iterdir())) == 2
    overview = (folder / "index.html").read_text("utf-8")
    assert "from snapshot 1" in overview
    assert "The first 2 of 12 companies have pages." in overview
    assert "The first 2 of 3 trees have pages." in overview
    listed = text_of((folder / "companies.html").read_text("utf-8"))
    assert "Corvalinho Cortiças" in listed
    html = (folder / "companies.html").read_text("utf-8")
    assert 'href="company/533617209.html"' in html
    assert 'href="company/007314629.html"' not in html


def test_second_page_of_companies_is_linked(project: Fresh, tmp_path: Path) -> None:
    lines = "".join(
        f'{{"duns": "{100_000_000 + number}", "primaryName": "Company {number:04}"}}\n'
        for number in range(150)
    )
    project.drop("all_data_blocks_20260301.jsonl", lines)
    project.run()
    folder = tmp_path / "site"
    export(lambda: Project(project.root), folder, None, 120)
    first = (folder / "companies.html").read_text("utf-8")
    assert 'href="companies-2.html"' in first
    second = (folder / "companies-2.html").read_text("utf-8")
    assert 'href="company/100000119.html"' in second
    assert 'href="company/100000120.html"' not in second


def test_older_snapshot_is_exported(project: Fresh, tmp_path: Path) -> None:
    for number in (1, 2):
        document = response(organization(f"10000000{number}", f"Company {number}"))
        project.drop(f"c{number}_data_blocks_20260301.json", document)
        project.run()
    done = export(lambda: Project(project.root), tmp_path / "site", 1, 10)
    assert (done.snapshot_id, done.companies) == (1, 1)


def test_only_an_export_is_replaced(examples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    export(lambda: Project(examples), folder, None, 2)
    (folder / "company" / "stale.html").write_text("from before", "utf-8")
    export(lambda: Project(examples), folder, None, 2)
    assert not (folder / "company" / "stale.html").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("precious", "utf-8")
    with pytest.raises(UsageError, match="holds something that no export wrote"):
        export(lambda: Project(examples), mine, None, 2)
    assert (mine / "thesis.txt").read_text("utf-8") == "precious"


def test_command_tells_what_it_wrote(examples: Path, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "firmograph", "ui", "--root", str(examples)]
    ended = subprocess.run(
        [*line, "--export", str(tmp_path / "site"), "--limit", "5"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    (first, second) = ended.stdout.splitlines()
    assert re.fullmatch(rf"\d+ pages of snapshot 1 in {tmp_path}/site", first)
    assert second == "the first 5 of 12 companies have pages; --limit sets how many"


def names_of(page: str) -> list[list[str | None]]:
    """The name and the country of each member, as the picture of a page has them."""
    (names,) = re.findall(r'data-told="([^"]*)"', page)
    found: list[list[str | None]] = json.loads(unescape(names))
    return found


def test_tree_is_painted_from_what_its_page_holds(examples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    export(lambda: Project(examples), folder, None, 1_000)
    page = (folder / "family" / "690481157.html").read_text("utf-8")
    content = re.findall(r'data-content="([^"]*)"', page)
    assert len(base64.b64decode(content[0])) == 12 * 11
    assert "data-bytes" not in page
    assert len(names_of(page)) == 12


def test_names_in_the_picture_are_text(project: Fresh, tmp_path: Path) -> None:
    hostile = "\"'></canvas><script>alert(1)</script>"
    project.drop(
        "a_family_tree_20260301_1.json",
        tree_page("100000001", [member("100000001") | {"primaryName": hostile}]),
    )
    project.run()
    folder = tmp_path / "site"
    export(lambda: Project(project.root), folder, None, 10)
    page = (folder / "family" / "100000001.html").read_text("utf-8")
    assert "<script>alert" not in page
    assert names_of(page) == [[hostile, None]]


def test_page_of_a_tree_too_large_to_be_painted_says_so(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("firmograph.web.export.MOST_PAINTED", 11)
    folder = tmp_path / "site"
    export(lambda: Project(examples), folder, None, 1_000)
    html = (folder / "family" / "690481157.html").read_text("utf-8")
    assert "<canvas" not in html
    assert "an export has those of trees of at most 11 members" in text_of(html)


def test_footer_of_a_file_offers_nothing_that_needs_the_server(
    examples: Path, tmp_path: Path
) -> None:
    export(lambda: Project(examples), tmp_path / "site", None, 1_000)
    footer = (tmp_path / "site" / "companies.html").read_text("utf-8").partition("<footer>")[2]
    footer = footer.partition("</footer>")[0]
    assert "Snapshot 1" in footer
    assert not {"CSV", "JSON", "keys"} & set(re.findall(r"\w+", footer))
