"""Codes, scopes, dates, units and missing values in every spelling, on both paths."""

from typing import Any

import pytest
from documents import member, organization, response, tree_page
from kernels import (
    CONTRACTS,
    LOAD,
    REF,
    agree,
    company,
    company_row,
    compiled,
    places,
    read,
    rows,
    to_bytes,
    with_column,
)
from strange_values import REVENUE, ROLES, STAFF, revenue, staff

from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Finding

Json = dict[str, Any]
FAST = compiled(CONTRACTS["data_blocks"])
COVERED = ["dw_company_data", "dw_corporate_linkage", "dw_industry_code", "dw_stock_exchanges"]


@pytest.mark.parametrize(("figures", "expected"), STAFF)
def test_employees_are_of_the_first_scope_and_its_newest_date(
    figures: list[Json], expected: tuple[int | None, str | None]
) -> None:
    row = company_row(read(company(numberOfEmployees=figures)))
    assert (row["employees"], row["employees_scope"]) == expected


@pytest.mark.parametrize(("figures", "expected"), REVENUE)
def test_revenue_is_in_single_units_and_says_its_scope(
    figures: list[Json], expected: tuple[float | None, str | None]
) -> None:
    row = company_row(read(company(financials=figures)))
    assert (row["yearly_revenue_usd"], row["yearly_revenue_scope"]) == expected


@pytest.mark.parametrize(("roles", "expected"), ROLES)
def test_roles_go_by_codes_as_numbers(
    roles: list[Json], expected: tuple[bool | None, bool | None]
) -> None:
    one = member("100000001")
    one["corporateLinkage"]["familytreeRolesPlayed"] = roles
    result = read(tree_page("100000001", [one]), "family_tree")
    (row,) = rows(result, "dw_family_tree_members")
    assert (row["is_branch"], row["is_domestic_ultimate"]) == expected


def test_code_that_is_no_number_is_a_finding_with_its_path() -> None:
    result = read(company(numberOfEmployees=[staff({"$numberInt": "9067"}, 140)]))
    example = '100000001 $.numberOfEmployees[0].informationScopeDnBCode: {"$numberInt": "9067"}'
    assert result.findings == [Finding("dw_company_data", "employees", "unfit", example)]


def test_unknown_unit_is_a_finding_with_its_path() -> None:
    result = read(company(financials=[revenue(9067, 9.0, "Dozen")]))
    example = "100000001 $.financials[0].unitCode: Dozen"
    assert result.findings == [Finding("dw_company_data", "yearly_revenue_usd", "unfit", example)]


def test_date_that_is_none_comes_last_and_is_a_finding() -> None:
    result = read(company(numberOfEmployees=[staff(9067, 1, "soon"), staff(9067, 2, "2024")]))
    example = "100000001 $.numberOfEmployees[0].employeeFiguresDate: soon"
    assert result.findings == [Finding("dw_company_data", "employees", "unfit", example)]


def test_several_of_the_newest_date_are_ambiguous() -> None:
    figures = [staff(9067, 1, "2025"), staff(9067, 2, "2025"), staff(9067, 3, "2024")]
    result = read(company(numberOfEmployees=figures))
    assert company_row(result)["employees"] == 1
    assert [finding.rule for finding in result.findings] == ["ambiguous"]


def test_members_revenue_is_in_single_units() -> None:
    one = member(
        "100000001", financials=[{"unitCode": "Million", "yearlyRevenues": [{"value": 1.5}]}]
    )
    (row,) = rows(read(tree_page("100000001", [one]), "family_tree"), "dw_family_tree_members")
    assert row["yearly_revenue"] == 1500000.0


@pytest.mark.parametrize("name", ["None", " ", "\t", "\u00a0"])
def test_blank_name_is_missing(name: str) -> None:
    assert places(read(company(primaryName=name))) == [("mandatory", "$.primaryName")]


@pytest.mark.parametrize("text", [" None ", "none", "None."])
def test_text_like_a_missing_value_is_kept_on_both_paths(text: str) -> None:
    raw = to_bytes(company(registeredName=text))
    assert agree(CONTRACTS["data_blocks"], FAST, raw)
    assert company_row(read(company(registeredName=text)))["registered_name"] == text


@pytest.mark.parametrize("blank", ["None", "  ", "\u3000"])
def test_blank_text_is_null_everywhere(blank: str) -> None:
    address = {"postalCode": blank, "addressCountry": {"isoAlpha2Code": blank, "name": blank}}
    listing = {
        "tickerName": "SIX:A",
        "exchangeCountry": blank,
        "exchangeName": {"description": blank},
    }
    result = read(
        company(
            primaryAddress=address,
            countryISOAlpha2Code="CH",
            incorporatedDate=blank,
            dunsControlStatus={"isDelisted": blank},
            industryCodes=blank,
            stockExchanges=[listing],
            numberOfEmployees=blank,
        )
    )
    row = company_row(result)
    assert [row[name] for name in ("postal_code", "primary_address_country")] == [None, None]
    assert [row[name] for name in ("incorporated_date", "is_delisted")] == [None, None]
    assert row["primary_address_country_code"] == "CH"
    (listed,) = rows(result, "dw_stock_exchanges")
    assert (listed["country"], listed["exchange_name"]) == (None, None)
    assert {finding.rule for finding in result.findings} == {"expected"}


@pytest.mark.parametrize("key", ["headQuarter", "headquarter"])
def test_headquarters_are_the_link_upward_in_both_spellings(key: str) -> None:
    record = company(corporateLinkage={key: {"duns": "100000007"}})
    assert rows(read(record), "dw_corporate_linkage")[0]["parent_duns"] == "100000007"
    one = member("100000001", corporateLinkage={key: {"duns": "100000007"}})
    (row,) = rows(read(tree_page("100000001", [one]), "family_tree"), "dw_family_tree_members")
    assert row["parent_duns"] == "100000007"


@pytest.mark.parametrize(
    "figures",
    [
        {"numberOfEmployees": [staff(9067.0, 140, "2025-12-31"), staff(9066.0, 6, "2026")]},
        {"financials": [revenue(9067, 9.0, "Thousand", "2025"), revenue(9067, 8.0, None, "2024")]},
        {"corporateLinkage": {}, "legalForm": "any", "unspscCodes": {"a": 1}, "industryCodes": []},
    ],
)
def test_strange_but_sound_values_take_the_fast_path(figures: Json) -> None:
    for document in (organization(**figures), response(organization(**figures))):
        assert agree(CONTRACTS["data_blocks"], FAST, to_bytes(document))


@pytest.mark.parametrize(
    ("column", "fields", "value"),
    [
        ("extra: {path: amount, type: double, unit: unit}", {"amount": 2, "unit": "Million"}, 2e6),
        (
            "extra: {path: a.amount, type: double, unit: unit}",
            {"a": {"amount": 2}, "unit": "K"},
            None,
        ),
        (
            'extra: "items[newest at].name"',
            {"items": [{"at": "2024", "name": "a"}, {"at": "2025", "name": "b"}]},
            "b",
        ),
        (
            'extra: "items[kind=x, newest at].name"',
            {"items": [{"kind": "x", "name": "a"}, {"at": "2025", "name": "b"}]},
            "a",
        ),
        (
            'extra: {path: "items[kind=7, newest at]", type: present}',
            {"items": [{"kind": "7"}, {"kind": [7]}]},
            True,
        ),
        (
            'extra: {path: "items[kind=7] | others[kind=8]", type: present}',
            {"others": [{"kind": 8}]},
            True,
        ),
        ("extra: {path: {one: a.b, two: c | d}}", {"d": "x"}, "x"),
        ("extra: {path: $.a, type: timestamp}\n      text: $.b", {"a": "2026-03-01"}, REF),
    ],
)
def test_paths_agree_on_every_form_of_the_grammar(column: str, fields: Json, value: Any) -> None:
    contract = with_column(column)
    raw = to_bytes(company(**fields))
    result = Kernel(contract).read(raw, REF, LOAD)
    assert rows(result, "dw_company_data", contract)[0]["extra"] == value
    agree(contract, compiled(contract), raw)


def covered(document: Json) -> list[str]:
    """The tables that a document covers."""
    return [
        name for name, is_covered in zip(COVERED, read(document).covers, strict=True) if is_covered
    ]


CANDIDATE: Json = {
    "primaryAddress": {"addressCountry": {"name": "Switzerland"}},
    "tradeStyleNames": [],
    "telephone": [],
    "industryCodes": [],
    "numberOfEmployees": [staff(9067, 5)],
    "corporateLinkage": {"familytreeRolesPlayed": [{"dnbCode": 9141}]},
}


def test_thin_record_without_blocks_covers_nothing() -> None:
    assert covered(company(**CANDIDATE)) == []


@pytest.mark.parametrize("value", [None, {}, [], "", "x"])
def test_keys_of_a_whole_record_are_evidence_even_as_null(value: Any) -> None:
    record = company(primaryAddress=None, legalForm=value, unspscCodes=value)
    assert covered(record) == ["dw_company_data"]
    record["stockExchanges"] = None
    assert covered(record) == ["dw_company_data", "dw_stock_exchanges"]


@pytest.mark.parametrize(
    ("linkage", "is_covered"),
    [
        (None, False),
        ({}, False),
        ({"hierarchyLevel": 1, "globalUltimate": {}}, False),
        ({"parent": {"duns": " "}, "familytreeRolesPlayed": []}, False),
        ({"globalUltimate": {"duns": "100000001"}}, True),
        ({"headquarter": {"duns": "100000001"}}, True),
    ],
)
def test_linkage_without_blocks_is_covered_where_it_names_a_company(
    linkage: Any, is_covered: bool
) -> None:
    assert (covered(company(corporateLinkage=linkage)) == ["dw_corporate_linkage"]) is is_covered


BOUGHT = ("companyinfo_L2_v1", "hierarchyconnections_L1_v1")


def test_bought_block_covers_whatever_it_holds() -> None:
    assert covered(response(company(), "2026-03-01", *BOUGHT)) == COVERED


@pytest.mark.parametrize(
    ("linkage", "is_covered"),
    [
        (None, True),
        ({}, True),
        ("", True),
        ({"familytreeRolesPlayed": [{"dnbCode": 9141}]}, False),
        ({"hierarchyLevel": 1, "globalUltimate": {}}, False),
        ({"globalUltimate": {"primaryName": "A"}, "parent": {"duns": " "}}, False),
        ({"hierarchyLevel": 3, "parent": {"duns": "50000001"}}, False),
        ({"headquarter": {"duns": 100000002}}, True),
        ({"headquarter": {"duns": "5"}, "globalUltimate": {"duns": "100000002"}}, True),
        ({"parent": {"duns": "100000002"}}, True),
    ],
)
def test_linkage_of_a_bought_block_is_covered_unless_it_names_no_company(
    linkage: Any, is_covered: bool
) -> None:
    document = response(company(corporateLinkage=linkage), "2026-03-01", *BOUGHT)
    assert ("dw_corporate_linkage" in covered(document)) is is_covered


def test_empty_linkage_elsewhere_proves_nothing_about_the_record() -> None:
    linkage = {"familytreeRolesPlayed": [{"dnbCode": 9141}]}
    document = response(company(corporateLinkage=linkage), "2026-03-01", *BOUGHT)
    document["corporateLinkage"] = {}
    assert "dw_corporate_linkage" not in covered(document)
