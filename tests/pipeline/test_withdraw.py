"""Documents that rollbacks and people withdraw, how they return, and what the quarantine keeps."""

import hashlib
import json
import shutil
import zipfile
from datetime import datetime
from typing import Any

import pytest
from conftest import Project
from documents import Json, member, organization, response, tree_page
from workflows import change_contract, discard, reinstate_all, retry_refused, roll_back

import firmograph
import firmograph.pipeline.run as pipeline
from firmograph.contract.load import parse_contract
from firmograph.contract.registry import contract_text
from firmograph.errors import LakeError, UsageError
from firmograph.pipeline import context
from firmograph.pipeline.withdraw import reinstate_document
from firmograph.verify.verify import verify

NEWER_PAGE = "new_family_tree_20260309.json"
REGION = "primary_address_region: {path: primaryAddress.addressRegion.name, rule: expected}"
TYPE = "type_description: typeDescription"
NAMES = "SELECT primary_name AS name FROM dw_company_data ORDER BY duns"
LATEST = """
    SELECT file_name, arg_max(status, attempt) AS status, arg_max(reason, attempt) AS reason
    FROM tb_quarantine_files
    GROUP BY file_name, document_id, scope, record_number
    ORDER BY file_name
"""


def assert_well(project: Project) -> None:
    verdict = verify(project.storages.lake, project.storages.processed)
    assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []


def names(project: Project) -> list[str]:
    return [row["name"] for row in project.sql(NAMES)]


def drop(project: Project, day: int, name: str, duns: str = "100000001") -> str:
    file = f"a{day}_data_blocks_202603{day:02}.json"
    time = f"2026-03-{day:02}T00:00:00Z"
    project.drop(file, response(organization(duns, name=name), time))
    return file


def id_of(project: Project, file: str) -> str:
    for table in ("ods_datablocks_raw", "ods_familytree_raw"):
        query = f"SELECT document_id AS id FROM {table} WHERE file_name = '{file}'"
        if rows := project.sql(query):
            return str(rows[0]["id"])
    raise AssertionError(file)


def statuses(project: Project) -> dict[str, str]:
    return {row["file_name"]: row["status"] for row in project.sql(LATEST)}


def opened(project: Project) -> firmograph.Project:
    return firmograph.Project(project.root, workers=1)


def redeliver(project: Project, file: str) -> Json:
    shutil.copy(project.folders.processed / file, project.folders.uploads / file)
    report = project.run()
    assert dict(report.totals.files) == {"duplicate": 1}
    return {name: n for name, n in vars(report.totals.documents).items() if n} | {
        "notes": report.notes
    }


def test_quarantine_survives_a_rollback_and_a_reinstatement(project: Project) -> None:
    """Refused files, members of archives and documents, and a discard with its reason."""
    drop(project, 1, "First")
    project.drop("old_data_blocks_20260301.json", {"duns": "12345"})
    project.run()
    project.drop("empty_data_blocks_20260302.json", "")
    with zipfile.ZipFile(project.folders.uploads / "z_data_blocks_20260302.zip", "w") as archive:
        archive.writestr("sound.json", '{"duns": "100000007", "primaryName": "Zipped"}')
        archive.writestr("notes.pdf", "%PDF")
    project.drop("new_data_blocks_20260302.json", {"duns": "54321"})
    project.run()
    discard(project, id_of(project, "old_data_blocks_20260301.json"), "a test of the vendor")
    before = project.sql(LATEST)
    assert statuses(project) == {
        "old_data_blocks_20260301.json": "discarded",
        "empty_data_blocks_20260302.json": "open",
        "z_data_blocks_20260302.zip": "open",
        "new_data_blocks_20260302.json": "open",
    }
    report = roll_back(project, 1)
    assert (names(project), report.withdrawn_count) == (["First"], 2)
    assert project.sql(LATEST) == before
    assert_well(project)
    reinstate_all(project)
    assert (names(project), project.sql(LATEST)) == (["First", "Zipped"], before)
    assert_well(project)


def test_rollback_reopens_what_was_decided_since_and_reinstate_decides_it_again(
    project: Project,
) -> None:
    drop(project, 1, "First")
    late = drop(project, 2, "Second")
    project.run()
    opened(project).withdraw(id_of(project, late), "sent by mistake")
    assert (names(project), statuses(project)) == (["First"], {late: "withdrawn"})
    roll_back(project, 1)
    assert (names(project), statuses(project)) == (["Second"], {late: "reinstated"})
    assert_well(project)
    reinstate_all(project)
    assert (names(project), statuses(project)) == (["First"], {late: "withdrawn"})
    assert_well(project)
    roll_back(project, 1)
    roll_back(project, 2)
    assert (names(project), statuses(project)) == (["First"], {late: "withdrawn"})
    assert_well(project)


def drop_without_region(project: Project) -> str:
    record = organization(name="Second")
    del record["primaryAddress"]["addressRegion"]
    file = "b_data_blocks_20260302.json"
    project.drop(file, response(record, "2026-03-02T00:00:00Z"))
    return file


def test_discarded_document_counts_again_where_a_rollback_brings_its_rows_back(
    project: Project,
) -> None:
    """It was published before a strict contract refused it, so it had no case yet."""
    drop(project, 1, "First")
    file, lax = drop_without_region(project), project.contracts["data_blocks"]
    project.run()
    change_contract(project, REGION, REGION.replace("expected", "mandatory"))
    project.rebuild()
    discard(project, id_of(project, file), "nobody needs it")
    assert (names(project), statuses(project)) == (["First"], {file: "discarded"})
    project.contracts["data_blocks"] = lax
    roll_back(project, 1)
    assert (names(project), statuses(project)) == (["Second"], {file: "reinstated"})
    assert_well(project)
    project.rebuild()
    assert names(project) == ["Second"]
    reinstate_all(project)
    assert (names(project), statuses(project)) == (["First"], {file: "discarded"})
    assert_well(project)


def test_discarded_document_stays_so_where_an_earlier_rollback_had_withdrawn_it(
    project: Project,
) -> None:
    """It was refused and accepted before, so it had a case that did not keep it out."""
    lax = project.contracts["data_blocks"]
    change_contract(project, REGION, REGION.replace("expected", "mandatory"))
    strict = project.contracts["data_blocks"]
    drop(project, 1, "First")
    project.run()
    file = drop_without_region(project)
    project.run()
    project.contracts["data_blocks"] = lax
    retry_refused(project)
    assert (names(project), statuses(project)) == (["Second"], {file: "redriven"})
    withdrawn = roll_back(project, 1).snapshot_id
    assert withdrawn is not None
    reinstate_all(project)
    project.contracts["data_blocks"] = strict
    project.rebuild()
    discard(project, id_of(project, file), "nobody needs it")
    project.contracts["data_blocks"] = lax
    roll_back(project, withdrawn)
    assert (names(project), statuses(project)) == (["First"], {file: "discarded"})
    assert redeliver(project, file) == {"notes": []}
    assert (names(project), statuses(project)) == (["First"], {file: "discarded"})
    assert_well(project)


def test_discarded_document_that_a_rollback_withdrew_is_not_told_to_return(
    project: Project,
) -> None:
    lax = project.contracts["data_blocks"]
    change_contract(project, REGION, REGION.replace("expected", "mandatory"))
    drop(project, 1, "First")
    project.run()
    file = drop_without_region(project)
    project.run()
    one = id_of(project, file)
    discard(project, one, "nobody needs it")
    roll_back(project, 1)
    project.contracts["data_blocks"] = lax
    with pytest.raises(UsageError, match="is not withdrawn: it is discarded, for good"):
        opened(project).reinstate(one)
    assert redeliver(project, file) == {"notes": []}
    assert (names(project), statuses(project)) == (["First"], {file: "discarded"})
    assert_well(project)


def test_discarded_element_counts_again_where_a_rollback_brings_its_row_back(
    project: Project,
) -> None:
    """A strict contract refused it; before that its document was published, then withdrawn."""
    scopes = """
        SELECT scope, arg_max(status, attempt) AS status
        FROM tb_quarantine_files
        GROUP BY scope
    """

    def by_scope() -> dict[str, str]:
        return {row["scope"]: row["status"] for row in project.sql(scopes)}

    file = drop(project, 1, "First")
    project.run()
    lake, one = opened(project), id_of(project, file)
    lake.withdraw(one, "sent by mistake")
    lax = project.contracts["data_blocks"]
    change_contract(project, TYPE, "type_description: {path: typeDescription, rule: mandatory}")
    project.rebuild()
    reinstate_document(project.storages, project.limits, project.contracts, one)
    discard(project, one, "nobody needs it")
    assert by_scope() == {"document": "reinstated", "element": "discarded"}
    assert project.sql("SELECT code FROM dw_industry_code") == []
    project.contracts["data_blocks"] = lax
    roll_back(project, 2)
    assert by_scope() == {"document": "withdrawn", "element": "discarded"}
    roll_back(project, 1)
    assert by_scope() == {"document": "reinstated", "element": "reinstated"}
    assert project.sql("SELECT code FROM dw_industry_code") == [{"code": "311351"}]
    assert_well(project)


def test_withdrawn_bytes_delivered_again_are_published(project: Project) -> None:
    drop(project, 1, "First")
    project.run()
    again, other = drop(project, 2, "Second"), drop(project, 3, "Third", "100000003")
    project.run()
    roll_back(project, 1)
    assert project.run().withdrawn_count == 2
    with opened(project).open() as reader:
        assert reader.status().withdrawn == 2
        assert [s.withdrawn for s in reader.snapshots()] == [2, 0, 0]
    assert redeliver(project, again) == {
        "retried": 1,
        "published": 1,
        "notes": ["documents that a rollback withdrew were delivered again and published: 1"],
    }
    assert names(project) == ["Second"]
    assert_well(project)
    reinstate_all(project)
    assert names(project) == ["Second", "Third"]
    assert other in project.names(project.folders.processed)


def test_one_document_is_withdrawn_until_it_is_reinstated(project: Project) -> None:
    """Its company's other document determines the rows meanwhile, in runs and rebuilds."""
    drop(project, 1, "First")
    late = drop(project, 2, "Second")
    page = tree_page("100000009", [member("100000009")])
    project.drop("t_family_tree_20260301.json", page)
    project.run()
    lake, late_id = opened(project), id_of(project, late)
    report = lake.withdraw(late_id[:12], "sent by mistake")
    assert (report.withdrawn_count, report.snapshot_id) == (1, 2)
    assert names(project) == ["First"]
    lake.withdraw(id_of(project, "t_family_tree_20260301.json"), "another tree")
    assert project.sql("SELECT * FROM dw_family_tree_members") == []
    assert redeliver(project, late)["notes"] == [
        "withdrawn documents were delivered again and stay withdrawn: 1"
    ]
    project.rebuild()
    assert names(project) == ["First"]
    assert_well(project)
    with pytest.raises(UsageError, match="is withdrawn already"):
        lake.withdraw(late_id, "twice")
    report = lake.reinstate(late_id)
    assert (names(project), report.withdrawn_count) == (["Second"], 1)
    assert vars(report.totals.documents)["retried"] == 1
    with pytest.raises(UsageError, match="is not withdrawn"):
        lake.reinstate(late_id)
    lake.reinstate(id_of(project, "t_family_tree_20260301.json"))
    assert len(project.sql("SELECT * FROM dw_family_tree_members")) == 1
    assert_well(project)


def test_withdrawn_page_that_is_not_of_the_head_leaves_the_tree_as_it_is(
    project: Project,
) -> None:
    root = "100000009"
    for day, numbers in ((1, (2,)), (9, (1, 2))):
        for number in numbers:
            duns, parent = (root, None) if number == 1 else ("100000008", root)
            page = tree_page(
                root,
                [member(duns, parent, number)],
                number=number,
                of=2,
                count=2,
                time=f"2026-03-0{day}T10:00:00Z",
                size=1,
            )
            project.drop(f"t{number}_family_tree_2026030{day}.json", page)
    project.run()
    opened(project).withdraw(id_of(project, "t2_family_tree_20260301.json"), "an old page")
    found = project.sql("SELECT global_duns, is_complete FROM dw_family_tree")
    assert found == [{"global_duns": root, "is_complete": True}]
    assert len(project.sql("SELECT * FROM dw_family_tree_members")) == 2
    assert_well(project)


def drop_older_tree_and_newer_page(project: Project) -> None:
    """A complete tree, and a page of a newer delivery that lacks another one."""
    root = "100000009"
    project.drop("old_family_tree_20260301.json", tree_page(root, [member(root)]))
    newer = tree_page(root, [member(root)], of=2, count=2, size=1, time="2026-03-09T10:00:00Z")
    del newer["transactionDetail"]["transactionID"]
    project.drop(NEWER_PAGE, newer)


def waiting_trees(project: Project) -> list[str]:
    with opened(project).open() as reader:
        return list(reader.status().waiting_trees)


def test_page_that_a_reinstatement_refuses_again_leaves_its_tree(project: Project) -> None:
    """A rebuild under a strict contract refused it; a rollback undid that for a while."""
    drop_older_tree_and_newer_page(project)
    project.run()
    assert waiting_trees(project) == ["100000009"]
    lax, text = project.contracts["family_tree"], contract_text("family_tree", project.root)
    optional = "transaction_id: transactionDetail.transactionID"
    assert optional in text
    strict = "transaction_id: {path: transactionDetail.transactionID, rule: mandatory}"
    project.contracts["family_tree"] = parse_contract(text.replace(optional, strict), "strict.yaml")
    project.rebuild()
    assert (waiting_trees(project), statuses(project)) == ([], {NEWER_PAGE: "open"})
    project.contracts["family_tree"] = lax
    roll_back(project, 1)
    assert waiting_trees(project) == ["100000009"]
    assert statuses(project) == {NEWER_PAGE: "reinstated"}
    reinstate_all(project)
    assert (waiting_trees(project), statuses(project)) == ([], {NEWER_PAGE: "open"})
    assert_well(project)


def test_page_that_is_judged_again_and_refused_leaves_its_tree(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock went back; the page is read again since another one of its tree is withdrawn."""
    drop_older_tree_and_newer_page(project)

    class Early(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2026, 3, 2, tzinfo=tz)

    with monkeypatch.context() as patched:
        patched.setattr(context, "datetime", Early)
        project.run()
    assert (waiting_trees(project), statuses(project)) == ([], {NEWER_PAGE: "open"})
    retry_refused(project)
    assert waiting_trees(project) == ["100000009"]
    assert statuses(project) == {NEWER_PAGE: "redriven"}
    with monkeypatch.context() as patched:
        patched.setattr(context, "datetime", Early)
        opened(project).withdraw(id_of(project, "old_family_tree_20260301.json"), "a test")
    assert statuses(project)[NEWER_PAGE] == "open"
    assert waiting_trees(project) == []
    assert project.sql("SELECT * FROM dw_family_tree_members") == []
    assert_well(project)


def undated(project: Project, name: str) -> str:
    """Drops a document whose time is the date in the file's name; returns its id."""
    document = organization("100000001", "Undated")
    project.drop(name, document)
    return hashlib.sha256(json.dumps(document).encode()).hexdigest()


def test_delivery_that_comes_back_supersedes_the_earlier_one_again(project: Project) -> None:
    """A rollback brings back what was superseded since; the same file again undoes that."""
    late, early = "a_data_blocks_20261001.json", "a_data_blocks_20260501.json"
    undated(project, late)
    project.run()
    undated(project, early)
    project.run()
    roll_back(project, 1)
    assert statuses(project) == {late: "reinstated"}
    assert redeliver(project, early)["retried"] == 1
    assert statuses(project) == {late: "superseded"}
    assert_well(project)
    roll_back(project, 1)
    project.rebuild()
    assert statuses(project) == {late: "reinstated"}
    assert len(names(project)) == 1
    assert_well(project)
    reinstate_all(project)
    assert statuses(project) == {late: "superseded"}
    assert_well(project)


def test_of_the_same_bytes_only_the_last_delivery_is_reinstated(project: Project) -> None:
    late, early = "a_data_blocks_20261001.json", "a_data_blocks_20260501.json"
    document_id = undated(project, late)
    project.run()
    undated(project, early)
    project.run()
    lake = opened(project)
    with pytest.raises(UsageError, match=f"is not withdrawn: it is published from {early}"):
        lake.reinstate(document_id)
    lake.withdraw(document_id, "a test")
    assert (names(project), statuses(project)) == ([], {late: "superseded", early: "withdrawn"})
    lake.reinstate(document_id)
    assert statuses(project) == {late: "superseded", early: "reinstated"}
    assert names(project) == ["Undated"]
    assert_well(project)


def test_document_that_an_interrupted_run_left_is_not_withdrawn(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(project, 1, "First")
    project.run()
    document = response(organization(name="Left"), "2026-03-02T00:00:00Z")
    project.drop("left_data_blocks_20260302.json", document)
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish_staged", end)
        with pytest.raises(LakeError):
            project.run()
    left = hashlib.sha256(json.dumps(document).encode()).hexdigest()
    with pytest.raises(UsageError, match="is not published yet: an interrupted run left it"):
        opened(project).withdraw(left, "too early")
    project.run()
    assert names(project) == ["Left"]
    opened(project).withdraw(left, "sent by mistake")
    assert names(project) == ["First"]
    assert_well(project)


def test_duplicate_of_an_interrupted_run_is_published_by_the_next_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(project, 1, "First")
    project.run()
    again = drop(project, 2, "Second")
    project.run()
    roll_back(project, 1)
    shutil.copy(project.folders.processed / again, project.folders.uploads / again)
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish_staged", end)
        with pytest.raises(LakeError):
            project.run()
    assert project.names(project.folders.uploads) == [again]
    assert project.run().notes == [
        "documents that a rollback withdrew were delivered again and published: 1"
    ]
    assert (names(project), project.names(project.folders.uploads)) == (["Second"], [])
    assert_well(project)


def test_refusals_of_a_file_outlast_all_commands_before_the_run_that_completes_it(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An interrupted run read an archive, and other commands published its sound documents."""
    first = drop(project, 1, "First")
    project.run()
    with zipfile.ZipFile(project.folders.uploads / "z_data_blocks_20260302.zip", "w") as archive:
        archive.writestr("sound.json", '{"duns": "100000007", "primaryName": "Zipped"}')
        archive.writestr("notes.pdf", "%PDF")
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish_staged", end)
        with pytest.raises(LakeError):
            project.run()
    project.rebuild()
    opened(project).withdraw(id_of(project, first), "sent by mistake")
    opened(project).reinstate(id_of(project, first))
    assert statuses(project) == {first: "reinstated"}
    assert dict(project.run().totals.files) == {"ingested": 1}
    assert statuses(project) == {first: "reinstated", "z_data_blocks_20260302.zip": "open"}
    assert names(project) == ["First", "Zipped"]
    assert project.names(project.folders.uploads) == []
    assert_well(project)


def end(*_: object, **__: object) -> None:
    raise OSError("the process is gone")
