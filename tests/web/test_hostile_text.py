"""Names, documents and file names are text, whatever is in them."""

from pathlib import Path

import pytest
from browsing import browsing
from conftest import Project as Fresh
from documents import member, organization, response, tree_page

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' OR 1=1; DROP TABLE dw_company_data --",
    "{{ 7 * 7 }}{% for x in y %}",
    "‮kcatta‬ \x1b[31mred",  # noqa: PLE2502 - turns the direction of what follows
    "javascript:alert(1)",
    "&lt;b&gt;",
    "名前が長い" * 200,
]


@pytest.fixture
def root(project: Fresh) -> Path:
    """A company for each hostile text, a tree with them, and a refused one."""
    names = [one.replace("\x1b", "") for one in HOSTILE]
    for number, name in enumerate(names, 1):
        duns = f"{100_000_000 + number}"
        record = organization(
            duns,
            name,
            industryCodes=[{"code": name, "description": name, "typeDnBCode": 1, "priority": 1}],
            primaryIndustryCode={"usSicV4": "1", "usSicV4Description": name},
            unheardOf={name[:50]: name},
        )
        record["primaryAddress"]["addressCountry"]["name"] = name
        project.drop(f"c{number}_data_blocks_20260301.json", response(record))
    project.drop(
        "<b>bold<!-- & 'x'_data_blocks_20260301.json", response(organization("7", names[0]))
    )
    members = [member("100000001", primaryName=names[0])]
    members += [
        member(f"{100_000_001 + number}", "100000001", 2, primaryName=name)
        for number, name in enumerate(names[1:], 1)
    ]
    project.drop("t_family_tree_20260301.json", tree_page("100000001", members))
    project.run()
    return project.root


def test_hostile_texts_stay_text(root: Path) -> None:
    with browsing(root) as client:
        (case,) = client.get("/quarantine.json").json()["cases"]
        pages = [
            "/",
            "/companies",
            *(f"/companies?q={text}" for text in ("<script>", "' OR", "{{", "%00", "%25", "_")),
            *(f"/company/{100_000_000 + number}" for number in range(1, len(HOSTILE) + 1)),
            "/quarantine",
            f"/quarantine/{case['document_id']}",
            "/runs",
            "/tables/dw_company_data",
            "/tables/tb_quarantine_files",
            "/drift",
            "/dictionary?q=<script>",
            "/runs/<script>",
            "/tables/<script>",
            "/<script>",
        ]
        for page in pages:
            found = client.get(page)
            assert found.status_code in (200, 404), page
            html = found.text.lower()
            assert "<script>alert" not in html, page
            assert "<script>" not in html, page
            assert "<img" not in html, page
            assert "<b>bold" not in html, page
            assert "\x1b" not in html, page


def test_search_takes_wildcards_as_they_are(root: Path) -> None:
    with browsing(root) as client:
        for text, count in (("%", 1), ("_", 1), ("1=1;", 1), ("<script>", 1), ("$", 0), ("{%", 1)):
            found = client.get("/companies.json", params={"q": text}).json()
            assert found["count"] == count, text


def test_csv_is_safe_in_a_spreadsheet(project: Fresh) -> None:
    record = organization(name='=HYPERLINK("http://x")')
    project.drop("c_data_blocks_20260301.json", response(record))
    project.run()
    with browsing(project.root) as client:
        (_, line) = client.get("/companies.csv").text.splitlines()
    assert line.startswith('100000001,"\'=HYPERLINK(""http://x"")",Switzerland,')
