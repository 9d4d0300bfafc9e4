"""The quarantine: every violation of every refusal is a row with its path, value and position."""

import json
import shutil
from typing import Any

import pytest
from conftest import Json, Project
from documents import member, organization, response, tree_page
from publish.tables import column, count, documents, one, query

from firmograph.pipeline.retry import discard

ROWS = (
    "SELECT rule, json_path, value, scope, status, attempt FROM tb_quarantine_files "
    "ORDER BY json_path, rule"
)
SOON = (
    '{\n  "duns": "100000001",\n  "primaryName": 12,\n'
    '  "transactionDetail": {"transactionTimestamp": "soon"}\n}'
)
SOON_SHA256 = "d34936e8a7704239f1b34c083d8a8d05c7ba3ed2916f1243714cd6322ef27e3a"


def refusals(project: Project) -> list[tuple[Any, ...]]:
    """Rule, path and value of each quarantine row."""
    return [(r["rule"], r["json_path"], r["value"]) for r in query(project, ROWS)]


def test_document_is_refused_with_every_reason_a_row_each(project: Project) -> None:
    document = response(
        {
            "duns": "12345",
            "startDate": "2026-13-01",
            "businessEntityType": {"dnbCode": "many"},
            "dunsControlStatus": {"isDelisted": "perhaps"},
            "primaryAddress": "a street",
        },
        "yesterday",
    )
    project.drop("a_data_blocks_20260301.json", document)
    report = project.run()
    assert refusals(project) == [
        ("type", "$.organization.duns", "12345"),
        ("mandatory", "$.organization.primaryName", None),
        ("type", "$.transactionDetail.transactionTimestamp", "yesterday"),
    ]
    assert documents(report) == {"received": 1, "quarantined": 1}
    assert report.refusal_count == 3


def test_row_tells_the_document_the_place_and_the_run(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", f"\n  {SOON}\n")
    report = project.run()
    row = one(project, "SELECT * FROM tb_quarantine_files")
    assert {name: row[name] for name in row if name not in ("load_timestamp", "reason")} == {
        "file_name": "a_data_blocks_20260301.json",
        "run_id": report.run_id,
        "document_id": SOON_SHA256,
        "document_type": "data_blocks",
        "entity_id": "100000001",
        "record_number": 1,
        "rule": "type",
        "json_path": "$.transactionDetail.transactionTimestamp",
        "value": "soon",
        "line": 4,
        "column": 49,
        "status": "open",
        "attempt": 1,
        "scope": "document",
        "ingest_seq": 1,
    }
    assert "transactionTimestamp" in row["reason"]


def test_value_is_kept_up_to_200_characters_and_whole_in_ods(project: Project) -> None:
    document = organization(transactionDetail={"transactionTimestamp": "long " * 100})
    project.drop("a_data_blocks_20260301.json", document)
    project.run()
    value = str(one(project, "SELECT value FROM tb_quarantine_files")["value"])
    assert len(value) == 200
    assert value.startswith("long long ")
    raw = one(project, "SELECT raw_data FROM ods_datablocks_raw")["raw_data"]
    assert json.loads(raw) == document


def test_refused_document_stops_no_other_of_its_file(project: Project) -> None:
    lines = [
        json.dumps(organization("100000001")),
        "7",
        '{"duns": "100000002", "primaryName": ',
        json.dumps({"primaryName": "No DUNS"}),
        json.dumps(organization("100000005")),
    ]
    project.drop("a_data_blocks_20260301.jsonl", "\n".join(lines))
    report = project.run()
    duns = column(project, "SELECT duns FROM dw_company_data ORDER BY duns")
    assert duns == ["100000001", "100000005"]
    rows = query(project, "SELECT record_number, rule FROM tb_quarantine_files ORDER BY 1")
    assert rows == [
        {"record_number": 2, "rule": "shape"},
        {"record_number": 3, "rule": "malformed"},
        {"record_number": 4, "rule": "mandatory"},
    ]
    assert documents(report) == {"received": 5, "published": 2, "quarantined": 3}
    assert count(project, "ods_datablocks_raw") == 5


def test_fault_in_an_element_rejects_the_element_alone(project: Project) -> None:
    codes: list[Any] = [
        {"typeDnBCode": 399, "priority": 1, "code": "0111"},
        {"typeDnBCode": 399, "priority": 1, "code": "0111"},
        {"typeDnBCode": 399, "priority": 1, "code": "0112"},
        {"typeDnBCode": "many", "code": "0113"},
        "0114",
    ]
    project.drop("a_data_blocks_20260301.json", organization(industryCodes=codes))
    report = project.run()
    assert column(project, "SELECT code FROM dw_industry_code") == ["0111"]
    assert refusals(project) == [
        ("key", "$.industryCodes[2]", "duns 100000001, type_dnb_code 399, priority 1"),
        ("mandatory", "$.industryCodes[3].priority", None),
        ("type", "$.industryCodes[3].typeDnBCode", "many"),
        ("shape", "$.industryCodes[4]", "0114"),
    ]
    assert set(column(project, "SELECT scope FROM tb_quarantine_files")) == {"element"}
    assert vars(report.totals.elements) == {
        "elements": 6,
        "rows": 2,
        "collapsed": 1,
        "rejected": 3,
    }
    assert (report.status, documents(report)) == ("refused", {"received": 1, "published": 1})


def test_refused_tree_page_leaves_the_others(project: Project) -> None:
    pages = [tree_page(f"10000000{n}", [member(f"10000000{n}")]) for n in (1, 2)]
    del pages[0]["globalUltimateDuns"]
    project.drop("t_family_tree_20260301.json", pages)
    report = project.run()
    assert column(project, "SELECT global_duns FROM dw_family_tree") == ["100000002"]
    assert refusals(project) == [("mandatory", "$.globalUltimateDuns", None)]
    assert documents(report) == {"received": 2, "published": 1, "quarantined": 1}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"errorCode": "10001", "errorMessage": "DUNS not found"}}, "10001: DUNS not"),
        ({"error": "invalid_request", "error_description": "no token"}, "invalid_request: no"),
        ({"result": {"errorCode": "00040", "errorMessage": "denied"}}, "00040: denied"),
        ({"code": "SVC-500", "message": "api call failure!"}, "SVC-500: api call failure!"),
    ],
    ids=["error", "authentication", "result", "gateway"],
)
def test_error_body_saved_as_data_is_refused_in_the_vendors_words(
    body: Json, words: str, project: Project
) -> None:
    project.drop("a_data_blocks_20260301.json", body)
    project.run()
    row = one(project, "SELECT rule, reason FROM tb_quarantine_files")
    assert row["rule"] == "vendor_error"
    assert words in row["reason"]


def test_refusals_are_not_doubled_by_a_redelivery(project: Project) -> None:
    name = "a_data_blocks_20260301.json"
    project.drop(name, {"registeredName": "Neither DUNS nor name"})
    project.run()
    assert count(project, "tb_quarantine_files") == 2
    for again in (name, "renamed_data_blocks_20260301.json"):
        shutil.copy(project.folders.processed / name, project.folders.uploads / again)
        report = project.run()
        assert dict(report.totals.files) == {"duplicate": 1}
        assert report.status == "ok"
    project.run()
    project.rebuild()
    assert count(project, "tb_quarantine_files") == 2


def test_unreadable_file_is_refused_once_and_set_aside(project: Project) -> None:
    name = "a_data_blocks_20260301.json.gz"
    for _ in range(2):
        project.drop(name, b"\x1f\x8b\x08\x00 cut off")
        report = project.run()
        assert dict(report.totals.files) == {"unreadable": 1}
        assert report.status == "refused"
    assert project.names(project.folders.uploads) == []
    assert project.names(project.folders.quarantined) == [name]
    row = one(project, "SELECT scope, file_name, ingest_seq FROM tb_quarantine_files")
    assert row == {"scope": "file", "file_name": name, "ingest_seq": None}
    assert count(project, "ods_datablocks_raw") == 0


def test_corrected_document_is_published_and_the_refusal_stays_on_record(project: Project) -> None:
    name = "a_data_blocks_20260301.json"
    project.drop(name, organization(name=" ", startDate="2001"))
    project.run()
    project.drop(name, organization(startDate="2001"))
    assert project.run().status == "ok"
    assert column(project, "SELECT start_date FROM dw_company_data") == ["2001"]
    assert refusals(project) == [("superseded", "$", None), ("mandatory", "$.primaryName", " ")]


def test_discarded_element_stays_discarded_by_a_rebuild(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", organization(industryCodes=[{"code": "x"}]))
    project.run()
    named = one(project, "SELECT DISTINCT document_id FROM tb_quarantine_files")["document_id"]
    discard(project.storages, project.limits, project.contracts, [named], "known to the vendor")
    before = count(project, "tb_quarantine_files")
    project.rebuild()
    assert count(project, "tb_quarantine_files") == before
    assert column(project, "SELECT duns FROM dw_company_data") == ["100000001"]
