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
  "startDate": "1993-13"
}}"""
    contract = changed(
        "startDate, type: partial_date}", "startDate, type: partial_date, fault: refuse}"
    )
    assert Kernel(contract).read(raw.encode(), REF, LOAD).violations == [
        Violation(
            "type", "$.organization.duns", "81466849", "duns is not nine digits in quotes"
        )._replace(line=2, column=11),
        Violation(
            "mandatory",
            "$.organization.primaryName",
            None,
            "primaryName is missing; dw_company_data requires it",
            3,
            18,
        ),
        Violation(
            "type",
            "$.organization.startDate",
            "1993-13",
            "startDate is not a date as 1975, 1986-02 or 1993-09-22",
            4,
            16,
        ),
    ]


@pytest.mark.parametrize(
    ("fields", "column", "shown"),
    [
        ({"incorporatedDate": "0000-00-00"}, "incorporated_date", "0000-00-00"),
        ({"businessEntityType": {"dnbCode": 4.5}}, "business_dnb_code", "4.5"),
        ({"dunsControlStatus": {"isDelisted": 0}}, "is_delisted", "0"),
        (
            {"primaryAddress": {"addressRegion": "Bern"}},
            "primary_address_region",
            "Bern",
        ),
        (
            {"corporateLinkage": {"parent": {"duns": "81466849"}}},
            "parent_duns",
            "81466849",
        ),
    ],
)
def test_unfit_optional_value_is_null_and_a_finding(
    fields: dict[str, Any], column: str, shown: str
) -> None:
    result = read(company(**fields))
    row = company_row(result) | {"parent_duns": None}
    assert row[column] is None
    (found,) = [f for f in result.findings if f.column == column and f.rule != "expected"]
    (key,) = fields
    assert found.rule == "unfit"
    assert found.example.startswith(f"100000001 $.{key}")
    assert found.example.endswith(f": {shown}")


def test_refused_document_has_no_rows() -> None:
    result = read(company(primaryName=["A"]))
    assert (result.entity_id, result.rows, result.covers) == ("100000001", [], ())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (["x" * 300], '["' + "x" * 197 + "…"),
        ([5, 1.5, None, "ü"], '[5, 1.5, null, "ü"]'),
        ({"a": {"b": True}}, '{"a": {"b": true}}'),
        (True, "true"),
    ],
)
def test_refused_value_is_shown_as_written_in_200_characters(value: Any, shown: str) -> None:
    (violation,) = read(company(primaryName=value)).violations
    assert violation.value == shown


@pytest.mark.parametrize(
    ("value", "shown"), [("x" * 200, "x" * 200), ("x" * 1_000_000, "x" * 199 + "…")]
)
def test_refused_text_is_cut_at_200_characters(value: str, shown: str) -> None:
    (violation,) = read({"duns": value, "primaryName": "A"}).violations
    assert violation.value == shown


def test_unfit_value_of_a_finding_is_cut_at_60_characters() -> None:
    (finding,) = read(company(startDate="x" * 1_000)).findings
    assert finding.example == "100000001 $.startDate: " + "x" * 59 + "…"


def test_refused_value_shows_its_numbers_as_written() -> None:
    raw = '{"duns":"100000001","primaryName":[0.1000, 4.5E11, 1e400, -0, {"a": 1}]}'
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

    def warning(column: str, example: str) -> Finding:
        return Finding("dw_company_data", column, "number_as_text", example)

    assert result.findings == [
        warning("primary_name", "100000001 $.primaryName: 4.5E11"),
        warning("registered_name", "100000001 $.registeredName: 0.1000"),
        warning("fiscal_year_end", "100000001 $.fiscalYearEnd: -0"),
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
    address = {"addressCountry": {"name": "Switzerland"}}
    result = read(company(primaryAddress=address, industryCodes=[], stockExchanges=None))
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
    contract = changed(
        "type: integer\n      employees_scope",
        "type: integer\n        rule: mandatory\n      employees_scope",
    )
    raw = to_bytes(company(numberOfEmployees=[{"informationScopeDnBCode": 9067, "value": "many"}]))
    assert read_reference(contract, raw, REF, LOAD).violations != []
