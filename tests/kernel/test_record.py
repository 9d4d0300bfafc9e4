from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from documents import member, organization, response, tree_page
from kernels import CONTRACTS, LOAD, REF, company, company_row, places, read, rows

Json = dict[str, Any]
TABLES = ["dw_company_data", "dw_corporate_linkage", "dw_industry_code", "dw_stock_exchanges"]


def covered(document: Json) -> list[str]:
    """The tables that the document covers."""
    return [name for name, covers in zip(TABLES, read(document).covers, strict=True) if covers]


@pytest.mark.parametrize(
    "document",
    [
        company(),
        {"organization": company()},
        response(company()),
        {"duns": "100000009", "rawDnbData": response(company())},
        {"organization": company(), "rawDnbData": {"organization": company(duns="100000009")}},
    ],
)
def test_record_is_found_bare_enveloped_and_in_a_gateways_wrapper(document: Json) -> None:
    result = read(document)
    assert result.entity_id == "100000001"
    assert company_row(result)["primary_name"] == "Alpine Cocoa AG"


@pytest.mark.parametrize("document", [response(company()), {"rawDnbData": response(company())}])
def test_facts_beside_the_record_are_found(document: Json) -> None:
    result = read(document)
    assert result.source_timestamp == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert company_row(result)["inquiry_duns"] == "100000001"


@pytest.mark.parametrize("shape", [None, [], "", "x", 5, True, [{"duns": "100000001"}]])
def test_wrong_shape_under_the_records_name_is_refused(shape: Any) -> None:
    result = read({**company(), "organization": shape})
    assert places(result) == [("shape", "$.organization")]
    assert result.violations[0].reason == "$.organization is not a JSON object"


def test_wrong_shape_in_a_gateways_wrapper_is_refused() -> None:
    assert places(read({**company(), "rawDnbData": []})) == [("shape", "$.rawDnbData")]
    assert places(read({**company(), "rawDnbData": {}})) == [("shape", "$.rawDnbData.organization")]


def test_empty_record_lacks_what_is_mandatory() -> None:
    assert places(read({"organization": {}, **company()})) == [
        ("mandatory", "$.organization.duns"),
        ("mandatory", "$.organization.primaryName"),
    ]


def test_tree_stands_bare() -> None:
    result = read(tree_page("100000001", [member("100000001")]), "family_tree")
    assert result.entity_id == "100000001"
    assert result.covers == (True, True)
    assert [table.name for table in CONTRACTS["family_tree"].results] == [
        "dw_family_tree",
        "dw_family_tree_members",
        "delivery",
    ]
    assert rows(result, "delivery")[0]["page_size"] == 1000


@pytest.mark.parametrize(
    ("blocks", "tables"),
    [
        (["companyinfo_L2_v1"], ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]),
        (["companyinfo_L3_v1"], ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]),
        (["CompanyInfo_L2_v1"], ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]),
        (["companyinfo_L1_v1"], []),
        (["companyinfo_L1_v1", "companyinfo_L2_v1", "companyinfo_L1_v2"], [TABLES[0], *TABLES[2:]]),
        (["hierarchyconnections_L1_v1"], ["dw_corporate_linkage"]),
        (["companyinfo_L2_v1", "hierarchyconnections_L1_v1"], TABLES),
        (["paymentinsight_L1_v1", "baseinfo_L1_v1"], []),
        (["companyinfo"], []),
    ],
)
def test_document_covers_by_its_blocks_and_their_levels(
    blocks: list[str], tables: list[str]
) -> None:
    assert covered(response(organization(), "2026-03-01", *blocks)) == tables


@pytest.mark.parametrize("status", ["error", "OK", "", None, 5, True])
def test_block_that_is_not_ok_covers_nothing(status: Any) -> None:
    document = response(organization(), "2026-03-01", "companyinfo_L2_v1")
    document["blockStatus"][0]["status"] = status
    assert covered(document) == []


def test_blocks_of_no_use_are_passed_over() -> None:
    document = response(organization(), "2026-03-01", "companyinfo_L2_v1")
    document["blockStatus"] += [None, {}, {"blockID": 5, "status": "ok"}, {"status": "ok"}]
    assert covered(document) == ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]


@pytest.mark.parametrize("blocks", [None, [], {}, ""])
def test_document_without_blocks_covers_by_what_is_there(blocks: Any) -> None:
    document = {**response(organization()), "blockStatus": blocks}
    assert covered(document) == ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]


def test_blocks_given_as_one_object_are_a_list_of_one() -> None:
    document = response(organization(), "2026-03-01T10:00:00.000Z", "companyinfo_L2_v1")
    document["blockStatus"] = document["blockStatus"][0]
    assert covered(document) == ["dw_company_data", "dw_industry_code", "dw_stock_exchanges"]
    rules = [(f.column, f.rule) for f in read(document).findings]
    assert ("$.blockStatus", "single_object") in rules


@pytest.mark.parametrize(
    ("blocks", "path"), [("ok", "$.blockStatus"), (["ok"], "$.blockStatus[0]")]
)
def test_blocks_of_a_wrong_shape_are_refused(blocks: Any, path: str) -> None:
    assert places(read({**response(company()), "blockStatus": blocks})) == [("shape", path)]


@pytest.mark.parametrize(
    ("error", "path", "value", "words"),
    [
        (
            {"error": {"errorCode": "40105", "errorMessage": "Insufficient data"}},
            "$.error",
            "40105",
            "40105: Insufficient data",
        ),
        (
            {"error": {"errorCode": "10002", "errorMessage": "Bad", "errorDetails": [{"a": "b"}]}},
            "$.error",
            "10002",
            "10002: Bad",
        ),
        (
            {"result": {"errorCode": "00040", "errorMessage": "No", "actionStatus": "Failed"}},
            "$.result",
            "00040",
            "00040: No",
        ),
        (
            {"error": "invalid_request", "error_description": "No grant type"},
            "$.error",
            "invalid_request",
            "invalid_request: No grant type",
        ),
        (
            {"code": "SVC-500", "message": "api call failure!"},
            "$.code",
            "SVC-500",
            "SVC-500: api call failure!",
        ),
    ],
)
@pytest.mark.parametrize("kind", ["data_blocks", "family_tree"])
def test_error_body_is_refused_in_the_vendors_words(
    kind: str, error: Json, path: str, value: str, words: str
) -> None:
    envelope = {"transactionDetail": {"transactionID": "t"}, "inquiryDetail": {"duns": "100000001"}}
    for document in (error, {**envelope, **error}):
        (violation,) = read(document, kind).violations
        assert (violation.rule, violation.json_path) == ("vendor_error", path)
        assert (violation.value, violation.line) == (value, 1)
        assert violation.reason == f"D&B answered with an error instead of data: {words}"


def test_error_body_beside_an_empty_record_is_told_first() -> None:
    error = {"errorCode": "10001", "errorMessage": "Not found"}
    assert places(read({"error": error, "organization": {}})) == [("vendor_error", "$.error")]
    result = read({"error": error, "organization": None})
    assert places(result)[0] == ("vendor_error", "$.error")


def test_error_words_beside_data_do_not_refuse_it() -> None:
    assert company_row(read({**company(), "code": "X", "error": "none"}))["duns"] == "100000001"


@pytest.mark.parametrize("time", [None, "", {}, []])
def test_source_time_that_is_missing_is_the_files(time: Any) -> None:
    assert read(response(company(), time)).source_timestamp == REF
    assert read(company()).source_timestamp == REF


@pytest.mark.parametrize("time", ["soon", 1772359200, "2026-02-30T00:00:00Z", ["2026-03-01"]])
def test_source_time_that_is_none_is_refused(time: Any) -> None:
    path = "$.transactionDetail.transactionTimestamp"
    assert places(read(response(company(), time))) == [("type", path)]


def test_source_time_a_day_ahead_is_taken() -> None:
    assert read(response(company(), "2026-03-03T08:00:00Z")).violations == []
    assert read(company(), ref_time=LOAD + timedelta(days=1)).violations == []


def test_source_time_over_a_day_ahead_is_refused() -> None:
    (violation,) = read(response(company(), "2026-03-03T08:00:00.001Z")).violations
    assert (violation.rule, violation.json_path, violation.value) == (
        "source_time",
        "$.transactionDetail.transactionTimestamp",
        "2026-03-03T08:00:00.001Z",
    )
    assert violation.reason == (
        "the document's time 2026-03-03 08:00:00 UTC is more than a day after it was loaded"
    )


def test_files_time_over_a_day_ahead_is_refused() -> None:
    (violation,) = read(company(), ref_time=datetime(2026, 3, 4, tzinfo=UTC)).violations
    assert (violation.rule, violation.json_path, violation.value) == (
        "source_time",
        "$",
        "2026-03-04",
    )
    assert violation.reason == (
        "the document has no time of its own, and the date 2026-03-04 in its file's name is more "
        "than a day after it was loaded"
    )


@pytest.mark.parametrize("error", [{"error": ""}, {"error": []}, {"result": {}}, {"code": {}}])
def test_body_without_an_errors_words_lacks_what_is_mandatory(error: Json) -> None:
    assert places(read(error)) == [("mandatory", "$.duns"), ("mandatory", "$.primaryName")]
