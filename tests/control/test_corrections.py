"""Refusals are closed, with a reference, once a correction of what was refused is accepted."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from publish.tables import query

import firmograph
import firmograph.pipeline.run as pipeline
from firmograph.errors import LakeError, UsageError
from firmograph.verify.verify import verify

BAD = "bad_data_blocks_20260301.json"
LATEST = """
    SELECT file_name, scope, record_number, arg_max(status, attempt) AS status
    FROM tb_quarantine_files
    GROUP BY file_name, scope, record_number, document_id, ingest_seq
    ORDER BY ALL
"""


def nameless(duns: str = "100000001", time: str = "2026-03-05T00:00:00Z") -> dict[str, Any]:
    return response({"duns": duns}, time)


def statuses(project: Project) -> list[tuple[Any, ...]]:
    rows = query(project, LATEST)
    return [(r["file_name"].split("_")[0], r["scope"], r["status"]) for r in rows]


def assert_well(project: Project) -> None:
    verdict = verify(project.storages.lake, project.storages.processed)
    assert [c.differences.examples for c in verdict.checks if not c.is_ok] == []


def test_corrections_close_refusals_and_nothing_else_does(project: Project) -> None:
    """By the same place, by a newer head of every table, by a readable file of the same name."""
    lines = [json.dumps(organization("100000005")), '{"primaryName": "No DUNS"}']
    project.drop("lines_data_blocks_20260301.jsonl", "\n".join(lines))
    project.drop("empty_data_blocks_20260301.json", "")
    project.drop("utf16_data_blocks_20260301.json", json.dumps(nameless()).encode("utf-16"))
    elements = organization("100000003", industryCodes=[{"code": "no priority"}])
    project.drop("elements_data_blocks_20260301.json", response(elements, "2026-03-05T00:00:00Z"))
    for name, duns in (("newer", "100000001"), ("older", "100000002"), ("partial", "100000004")):
        project.drop(f"{name}_data_blocks_20260301.json", nameless(duns))
    project.run()
    assert {status for _, _, status in statuses(project)} == {"open"}
    lines[1] = json.dumps(organization("100000006"))
    project.drop("lines_data_blocks_20260301.jsonl", "\n".join(lines))
    project.drop("empty_data_blocks_20260301.json", organization("100000007"))
    project.drop("utf16_data_blocks_20260301.json", nameless("100000008"))
    full = ("companyinfo_L2_v1", "hierarchyconnections_L1_v1")
    newer, older = "2026-03-06T00:00:00Z", "2026-03-04T00:00:00Z"
    project.drop("a_data_blocks_20260306.json", response(organization(), newer, *full))
    project.drop("b_data_blocks_20260304.json", response(organization("100000002"), older, *full))
    project.drop("c_data_blocks_20260306.json", response(organization("100000003"), newer, *full))
    bought = response({"duns": "100000004", "primaryName": "P"}, newer, "paymentinsight_L1_v1")
    project.drop("d_data_blocks_20260306.json", bought)
    report = project.run()
    assert report.notes == ["refusals closed, since their corrections arrived: 5"]
    assert statuses(project) == [
        ("elements", "element", "superseded"),
        ("empty", "file", "superseded"),
        ("lines", "document", "superseded"),
        ("newer", "document", "superseded"),
        ("older", "document", "open"),
        ("partial", "document", "open"),
        ("utf16", "document", "open"),
        ("utf16", "file", "superseded"),
    ]
    (row,) = query(
        project,
        "SELECT reason FROM tb_quarantine_files "
        "WHERE file_name LIKE 'empty%' AND status = 'superseded'",
    )
    assert row["reason"].startswith("corrected by document ")
    assert row["reason"].endswith(" of empty_data_blocks_20260301.json")
    assert project.run().notes == []
    assert_well(project)
    project.rebuild()
    assert_well(project)


def test_correction_counts_beside_a_later_document_with_its_place(project: Project) -> None:
    project.limits = replace(project.limits, is_recursive=True)
    project.drop(BAD, nameless("100000002"))
    project.run()
    for folder, duns in (("a", "100000002"), ("b", "100000003")):
        (project.folders.uploads / folder).mkdir()
        corrected = response(organization(duns), "2026-03-04T00:00:00Z")
        project.drop(f"{folder}/{BAD}", corrected)
    project.run()
    assert statuses(project) == [("bad", "document", "superseded")]
    assert_well(project)


def test_correction_under_another_name_closes_what_it_covers(project: Project) -> None:
    """Of equal time; the one of the second company lacks a table that the refused one covers."""
    for name, duns in (("same", "100000001"), ("narrower", "100000002")):
        refused = organization(duns)
        refused["primaryName"] = None
        project.drop(f"{name}_data_blocks_20260301.json", response(refused))
    project.run()
    narrower = organization("100000002")
    del narrower["stockExchanges"]
    project.drop("x_data_blocks_20260301.json", response(organization("100000001")))
    project.drop("y_data_blocks_20260301.json", response(narrower))
    assert project.run().notes == ["refusals closed, since their corrections arrived: 1"]
    assert statuses(project) == [
        ("narrower", "document", "open"),
        ("same", "document", "superseded"),
    ]
    assert_well(project)


def test_refused_document_and_file_are_delivered_again_under_another_name(
    project: Project,
) -> None:
    lines = f"{json.dumps(organization('100000001'))}\n{json.dumps({'duns': '12'})}"
    project.drop("lines_data_blocks_20260301.jsonl", lines)
    project.drop("cut_data_blocks_20260301.json.gz", b"\x1f\x8b cut off")
    project.run()
    ids = {
        row["scope"]: row["document_id"]
        for row in query(project, "SELECT scope, document_id FROM tb_quarantine_files")
    }
    lake = firmograph.Project(project.root)
    lake.redeliver(ids["document"], "again_data_blocks_20260302.json")
    lake.redeliver(ids["file"], "cut_data_blocks_20260301.json")
    uploads = project.folders.uploads
    assert (uploads / "again_data_blocks_20260302.json").read_bytes() == b'{"duns": "12"}'
    assert (uploads / "cut_data_blocks_20260301.json").read_bytes() == b"\x1f\x8b cut off"
    with pytest.raises(UsageError, match="is in the upload folder already"):
        lake.redeliver(ids["document"], "again_data_blocks_20260302.json")
    with pytest.raises(UsageError, match=r"'x\.json' is not the name of an upload: the name is"):
        lake.redeliver(ids["document"], "x.json")


def test_document_refused_as_two_types_is_delivered_again(project: Project) -> None:
    document = b'{"duns": "12"}'
    project.drop("z_family_tree_20260301.jsonl", document + b'\n{"duns": "13"}')
    project.run()
    project.drop("a_data_blocks_20260301.jsonl", document + b'\n{"duns": "14"}')
    project.run()
    (row, _) = query(project, LATEST.replace("scope,", "scope, document_id,"))[:2]
    path = firmograph.Project(project.root).redeliver(
        row["document_id"], "again_data_blocks_20260302.json"
    )
    assert Path(path).read_bytes() == document


def test_refused_page_stays_open_while_its_tree_lacks_it(project: Project) -> None:
    """A newer page of an incomplete delivery corrects none; a complete delivery does."""
    root = "100000009"

    def page(number: int, day: int, *members: dict[str, Any]) -> dict[str, Any]:
        time = f"2026-03-0{day}T10:00:00Z"
        return tree_page(root, list(members), number=number, of=2, count=2, time=time, size=1)

    first, second = member(root), member("100000008", root)
    project.drop("a_family_tree_20260301.json", page(2, 1))
    project.drop("b_family_tree_20260301.json", page(1, 1, first))
    project.run()
    assert statuses(project) == [("a", "document", "open")]
    project.drop("c_family_tree_20260302.json", page(1, 2, first))
    project.run()
    assert statuses(project) == [("a", "document", "open")]
    project.drop("d_family_tree_20260302.json", page(2, 2, second))
    project.run()
    assert statuses(project) == [("a", "document", "superseded")]
    assert_well(project)


def test_file_refused_again_stays_open_though_an_interrupted_run_read_a_whole_one(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "empty_data_blocks_20260301.json"
    project.drop(name, "")
    project.run()
    project.drop(name, organization("100000007"))
    with monkeypatch.context() as patched:
        patched.setattr(pipeline, "publish_staged", end)
        with pytest.raises(LakeError):
            project.run()
    project.drop(name, "")
    project.run()
    assert query(project, "SELECT duns FROM dw_company_data") == [{"duns": "100000007"}]
    assert statuses(project) == [("empty", "file", "open")]
    project.drop(name, organization("100000008"))
    project.run()
    assert statuses(project) == [("empty", "file", "superseded")]
    assert_well(project)


def end(*_: object, **__: object) -> None:
    raise OSError("the process is gone")
