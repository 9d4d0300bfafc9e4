"""The plain reader, by values typed by hand from the contract, not taken from the kernel."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from documents import member, organization, response, tree_page

from firmograph.contract.load import canonical, parse_contract
from firmograph.contract.registry import load_contracts
from firmograph.verify.plain import PageFacts, PlainDocument
from firmograph.verify.plain_contracts import PlainContract
from firmograph.verify.values import Fault, Literal, convert, is_missing

CONTRACTS = {
    name: PlainContract(body) for name, body in canonical(load_contracts().values()).items()
}
BLOCKS, TREES = CONTRACTS["data_blocks"], CONTRACTS["family_tree"]
INDUSTRY = "dw_industry_code"


def read(document: Any, contract: PlainContract = BLOCKS) -> PlainDocument:
    return PlainDocument(contract, json.dumps(document).encode())


def rows(document: Any, name: str, contract: PlainContract = BLOCKS) -> list[dict[str, Any]]:
    """Rows of a table by column, without what is NULL."""
    table = next(table for table in contract.tables if table.name == name)
    names = [column.name for column in table.read]
    found = (dict(zip(names, row, strict=True)) for row in read(document, contract).rows(table))
    return [{k: v for k, v in row.items() if v is not None} for row in found]


@pytest.mark.parametrize(
    ("kind", "value", "converted"),
    [
        ("text", "a", "a"),
        ("text", Literal("0.1000"), "0.1000"),
        ("duns", "012345678", "012345678"),
        ("integer", Literal("-0"), 0),
        ("integer", "12", 12),
        ("integer", Literal("1.50e1"), 15),
        ("integer", Literal("9223372036854775807"), 2**63 - 1),
        ("integer", Literal("-9223372036854775808"), -(2**63)),
        ("double", Literal("4.5E11"), 4.5e11),
        ("double", "-1", -1.0),
        ("boolean", False, False),
        ("boolean", "true", True),
        ("partial_date", "1975", "1975"),
        ("partial_date", "2024-02-29", "2024-02-29"),
        ("present", [], True),
        ("timestamp", "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("timestamp", "2026-03-01 10:05", datetime(2026, 3, 1, 10, 5, tzinfo=UTC)),
        ("timestamp", "2026-03-01T00:30:00+0530", datetime(2026, 2, 28, 19, tzinfo=UTC)),
        (
            "timestamp",
            "2026-03-01T10:00:00.1234567-01:00",
            datetime(2026, 3, 1, 11, 0, 0, 123456, tzinfo=UTC),
        ),
    ],
)
def test_value_is_converted(kind: str, value: Any, converted: Any) -> None:
    found = convert(kind, value)
    assert (type(found), found) == (type(converted), converted)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", True),
        ("text", ["a"]),
        ("text", "\ud800"),
        ("duns", "12345678"),
        ("duns", "1234567890"),
        ("duns", "١٢٣٤٥٦٧٨٩"),
        ("integer", Literal("1.5")),
        ("integer", Literal("9223372036854775808")),
        ("integer", Literal("1e99999999999999999999")),
        ("integer", "012"),
        ("integer", True),
        ("double", Literal("1e400")),
        ("double", "inf"),
        ("boolean", "yes"),
        ("boolean", Literal("1")),
        ("partial_date", "2023-02-29"),
        ("partial_date", "1986-13"),
        ("partial_date", "0000"),
        ("partial_date", "1986-2"),
        ("timestamp", "20260301"),
        ("timestamp", "2026-03-01T25:00"),
        ("timestamp", "0001-01-01T00:00+10:00"),
    ],
)
def test_value_that_does_not_fit_is_a_fault(kind: str, value: Any) -> None:
    with pytest.raises(Fault):
        convert(kind, value)


@pytest.mark.parametrize("value", [None, {}, [], "", " ", "\t\n", "\u00a0\u3000"])
def test_null_is_spelled_in_five_ways(value: Any) -> None:
    assert is_missing(value)


@pytest.mark.parametrize("value", [False, Literal("0"), " a ", "None", [None], {"a": None}])
def test_everything_else_is_a_value(value: Any) -> None:
    assert not is_missing(value)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda record: record,
        lambda record: {"organization": record},
        lambda record: {"rawDnbData": {"organization": record}},
    ],
)
def test_record_is_found_bare_and_in_both_envelopes(wrap: Any) -> None:
    document = wrap(organization(defaultCurrency="CHF", primaryIndustryCode={"usSicV4": 2066}))
    (row,) = rows(document, "dw_company_data")
    assert (row["duns"], row["default_currency"], row["sic_id"]) == ("100000001", "CHF", "2066")


def test_value_beside_the_record_stands_in_the_records_envelope() -> None:
    envelope = response(organization())
    inner = {"rawDnbData": envelope, "inquiryDetail": {"duns": "999999999"}}
    (row,) = rows(inner, "dw_company_data")
    assert row["inquiry_duns"] == "100000001"


@pytest.mark.parametrize("document", [[], {"organization": []}, {"organization": {}}])
def test_document_without_an_entity_is_a_fault(document: Any) -> None:
    with pytest.raises(Fault):
        read(document).entity()


def test_element_is_picked_by_its_code_and_the_next_place_is_looked_at() -> None:
    document = organization(
        numberOfEmployees=[
            {"informationScopeDnBCode": 9066, "value": 5},
            None,
            {"informationScopeDnBCode": 9067, "value": 20},
        ],
        financials={
            "informationScopeDnBCode": 9068,
            "yearlyRevenue": [{"currency": "EUR", "value": 1}, {"currency": "USD", "value": 2}],
        },
    )
    (row,) = rows(document, "dw_company_data")
    assert (row["employees"], row["yearly_revenue_usd"]) == (20, 2.0)


def test_value_that_does_not_fit_is_null_unless_mandatory() -> None:
    figures = [{"informationScopeDnBCode": 9067, "value": "many"}]
    (row,) = rows(organization(numberOfEmployees=figures), "dw_company_data")
    assert "employees" not in row
    (row,) = rows(organization(businessEntityType={"dnbCode": "c"}), "dw_company_data")
    assert "business_dnb_code" not in row
    with pytest.raises(Fault, match="is not text"):
        rows(organization(primaryName=["A"]), "dw_company_data")


def test_element_without_its_key_is_left_out_and_of_one_key_the_first_stands() -> None:
    codes = [
        {"typeDnBCode": 1, "priority": 1, "code": "first"},
        {"typeDnbCode": "1", "priority": 1, "code": "second"},
        {"typeDnBCode": 1, "code": "no priority"},
        {"typeDnBCode": 1, "priority": 2, "code": ["wrong"]},
        {"typeDnBCode": {}, "typeDnbCode": 3, "priority": 1.0},
        [],
        None,
    ]
    assert rows(organization(industryCodes=codes), INDUSTRY) == [
        {"duns": "100000001", "type_dnb_code": 1, "priority": 1, "code": "first"},
        {"duns": "100000001", "type_dnb_code": 1, "priority": 2},
        {"duns": "100000001", "type_dnb_code": 3, "priority": 1},
    ]


def test_row_of_nothing_but_its_key_is_left_out() -> None:
    assert rows(organization(corporateLinkage={"parent": {}}), "dw_corporate_linkage") == []
    linked = {"headQuarter": {"duns": "100000002"}}
    assert rows(organization(corporateLinkage=linked), "dw_corporate_linkage") == [
        {"duns": "100000001", "parent_duns": "100000002"}
    ]


@pytest.mark.parametrize(
    ("blocks", "covers"),
    [
        (("companyinfo_L2_v1",), [True, False, True, True]),
        (("companyinfo_L1_v1",), [False, False, False, False]),
        (("CompanyInfo_L3_v2", "hierarchyconnections_L1_v1"), [True, True, True, True]),
        (("paymentinsight_L1_v1",), [False, False, False, False]),
        ((), [True, False, True, True]),
    ],
)
def test_document_covers_what_its_blocks_or_else_its_paths_say(
    blocks: tuple[str, ...], covers: list[bool]
) -> None:
    assert [table.name for table in BLOCKS.tables] == [
        "dw_company_data",
        "dw_corporate_linkage",
        "dw_industry_code",
        "dw_stock_exchanges",
    ]
    assert read(response(organization(), "2026-03-01", *blocks)).covers() == covers


@pytest.mark.parametrize(
    ("linkage", "covers"),
    [
        ({}, True),
        (None, True),
        ({"hierarchyLevel": 1}, False),
        ({"parent": {"duns": None}, "familytreeRolesPlayed": [{"dnbCode": 9141}]}, False),
        ({"domesticUltimate": {"duns": "100000002"}}, True),
        ({"domesticUltimate": {"duns": "10000002"}, "parent": {"duns": 1000002}}, False),
    ],
)
def test_delivered_linkage_covers_unless_it_names_no_company(linkage: Any, covers: bool) -> None:
    record = organization(corporateLinkage=linkage)
    document = response(record, "2026-03-01", "hierarchyconnections_L1_v1")
    assert read(document).covers() == [False, covers, False, False]


def test_block_that_did_not_come_covers_nothing() -> None:
    document = response(organization(), "2026-03-01", "companyinfo_L2_v1")
    document["blockStatus"][0]["status"] = "failed"
    assert read(document).covers() == [False] * 4


def test_path_that_holds_null_covers() -> None:
    record = {"duns": "100000001", "industryCodes": None, "startDate": None, "legalForm": {}}
    assert read(record).covers() == [False, False, True, False]


def test_source_time_is_the_vendors_else_the_files_day() -> None:
    day = date(2026, 2, 3)
    assert read(organization()).source_time(day) == datetime(2026, 2, 3, tzinfo=UTC)
    assert read(response(organization(), "2026-01-01T05:00:00Z")).source_time(day) == datetime(
        2026, 1, 1, 5, tzinfo=UTC
    )


def test_page_is_numbered_by_the_inquiry_else_its_link_else_beside_it() -> None:
    members = [member("100000009")]
    page = tree_page("100000009", members, number=2, of=3, count=7, excluded=True)
    page["branchesExcludedMembersCount"] = 5
    assert read(page, TREES).page(9) == PageFacts(2, 3, 1000, 7, 5, branches_excluded=True)
    del page["inquiryDetail"]
    assert read(page, TREES).page(9) == PageFacts(2, 3, 1000, 7, 5, branches_excluded=False)
    page["links"] = {"self": "https://plus.dnb.com/?x=1&page[number]=4#top"}
    assert read(page, TREES).page(9) == PageFacts(4, None, None, 7, 5, branches_excluded=False)
    del page["links"]
    assert read(page, TREES).page(9).page_number == 9
    assert read(page, TREES).page(None).page_number is None


def test_counts_below_one_are_unknown() -> None:
    page = tree_page("100000009", [member("100000009")], number=-1, count=-1, size=-2)
    del page["links"]
    assert read(page, TREES).page(None) == PageFacts(
        None, None, None, None, None, branches_excluded=False
    )


def test_page_that_counts_no_members_may_list_none() -> None:
    assert not read(tree_page("100000009", []), TREES).page(None).has_members


@pytest.mark.parametrize("listed", [None, [], {}, [None], [{"duns": "1"}]], ids=str)
def test_page_without_members_is_a_fault(listed: object) -> None:
    page = tree_page("100000009", [], count=9) | {"familyTreeMembers": listed}
    with pytest.raises(Fault, match="lists no member that can be used"):
        read(page, TREES).page(None)


def test_member_has_its_roles_and_figures() -> None:
    members = [
        {
            "duns": "100000009",
            "corporateLinkage": {"familytreeRolesPlayed": [{"dnbCode": 12774}]},
            "numberOfEmployees": [{"value": 3}, {"value": 4}],
            "financials": [{"yearlyRevenues": [{"value": "1.5"}]}],
        }
    ]
    assert rows(tree_page("100000009", members), "dw_family_tree_members", TREES) == [
        {
            "global_duns": "100000009",
            "duns": "100000009",
            "is_branch": False,
            "is_domestic_ultimate": True,
            "employees": 3,
            "yearly_revenue": 1.5,
        }
    ]


def test_mandatory_value_of_an_element_leaves_it_out() -> None:
    from importlib import resources

    file = resources.files("firmograph.contract").joinpath("declared", "data_blocks.yaml")
    text = file.read_text("utf-8").replace("code: code", "code: {path: code, rule: mandatory}")
    contract = parse_contract(text, "data_blocks.yaml")
    (body,) = canonical([contract]).values()
    codes = [{"typeDnBCode": 1, "priority": 1}, {"typeDnBCode": 1, "priority": 2, "code": "a"}]
    found = rows(organization(industryCodes=codes), INDUSTRY, PlainContract(body))
    assert [row["priority"] for row in found] == [2]


@pytest.mark.parametrize(
    "more",
    [
        {"matchQualityInformation": {"confidenceCode": 4}},
        {"displaySequence": 1},
        {"matchCandidates": []},
        {"rawDnbData": {}, "embeddedProduct": {"organization": {}}},
    ],
)
def test_candidate_is_not_a_record(more: dict[str, Any]) -> None:
    with pytest.raises(Fault, match="says that it is a candidate"):
        read({"organization": organization(), **more})
    assert read({"organization": organization(), **dict.fromkeys(more)}).entity() == "100000001"


@pytest.mark.parametrize("number", ["1e1000000000000000000", "1e-1000000000000000000", "9" * 5000])
def test_number_beyond_all_bounds_is_unfit(number: str) -> None:
    with pytest.raises(Fault):
        convert("integer", number)
    with pytest.raises(Fault):
        convert("integer", Literal(number))
