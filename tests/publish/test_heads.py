"""Heads: each company and table has exactly one authoritative document, in any order of arrival."""

import json
from datetime import UTC, datetime
from itertools import permutations

import pytest
from conftest import Json, Project
from documents import organization, response
from publish.tables import column, count, documents, one, query, state

FULL, HIERARCHY = "companyinfo_L2_v1", "hierarchyconnections_L1_v1"
LISTED = "SELECT duns, stock_name FROM dw_stock_exchanges ORDER BY duns"


def linkage(level: int) -> Json:
    return {"hierarchyLevel": level, "globalUltimate": {"duns": "900000001"}}


def five_documents(duns: str) -> list[Json]:
    """One company in five documents; the third is its head, the fourth that of its linkage."""
    codes = [{"code": "722515", "typeDnBCode": 30832, "priority": p} for p in (1, 2)]
    bare = {"duns": duns, "primaryName": "not covered"}
    third = organization(duns, "Third", industryCodes=codes, stockExchanges=[])
    return [
        response(
            organization(duns, "First", corporateLinkage=linkage(1)),
            "2026-01-01T00:00:00Z",
            FULL,
            HIERARCHY,
        ),
        response(bare, "2026-03-01T00:00:00Z", "paymentinsight_L1_v1"),
        response(third, "2026-02-01T00:00:00Z", FULL),
        response({**bare, "corporateLinkage": linkage(4)}, "2026-02-15T00:00:00Z", HIERARCHY),
        response(organization(duns, "Fifth"), "2026-02-20T00:00:00Z", "companyinfo_L1_v1"),
    ]


@pytest.mark.parametrize("split", [(5,), (2, 3), (1, 1, 1, 1, 1)], ids=str)
def test_heads_are_the_same_in_any_order_of_arrival(
    split: tuple[int, ...], project: Project
) -> None:
    """Each of the 120 orders is a separate company; the n-th upload holds its n-th document."""
    orders = {f"{n:09}": order for n, order in enumerate(permutations(range(5)))}
    by_arrival = [
        [five_documents(duns)[order[arrival]] for duns, order in orders.items()]
        for arrival in range(5)
    ]
    arrival = 0
    for in_this_run in split:
        for _ in range(in_this_run):
            lines = "\n".join(json.dumps(document) for document in by_arrival[arrival])
            project.drop(f"{arrival}_data_blocks_20260301.jsonl", lines)
            arrival += 1
        assert project.run().status == "ok"
    found = state(project)
    duns = sorted(orders)
    assert [(r["duns"], r["primary_name"]) for r in found["dw_company_data"]] == [
        (d, "Third") for d in duns
    ]
    assert [(r["duns"], r["priority"], r["code"]) for r in found["dw_industry_code"]] == [
        (d, p, "722515") for d in duns for p in (1, 2)
    ]
    assert found["dw_stock_exchanges"] == found["app_stocks_by_company"] == []
    assert [(r["duns"], r["hierarchy_level"]) for r in found["dw_corporate_linkage"]] == [
        (d, 4) for d in duns
    ]
    heads = {
        (r["table_name"], r["source_timestamp"], r["covers"]) for r in found["tb_entity_heads"]
    }
    third, fourth = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC)
    assert heads == {
        ("dw_company_data", third, True),
        ("dw_industry_code", third, True),
        ("dw_stock_exchanges", third, True),
        ("dw_corporate_linkage", fourth, True),
    }
    assert len(found["tb_entity_heads"]) == 480


def test_tie_of_source_time_goes_to_the_later_run(project: Project) -> None:
    project.drop("z_data_blocks_20260301.json", response(organization(name="Earlier run")))
    project.run()
    project.drop("a_data_blocks_20260301.json", response(organization(name="Later run")))
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Later run"]


def test_tie_of_source_time_goes_to_the_later_path_and_line_of_a_run(project: Project) -> None:
    lines = [response(organization("100000002", name)) for name in ("Line 1", "Line 2")]
    project.drop("c_data_blocks_20260301.jsonl", "\n".join(map(json.dumps, lines)))
    project.drop("b_data_blocks_20260301.json", response(organization(name="Path b")))
    project.drop("a_data_blocks_20260301.json", response(organization(name="Path a")))
    project.run()
    names = column(project, "SELECT primary_name FROM dw_company_data ORDER BY duns")
    assert names == ["Path b", "Line 2"]


def test_document_without_a_time_has_the_date_in_its_files_name(project: Project) -> None:
    project.drop("new_data_blocks_20260302.json", organization(name="Of 2 March"))
    project.run()
    project.drop("old_data_blocks_20260301.json", organization(name="Of 1 March"))
    timed = response(organization(name="Late on 1 March"), "2026-03-01T23:59:59Z")
    project.drop("timed_data_blocks_20260401.json", timed)
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Of 2 March"]


def test_late_older_document_is_superseded_and_kept_in_ods(project: Project) -> None:
    newer = response(organization(name="Newer"), "2026-03-01T00:00:00Z")
    project.drop("a_data_blocks_20260301.json", newer)
    project.run()
    older = response(organization(name="Older"), "2026-01-01T00:00:00Z")
    project.drop("a_data_blocks_20260101.json", older)
    assert documents(project.run()) == {"received": 1, "superseded": 1}
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Newer"]
    kept = column(project, "SELECT raw_data FROM ods_datablocks_raw ORDER BY ingest_seq")
    assert [json.loads(str(raw)) for raw in kept] == [newer, older]


def test_corrected_file_under_an_old_name_is_read(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization(name="Mispelt")))
    project.run()
    project.drop("a_data_blocks_20260301.json", response(organization(name="Misspelt")))
    report = project.run()
    assert dict(report.totals.files) == {"ingested": 1}
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Misspelt"]


def test_delisted_company_loses_its_stock_rows(project: Project) -> None:
    project.drop("a_data_blocks_20260101.json", response(organization()))
    project.drop("b_data_blocks_20260101.json", response(organization("100000002")))
    project.run()
    delisted = organization(stockExchanges=[])
    project.drop("a_data_blocks_20260201.json", response(delisted, "2026-04-01T00:00:00Z"))
    report = project.run()
    assert query(project, LISTED) == [{"duns": "100000002", "stock_name": "SIX:ALPC"}]
    assert column(project, "SELECT duns FROM app_stocks_by_company") == ["100000002"]
    assert vars(report.tables["dw_stock_exchanges"]) == {
        "inserted": 0,
        "updated": 0,
        "deleted": 1,
        "rows": 1,
    }


def test_newer_document_that_does_not_cover_takes_nothing_away(project: Project) -> None:
    not_covering = {
        "100000001": "paymentinsight_L1_v1",
        "100000002": "companyinfo_L1_v1",
        "100000003": HIERARCHY,
    }
    for duns in not_covering:
        project.drop(f"{duns}_data_blocks_20260101.json", response(organization(duns)))
    project.run()
    before = state(project)
    for duns, block in not_covering.items():
        newer = {"duns": duns, "primaryName": "Other", "stockExchanges": [], "industryCodes": []}
        document = response(newer, "2026-04-01T00:00:00Z", block)
        project.drop(f"{duns}_data_blocks_20260201.json", document)
    assert documents(project.run()) == {"received": 3, "unchanged": 3}
    after = state(project)
    for table in ("dw_company_data", "dw_industry_code", "dw_stock_exchanges"):
        assert after[table] == before[table]
        assert len(after[table]) == 3


def test_newer_document_without_a_path_or_blocks_does_not_cover(project: Project) -> None:
    project.drop("a_data_blocks_20260101.json", response(organization()))
    project.run()
    newer = {"duns": "100000001", "primaryName": "Other", "industryCodes": []}
    project.drop("b_data_blocks_20260201.json", response(newer, "2026-04-01T00:00:00Z"))
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Alpine Cocoa AG"]
    assert count(project, "dw_stock_exchanges") == 1
    assert count(project, "dw_industry_code") == 1
    whole = newer | {"stockExchanges": [], "startDate": None}
    project.drop("c_data_blocks_20260201.json", response(whole, "2026-05-01T00:00:00Z"))
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Alpine Cocoa AG"]
    assert count(project, "dw_industry_code") == 0


def test_block_whose_status_is_not_ok_does_not_cover(project: Project) -> None:
    project.drop("a_data_blocks_20260101.json", response(organization()))
    newer = response({"duns": "100000001", "primaryName": "Other"}, "2026-04-01T00:00:00Z", FULL)
    newer["blockStatus"][0]["status"] = "failed"
    project.drop("b_data_blocks_20260201.json", newer)
    project.run()
    assert column(project, "SELECT primary_name FROM dw_company_data") == ["Alpine Cocoa AG"]


def test_higher_level_of_a_block_covers(project: Project) -> None:
    project.drop("a_data_blocks_20260101.json", response(organization()))
    newer = {"duns": "100000001", "primaryName": "Other"}
    time = "2026-04-01T00:00:00Z"
    project.drop("b_data_blocks_20260201.json", response(newer, time, "companyinfo_L3_v2"))
    project.run()
    row = one(project, "SELECT primary_name, primary_address_country FROM dw_company_data")
    assert row == {"primary_name": "Other", "primary_address_country": None}


def test_every_spelling_of_null_in_a_covering_document_empties(project: Project) -> None:
    spellings: dict[str, Json] = {
        "100000001": {},
        "100000002": {"stockExchanges": None, "primaryAddress": None},
        "100000003": {"stockExchanges": {}, "primaryAddress": {}},
        "100000004": {"stockExchanges": [], "primaryAddress": []},
        "100000005": {"stockExchanges": "", "primaryAddress": ""},
    }
    for duns in spellings:
        project.drop(f"{duns}_data_blocks_20260101.json", response(organization(duns)))
    project.run()
    assert count(project, "dw_stock_exchanges") == 5
    for duns, spelling in spellings.items():
        newer = {"duns": duns, "primaryName": "Bare now", **spelling}
        document = response(newer, "2026-04-01T00:00:00Z", FULL)
        project.drop(f"{duns}_data_blocks_20260201.json", document)
    project.run()
    rows = query(project, "SELECT primary_name, primary_address_country FROM dw_company_data")
    assert rows == [{"primary_name": "Bare now", "primary_address_country": None}] * 5
    assert count(project, "dw_stock_exchanges") == 0
