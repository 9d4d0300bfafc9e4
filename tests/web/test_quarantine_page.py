"""The quarantine in the browser: groups, places, and changes that act on what was shown."""

import json
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
from browsing import SAME, browsing, text_of
from conftest import Project as Fresh
from documents import organization, response

from firmograph.control.lock import hold_lake
from firmograph.project import Project
from firmograph.storage.local import LocalStorage


def refused(number: int, **more: object) -> dict[str, object]:
    """A company that lacks its name."""
    return organization(f"{100_000_000 + number}", primaryName=None, **more)


@pytest.fixture
def root(project: Fresh) -> Path:
    """Three refused documents of one kind, one of another, one file, and a good company."""
    for number in (1, 2, 3):
        project.drop(f"c{number}_data_blocks_20260301.json", response(refused(number)))
    project.drop("d_data_blocks_20260301.json", response(organization(duns="12")))
    project.drop("e_data_blocks_20260301.json", "<html>no data</html>")
    project.drop("f_data_blocks_20260301.json", response(organization("100000009", "Good AG")))
    project.run()
    return project.root


def test_refusals_are_grouped_by_rule_and_path(root: Path) -> None:
    with browsing(root) as client:
        found = client.get("/quarantine.json").json()
    assert [(one["rule"], one["path"], one["cases"]) for one in found["groups"]] == [
        ("mandatory", "$.organization.primaryName", 3),
        ("format", "$", 1),
        ("type", "$.organization.duns", 1),
    ]
    assert found["open"] == 5


def test_group_lists_its_own_cases(root: Path) -> None:
    query = {"rule": "mandatory", "path": "$.organization.primaryName"}
    with browsing(root) as client:
        cases = client.get("/quarantine.json", params=query).json()["cases"]
        lines = client.get("/quarantine.csv", params=query).text.splitlines()
    assert [one["entity_id"] for one in cases] == ["100000001", "100000002", "100000003"]
    assert len(lines) == 4


def _ids(root: Path) -> dict[str, str]:
    with Project(root).open() as reader:
        return {case.file_name[0:2]: case.document_id for case in reader.refusals()}


def test_discard_closes_the_chosen_ones_alone(root: Path) -> None:
    ids = _ids(root)
    with browsing(root, allows_changes=True) as client:
        form = {
            "action": "discard",
            "id": [ids["c1"], ids["c2"]],
            "why": "a test; $(no)",
        }
        text = text_of(client.post("/quarantine", data=form, headers=SAME).text)
    assert "Done." in text
    assert "3 open refusals" in text
    assert _ids(root).keys() == {"c3", "d_", "e_"}
    with Project(root).open() as reader:
        closed = reader.sql("SELECT reason FROM tb_quarantine_files WHERE status = 'discarded'")
    reasons = set(closed["reason"].to_pylist())
    assert reasons == {"a test; $(no)"}


def test_retry_publishes_the_chosen_ones_after_the_contract_was_mended(root: Path) -> None:
    ids = _ids(root)
    contract = _mended(root)
    with browsing(root, allows_changes=True) as client:
        before = text_of(client.get("/quarantine").text)
        (root / "contracts").mkdir()
        (root / "contracts" / "data_blocks.yaml").write_text(contract, "utf-8")
        form = {"action": "dry-run", "id": [ids["c1"]]}
        dry = client.post("/quarantine", data=form, headers=SAME).text
        form["action"] = "retry"
        done = client.post("/quarantine", data=form, headers=SAME).text
    assert "5 open refusals" in before
    assert "5 open refusals" in text_of(dry)
    assert "1 retried, 1 published" in text_of(dry)
    assert "4 open refusals" in text_of(done)
    assert _ids(root).keys() == {"c2", "c3", "d_", "e_"}


def _mended(root: Path) -> str:
    """The contract of data blocks, with the name no longer mandatory."""
    declared = resources.files("firmograph.contract").joinpath("declared", "data_blocks.yaml")
    text = declared.read_text("utf-8")
    old = "primary_name: {path: primaryName, rule: mandatory}"
    assert old in text
    return text.replace(old, "primary_name: {path: primaryName}")


def test_refusals_since_the_page_was_shown_are_said(root: Path) -> None:
    ids = _ids(root)
    with browsing(root) as client:
        newest = client.get("/quarantine.json").json()["newest"]
        assert newest in client.get("/quarantine").text
    upload = root / "workingArea" / "uploads" / "late_data_blocks_20260302.json"
    upload.write_text(json.dumps(response(refused(7))), "utf-8")
    Project(root).run()
    with browsing(root, allows_changes=True) as client:
        form = {
            "action": "discard",
            "id": [ids["c1"]],
            "newest": newest,
            "why": "a test",
        }
        text = text_of(client.post("/quarantine", data=form, headers=SAME).text)
    assert "1 more was refused since the page was shown" in text


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ({"action": "retry"}, "choose documents and an action"),
        ({"action": "rebuild", "id": ["00"]}, "choose documents and an action"),
        ({"action": "discard", "id": ["{c1}"]}, "say why"),
        ({"action": "retry", "id": ["ffffffffffff"]}, "no refused document has an id"),
        ({"action": "retry", "id": ["--help"]}, "choose documents and an action"),
    ],
)
def test_what_cannot_be_done_is_said(root: Path, form: dict[str, object], text: str) -> None:
    ids = _ids(root)
    if form.get("id") == ["{c1}"]:
        form = {**form, "id": [ids["c1"]]}
    with browsing(root, allows_changes=True) as client:
        found = text_of(client.post("/quarantine", data=form, headers=SAME).text)
    assert "Not done." in found
    assert text in found
    assert _ids(root) == ids


def test_busy_lake_is_told(root: Path) -> None:
    ids = _ids(root)
    form = {"action": "discard", "id": [ids["c1"]], "why": "a test"}
    with (
        browsing(root, allows_changes=True) as client,
        hold_lake(LocalStorage(root / "datasets"), datetime.now(UTC), 0),
    ):
        text = text_of(client.post("/quarantine", data=form, headers=SAME).text)
    assert "another run holds the lake" in text


def test_pages_offer_no_change_unless_allowed(root: Path) -> None:
    with browsing(root) as client:
        html = client.get("/quarantine").text
        posted = client.post("/quarantine", data={"action": "retry"}, headers=SAME)
    assert "ui --allow-changes" in text_of(html)
    assert "<button name=" not in html
    assert posted.status_code == 403


def test_violation_is_shown_in_place_in_a_long_line(project: Fresh) -> None:
    record = organization(primaryName=None)
    document = json.dumps(
        {"filler": "é" * 3_000_000, "organization": record, "end": "ü" * 3_000_000},
        ensure_ascii=False,
    )
    project.drop("long_data_blocks_20260301.json", document)
    project.run()
    (document_id,) = _ids(project.root).values()
    with browsing(project.root) as client:
        html = client.get(f"/quarantine/{document_id}").text
    assert len(html) < 400_000
    assert "éé&#34;, &#34;organization&#34;: {&#34;duns&#34;: &#34;100000001&#34;, " in html
    assert "<mark>null</mark>" in html


def test_document_delivered_twice_shows_its_violations_once(project: Fresh) -> None:
    document = json.dumps(response(refused(1)))
    other = json.dumps(response(refused(2)))
    project.drop("a_data_blocks_20260301.json", document)
    project.drop("b_data_blocks_20260301.jsonl", f"{document}\n{other}")
    project.run()
    with browsing(project.root) as client:
        cases = client.get("/quarantine.json").json()["cases"]
        (case, _) = (one for one in cases if one["entity_id"] == "100000001")
        page = text_of(client.get(f"/quarantine/{case['document_id']}").text)
    assert "1 violation mandatory: primaryName is missing" in page
    assert page.count("primaryName is missing") == 1


def test_many_violations_are_folded(project: Fresh) -> None:
    codes = [{"code": None, "priority": number} for number in range(8)]
    project.drop("a_data_blocks_20260301.json", response(organization(industryCodes=codes)))
    project.run()
    with browsing(project.root) as client:
        (case,) = client.get("/quarantine.json").json()["cases"]
        page = client.get(f"/quarantine/{case['document_id']}").text
    shown, folded = page.split("<summary>3 more</summary>")
    assert shown.count('<section class="violation">') == 5
    assert folded.count('<section class="violation">') == 3


def test_company_tells_what_of_it_is_refused(root: Path) -> None:
    with browsing(root) as client:
        cases = client.get("/quarantine.json").json()["cases"]
        (case,) = (one for one in cases if one["entity_id"] == "100000002")
        page = client.get("/company/100000002").text
        good = text_of(client.get("/company/100000009").text)
    assert f'<a href="/quarantine/{case["document_id"]}"><bdi>primaryName is missing' in page
    assert "refused" not in good


def test_next_page_of_refusals_begins_at_the_list(project: Fresh) -> None:
    lines = [json.dumps(response(refused(number))) for number in range(101)]
    project.drop("a_data_blocks_20260301.jsonl", "\n".join(lines))
    project.run()
    with browsing(project.root) as client:
        page, overview = client.get("/quarantine").text, text_of(client.get("/").text)
    assert 'href="/quarantine?page=2#refusals"' in page
    assert "101 refusals are open" in overview
