from typing import Any

import pytest
from documents import member, tree_page
from kernels import LOAD, REF, changed, company, company_row, places, read, rows, to_bytes

from firmograph.kernel.kernel import Kernel
from firmograph.kernel.reference import read_reference
from firmograph.kernel.result import Finding, Violation


@pytest.mark.parametrize("spelling", ["null", "{}", "[]", '""'])
@pytest.mark.parametrize(
    ("key", "columns"),
    [
        ("registeredName", ["registered_name"]),
        ("incorporatedDate", ["incorporated_date"]),
        ("primaryAddress", ["primary_address_country", "postal_code"]),
        ("businessEntityType", ["business_entity_type", "business_dnb_code"]),
        ("dunsControlStatus", ["operating_status", "is_delisted"]),
        ("numberOfEmployees", ["employees"]),
        ("financials", ["yearly_revenue_usd"]),
        ("inquiryDetail", ["inquiry_duns"]),
    ],
)
def test_missing_value_is_null_however_it_is_spelled(
    spelling: str, key: str, columns: list[str]
) -> None:
    raw = f'{{"duns":"100000001","primaryName":"A","{key}":{spelling}}}'
    row = company_row(read(raw))
    assert [row[column] for column in columns] == [None] * len(columns)


@pytest.mark.parametrize("spelling", ["null", "{}", "[]", '""'])
def test_missing_value_inside_is_null_however_it_is_spelled(spelling: str) -> None:
    raw = (
        '{"duns":"100000001","primaryName":"A","primaryAddress":{"addressRegion":%s},'
        '"numberOfEmployees":[%s,{"informationScopeDnBCode":9067,"value":%s}],'
        '"dunsControlStatus":{"isDelisted":%s},"industryCodes":%s,"blockStatus":%s}'
    ) % ((spelling,) * 6)
    result = read(raw)
    row = company_row(result)
    names = ["primary_address_region", "employees", "is_delisted"]
    assert [row[name] for name in names] == [None, None, None]
    assert rows(result, "dw_industry_code") == []


@pytest.mark.parametrize("spelling", [None, {}, [], ""])
def test_missing_mandatory_value_is_refused_however_it_is_spelled(spelling: Any) -> None:
    assert places(read(company(primaryName=spelling))) == [("mandatory", "$.primaryName")]


def test_every_violation_is_listed_with_its_value_and_place() -> None:
    raw = """{"organization": {
  "duns": "81466849",
  "primaryName": null,
  "startDate": "1993-13",
  "dunsControlStatus": {"isDelisted": "maybe"},
  "businessEntityType": {"dnbCode": 4.5}, "primaryAddress": "Seestrasse 1"
}}"""
    assert read(raw).violations == [
        Violation(
            "type", "$.organization.duns", "81466849", "duns is not nine digits in quotes"
        )._replace(line=2, column=11),
        Violation(
            "mandatory",
            "$.organization.primaryName",
            None,
            "primaryName is missing; dw_company_data cannot do without it",
            3,
            18,
        ),
        Violation(
            "shape",
            "$.organization.primaryAddress",
            "Seestrasse 1",
            "primaryAddress is not a JSON object",
            6,
            61,
        ),
        Violation(
            "type",
            "$.organization.businessEntityType.dnbCode",
            "4.5",
            "dnbCode is not a whole number of at most 64 bits",
            6,
            37,
        ),
        Violation(
            "type",
            "$.organization.startDate",
            "1993-13",
            "startDate is not a date as 1975, 1986-02 or 1993-09-22",
            4,
            16,
        ),
        Violation(
            "type",
            "$.organization.dunsControlStatus.isDelisted",
            "maybe",
            "isDelisted is not true or false",
            5,
            39,
        ),
    ]


def test_refused_document_has_no_rows() -> None:
    result = read(company(startDate="soon"))
    assert (result.entity_id, result.rows, result.covers) == ("100000001", [], ())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x" * 200, "x" * 200),
        ("x" * 201, "x" * 199 + "…"),
        ("x" * 1_000_000, "x" * 199 + "…"),
        ([5, 1.5, None, "ü"], '[5, 1.5, null, "ü"]'),
        ({"a": {"b": True}}, '{"a": {"b": true}}'),
        (["y" * 300], '["' + "y" * 197 + "…"),
        (True, "true"),
    ],
)
def test_refused_value_is_shown_as_written_in_200_characters(value: Any, shown: str) -> None:
    (violation,) = read(company(startDate=value)).violations
    assert violation.value == shown


def test_refused_value_shows_its_numbers_as_written() -> None:
    raw = '{"duns":"100000001","primaryName":"A","startDate":[0.1000, 4.5E11, 1e400, -0, {"a": 1}]}'
    (violation,) = read(raw).violations
    assert violation.value == '[0.1000, 4.5E11, 1e400, -0, {"a": 1}]'


def test_number_where_text_is_declared_is_kept_as_written_and_counted() -> None:
    raw = '{"duns":"100000001","primaryName":4.5E11,"registeredName":0.1000,"fiscalYearEnd":-0}'
    result = read(raw)
    row = company_row(result)
    assert [row[name] for name in ("primary_name", "registered_name", "fiscal_year_end")] == [
        "4.5E11",
        "0.1000",
        "-0",
    ]
    assert result.findings == [
        Finding("dw_company_data", "primary_name", "number_as_text", "100000001"),
        Finding("dw_company_data", "registered_name", "number_as_text", "100000001"),
        Finding("dw_company_data", "fiscal_year_end", "number_as_text", "100000001"),
    ]


def test_values_of_every_type_come_as_declared() -> None:
    result = read(
        company(
            businessEntityType={"dnbCode": 451.0},
            startDate="1986-02",
            dunsControlStatus={"isDelisted": False},
            financials=[
                {
                    "informationScopeDnBCode": 9066,
                    "yearlyRevenue": [{"currency": "USD", "value": 64185801135}],
                }
            ],
            inquiryDetail={"duns": "001234567"},
        )
    )
    row = company_row(result)
    assert row["business_dnb_code"] == 451
    assert row["start_date"] == "1986-02"
    assert row["is_delisted"] is False
    assert (row["yearly_revenue_usd"], type(row["yearly_revenue_usd"])) == (64185801135.0, float)
    assert row["inquiry_duns"] == "001234567"


def test_expected_value_is_counted_where_it_is_missing_from_a_covering_document() -> None:
    result = read(company(primaryAddress={"addressCountry": {"name": "Switzerland"}}))
    assert [(f.column, f.rule, f.example) for f in result.findings] == [
        ("registered_name", "expected", "100000001"),
        ("primary_address_region", "expected", "100000001"),
        ("primary_address_street", "expected", "100000001"),
    ]


def test_expected_value_is_not_counted_where_the_document_does_not_speak() -> None:
    assert read(company()).findings == []


def test_missing_value_under_a_quoted_key_is_named_as_a_json_path() -> None:
    contract = changed(
        "'page[number]'\", type: integer}",
        "'page[number]'\", type: integer, rule: mandatory}",
        "family_tree",
    )
    page = tree_page("100000001", [member("100000001")])
    del page["inquiryDetail"]["page[number]"]
    (violation,) = Kernel(contract).read(to_bytes(page), REF, LOAD).violations
    assert violation.json_path == "$.inquiryDetail['page[number]']"


def test_mandatory_value_is_never_null_in_a_row() -> None:
    contract = changed('value", type: integer}', 'value", type: integer, rule: mandatory}')
    raw = to_bytes(company(numberOfEmployees=[{"informationScopeDnBCode": 9067, "value": "many"}]))
    assert read_reference(contract, raw, REF, LOAD).violations != []
