"""Pages follow the lake: an older snapshot stays as it is, a newer one is offered."""

import threading
from importlib import resources
from pathlib import Path

import pytest
from browsing import browsing, links_of, text_of
from conftest import Project as Fresh
from documents import member, organization, response, tree_page

from firmograph.errors import ContractError, LakeError
from firmograph.project import Project
from firmograph.web.snapshots import KEPT_OPEN, Snapshots


def publish(project: Fresh, number: int) -> None:
    """Publishes one more company."""
    name = f"Company {number} AG"
    document = response(organization(f"{100_000_000 + number}", name))
    project.drop(f"c{number}_data_blocks_20260301.json", document)
    project.run()


def test_newest_snapshot_is_shown_after_each_run(project: Fresh) -> None:
    publish(project, 1)
    with browsing(project.root) as client:
        assert "1 company" in text_of(client.get("/companies").text)
        publish(project, 2)
        assert "2 companies" in text_of(client.get("/companies").text)


def test_older_snapshot_stays_and_says_that_a_newer_one_is_out(project: Fresh) -> None:
    publish(project, 1)
    with browsing(project.root) as client:
        assert "is out" not in client.get("/companies?at=1&q=comp").text
        publish(project, 2)
        html = client.get("/companies?at=1&q=comp").text
    assert "1 company" in text_of(html)
    assert "You are looking at snapshot 1." in html
    assert "/companies?q=comp" in links_of(html)


def test_run_that_failed_is_shown_without_a_new_snapshot(project: Fresh) -> None:
    publish(project, 1)
    with browsing(project.root) as client:
        assert "All is well" in client.get("/").text
        contract = resources.files("firmograph.contract").joinpath("declared", "data_blocks.yaml")
        text = contract.read_text("utf-8").replace(
            "      sic_id: primaryIndustryCode.usSicV4\n", ""
        )
        (project.root / "contracts").mkdir()
        (project.root / "contracts" / "data_blocks.yaml").write_text(text, "utf-8")
        with pytest.raises(ContractError):
            Project(project.root).run()
        text = text_of(client.get("/").text)
    assert "Something failed the last run failed:" in text
    assert "Is everything accounted for? The totals of the run that published snapshot 1." in text


def test_few_snapshots_are_held_open(project: Fresh) -> None:
    for number in range(1, 7):
        publish(project, number)
    snapshots = Snapshots(lambda: Project(project.root))
    for number in (1, 2, 3, 4, 5, 6, 1):
        with snapshots.session(number) as session:
            rows = session.rows("SELECT count(*) AS n FROM dw_company_data", ["dw_company_data"])
            assert rows == [{"n": number}]
    assert len(snapshots._open) == KEPT_OPEN
    assert 6 in snapshots._open  # the newest stays
    snapshots.close()


def test_session_in_use_is_not_closed_when_a_run_replaces_it(project: Fresh) -> None:
    publish(project, 1)
    snapshots = Snapshots(lambda: Project(project.root))
    with snapshots.session(None) as old:
        project.run()  # nothing new: the ledger alone changes
        with snapshots.session(None) as new:
            assert new is not old
            assert new.snapshot_id == old.snapshot_id == 1
        assert old.rows("SELECT count(*) AS n FROM dw_company_data", ["dw_company_data"]) == [
            {"n": 1}
        ]
    assert snapshots._replaced == []
    snapshots.close()


def test_snapshot_of_the_start_is_shown_unless_the_address_has_another(project: Fresh) -> None:
    publish(project, 1)
    publish(project, 2)
    with browsing(project.root, snapshot_id=1) as client:
        assert "1 company" in text_of(client.get("/companies").text)
        assert "2 companies" in text_of(client.get("/companies?at=2").text)


def test_files_of_the_snapshot_that_a_vacuum_took_are_told(project: Fresh) -> None:
    publish(project, 1)
    publish(project, 2)
    with browsing(project.root) as client:
        for file in (project.folders.lake / "dw" / "dw_company_data").glob("*.parquet"):
            file.unlink()
        found = client.get("/companies")
    assert found.status_code == 503
    assert "the lake cannot be read" in text_of(found.text)


def test_files_of_an_older_snapshot_that_a_vacuum_took_are_no_damage(project: Fresh) -> None:
    publish(project, 1)
    with browsing(project.root) as client:
        assert client.get("/companies?at=1").status_code == 200
        changed = response(organization("100000001", "Renamed AG"), "2026-04-01T00:00:00Z")
        project.drop("new_data_blocks_20260401.json", changed)
        project.run()
        Project(project.root, snapshots_kept=1).vacuum()
        found = client.get("/company/100000001?at=1")
        text = text_of(found.text)
        assert "Renamed AG" in text_of(client.get("/company/100000001").text)
    assert found.status_code == 503
    assert "a vacuum deletes what only older snapshots need; look at the newest one" in text
    assert "backup" not in text


def test_what_changed_between_two_versions(project: Fresh) -> None:
    publish(project, 1)
    publish(project, 2)
    changed = response(organization("100000001", "Renamed AG"), "2026-04-01T00:00:00Z")
    project.drop("new_data_blocks_20260401.json", changed)
    project.run()
    with browsing(project.root) as client:
        versions = client.get("/tables/dw_company_data.json").json()["versions"]
        assert [one["snapshot_id"] for one in versions] == [3, 2, 1]
        query = {"before": versions[2]["version"], "after": versions[0]["version"]}
        found = client.get("/tables/dw_company_data.json", params=query).json()["difference"]
    assert found["counts"] == {"changed": 1, "inserted": 1}
    (renamed, inserted) = found["rows"]
    assert renamed["key"] == {"duns": "100000001"}
    assert renamed["values"] == {
        "primary_name": ["Company 1 AG", "Renamed AG"],
        "registered_name": ["COMPANY 1 AG", "RENAMED AG"],
    }
    assert (inserted["what"], inserted["key"]) == ("inserted", {"duns": "100000002"})


def test_lake_without_documents_shows_every_page(tmp_path: Path) -> None:
    project = Fresh(tmp_path)
    project.run()
    with browsing(tmp_path) as client:
        for path in ("/", "/companies", "/quarantine", "/runs", "/tables", "/drift", "/dictionary"):
            assert client.get(path).status_code == 200, path


def test_overview_says_what_a_tree_lacks(project: Fresh) -> None:
    page = tree_page("100000001", [member("100000001")], number=1, of=2, count=2, size=1)
    project.drop("t_family_tree_20260301_1.json", page)
    project.run()
    with browsing(project.root) as client:
        html = client.get("/").text
    assert "Trees that lack pages or members 100000001 lacks page 2" in text_of(html)
    assert "/family/100000001" in links_of(html)


def test_pages_do_not_wait_for_what_another_one_derives(examples: Path) -> None:
    is_read = threading.Event()
    snapshots = Snapshots(lambda: Project(examples))
    with snapshots.session(None) as session:
        slow = threading.Thread(
            target=session.derived, args=("slow", lambda: is_read.wait(timeout=20))
        )
        slow.start()
        assert session.rows("SELECT 1 AS one", []) == [{"one": 1}]
        assert not session.has_derived("slow")
        is_read.set()
        slow.join()
        assert session.has_derived("slow")
    snapshots.close()


def test_snapshot_opened_ahead_is_the_one_of_the_first_page(examples: Path) -> None:
    snapshots = Snapshots(lambda: Project(examples))
    snapshots.open_ahead(None)
    with snapshots.session(None) as session:
        assert session.status().snapshot_id == 1
    snapshots.close()


def test_lake_that_is_not_there_is_told_by_the_first_page(tmp_path: Path) -> None:
    snapshots = Snapshots(lambda: Project(tmp_path))
    snapshots.open_ahead(None)
    with pytest.raises(LakeError, match="there is no lake"), snapshots.session(None):
        pass
    snapshots.close()
