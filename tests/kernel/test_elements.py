from typing import Any

import pytest
from documents import member, organization, response, tree_page
from kernels import LOAD, REF, changed, company, company_row, places, read, rows, to_bytes

from firmograph.contract.model import Contract
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Finding, Result, Violation

Json = dict[str, Any]


def code(priority: Any = 1, **fields: Any) -> Json:
    return {"typeDnBCode": 399, "priority": priority, "code": "0971", **fields}


def with_codes(*elements: Any) -> Result:
    result = read(company(industryCodes=list(elements)))
    assert result.violations == []
    return result


def codes(result: Result) -> list[tuple[Any, Any]]:
    return [(row["priority"], row["code"]) for row in rows(result, "dw_industry_code")]


def counts(result: Result) -> tuple[int, int, int]:
    return result.element_count, result.collapsed_count, result.rejected_count


def rejected(result: Result) -> list[tuple[str, str]]:
    return [(v.rule, v.json_path) for v in result.rejected]


def test_elements_make_a_row_each() -> None:
    result = with_codes(code(1), code(2), code(1, typeDnBCode=None, typeDnbCode=37788))
    assert rows(result, "dw_industry_code")[2] == {
        "duns": "100000001",
        "type_dnb_code": 37788,
        "priority": 1,
        "code": "0971",
        "description": None,
        "type_description": None,
    }
    assert counts(result) == (3, 0, 0)


def warned(result: Result) -> list[tuple[str, str, str]]:
    """Column, rule and example of each finding."""
    return [(f.column, f.rule, f.example) for f in result.findings]


def test_fault_in_a_key_rejects_the_element_alone() -> None:
    result = with_codes(code(1), code("first"), code(4))
    assert codes(result) == [(1, "0971"), (4, "0971")]
    assert result.rejected == [
        Violation(
            "type",
            "$.industryCodes[1].priority",
            "first",
            "priority is not a whole number of at most 64 bits",
            1,
            147,
        )
    ]
    assert counts(result) == (3, 0, 1)


def test_fault_elsewhere_in_an_element_leaves_null_and_a_finding() -> None:
    result = with_codes(code(1), code(3, code=["0971"]))
    assert codes(result) == [(1, "0971"), (3, None)]
    assert (result.rejected, counts(result)) == ([], (2, 0, 0))
    assert warned(result) == [("code", "unfit", '100000001 $.industryCodes[1].code: ["0971"]')]


def test_listing_whose_flag_is_unfit_is_kept() -> None:
    listing = {"tickerName": "SIX:ALPC", "isPrimary": "sometimes"}
    result = read(company(stockExchanges=[listing, {"tickerName": "LSE:A", "isPrimary": "None"}]))
    assert [(r["stock_name"], r["is_primary"]) for r in rows(result, "dw_stock_exchanges")] == [
        ("SIX:ALPC", None),
        ("LSE:A", None),
    ]
    example = "100000001 $.stockExchanges[0].isPrimary: sometimes"
    assert warned(result) == [("is_primary", "unfit", example)]


def test_column_that_refuses_faults_rejects_the_element() -> None:
    contract = changed("      code: code\n", "      code: {path: code, fault: refuse}\n")
    raw = to_bytes(company(industryCodes=[code(1, code=[1]), code(2)]))
    result = Kernel(contract).read(raw, REF, LOAD)
    assert [row["priority"] for row in rows(result, "dw_industry_code", contract)] == [2]
    assert (rejected(result), result.rejected_count) == ([("type", "$.industryCodes[0].code")], 1)


def test_element_is_rejected_with_every_reason() -> None:
    result = with_codes(code("first", typeDnBCode=[3], code=True))
    assert rejected(result) == [
        ("type", "$.industryCodes[0].typeDnBCode"),
        ("type", "$.industryCodes[0].priority"),
    ]
    assert counts(result) == (1, 0, 1)


@pytest.mark.parametrize("element", [None, {}, [], ""])
def test_element_without_its_key_is_rejected(element: Any) -> None:
    result = with_codes(code(1), element)
    assert codes(result) == [(1, "0971")]
    assert rejected(result) == [
        ("mandatory", "$.industryCodes[1].typeDnBCode"),
        ("mandatory", "$.industryCodes[1].priority"),
    ]
    assert counts(result) == (2, 0, 1)


@pytest.mark.parametrize("element", ["0971", 5, True, [code()]])
def test_element_of_a_wrong_shape_is_rejected(element: Any) -> None:
    result = with_codes(element, code(1))
    assert codes(result) == [(1, "0971")]
    assert rejected(result) == [("shape", "$.industryCodes[0]")]


def test_equal_elements_collapse() -> None:
    result = with_codes(code(1), code(1), code(1, description=None, more="ignored"))
    assert codes(result) == [(1, "0971")]
    assert (result.rejected, counts(result)) == ([], (3, 2, 0))


def test_first_of_two_elements_with_one_key_stays() -> None:
    result = with_codes(code(1), code(2), code(1, code="7372"), code(1))
    assert codes(result) == [(1, "0971"), (2, "0971")]
    assert [(v.rule, v.json_path, v.value) for v in result.rejected] == [
        ("key", "$.industryCodes[2]", "duns 100000001, type_dnb_code 399, priority 1")
    ]
    assert result.rejected[0].reason == (
        "an earlier element of dw_industry_code holds the same key with other values"
    )
    assert counts(result) == (4, 1, 1)


def test_rejected_element_does_not_take_its_key_away() -> None:
    contract = changed("      code: code\n", "      code: {path: code, rule: mandatory}\n")
    raw = to_bytes(company(industryCodes=[code(1, code=True), code(1)]))
    result = Kernel(contract).read(raw, REF, LOAD)
    assert [row["code"] for row in rows(result, "dw_industry_code", contract)] == ["0971"]
    assert rejected(result) == [("type", "$.industryCodes[0].code")]


def test_single_object_in_place_of_a_list_is_its_one_element() -> None:
    result = read(company(industryCodes=code(1)))
    assert codes(result) == [(1, "0971")]
    example = "100000001 $.industryCodes"
    assert result.findings == [Finding("", "industryCodes", "single_object", example)]
    assert counts(result) == (1, 0, 0)


@pytest.mark.parametrize("value", ["0971", 5, True])
def test_something_else_in_place_of_a_list_covers_nothing(value: Any) -> None:
    document = response(organization(industryCodes=value), "2026-03-01", "companyinfo_L2_v1")
    result = read(document)
    assert company_row(result)["primary_name"] == "Alpine Cocoa AG"
    assert (result.covers, rows(result, "dw_industry_code")) == ((True, False, False, True), [])
    shown = {True: "true"}.get(value, str(value))
    example = f"100000001 $.organization.industryCodes: {shown}"
    assert result.findings == [Finding("dw_industry_code", "", "unfit", example)]


@pytest.mark.parametrize("value", ["0971", 5, True])
def test_something_else_in_place_of_the_members_refuses_the_page(value: Any) -> None:
    page = {**tree_page("100000001", []), "familyTreeMembers": value}
    assert places(read(page, "family_tree")) == [("shape", "$.familyTreeMembers")]


def scope(code: Any, value: Any) -> Json:
    return {"informationScopeDnBCode": code, "value": value}


@pytest.mark.parametrize(
    "elements",
    [
        [scope(9066, 6), scope(9067, 7), scope(9068, 8)],
        [scope(9067, 7), scope(9066, 6)],
        [scope("9067", 7)],
        [None, {}, "", scope(None, 1), {"value": 2}, scope(9067, 7)],
        [scope(90670, 1), scope("09067", 2), scope(9067.5, 3), scope(True, 4), scope(9067, 7)],
        [scope(9067, None), scope(9067, 7)],
    ],
)
def test_pick_goes_by_the_code_never_by_the_place(elements: list[Any]) -> None:
    result = read(company(numberOfEmployees=elements))
    assert company_row(result)["employees"] == 7
    assert result.findings == []


def test_pick_that_finds_several_takes_the_first_and_says_so() -> None:
    result = read(company(numberOfEmployees=[scope(9067, 7), scope(9067, 8)]))
    assert company_row(result)["employees"] == 7
    example = "100000001 $.numberOfEmployees[0].value: 7 taken, 2 match"
    assert result.findings == [Finding("dw_company_data", "employees", "ambiguous", example)]


def test_pick_looks_at_the_next_place_where_the_first_finds_nothing() -> None:
    def revenue(scope: int, currency: str, value: float) -> Json:
        figures = [{"currency": currency, "value": value}]
        return {"informationScopeDnBCode": scope, "yearlyRevenue": figures}

    financials = [revenue(9068, "USD", 8.5), revenue(9066, "USD", 6.5), revenue(9067, "CNY", 7.5)]
    row = company_row(read(company(financials=financials)))
    assert row["yearly_revenue_usd"] == 6.5


def test_single_object_in_place_of_a_picked_list_is_its_one_element() -> None:
    result = read(company(numberOfEmployees=scope(9067, 7)))
    assert company_row(result)["employees"] == 7
    assert [finding.rule for finding in result.findings] == ["single_object"]


def test_faulty_value_in_a_picked_element_is_null_and_no_other_takes_its_place() -> None:
    result = read(company(numberOfEmployees=[scope(9067, "many"), scope(9066, 6)]))
    row = company_row(result)
    assert (row["employees"], row["employees_scope"], result.rejected) == (None, None, [])
    example = "100000001 $.numberOfEmployees[0].value: many"
    assert warned(result) == [("employees", "unfit", example)]


@pytest.mark.parametrize(
    ("field", "value", "column", "example"),
    [
        ("numberOfEmployees", ["many"], "employees", "$.numberOfEmployees[0]: many"),
        (
            "financials",
            [{"informationScopeDnBCode": 9067, "yearlyRevenue": 5}],
            "yearly_revenue_usd",
            "$.financials[0].yearlyRevenue: 5",
        ),
    ],
)
def test_fault_in_a_picked_list_keeps_the_document(
    field: str, value: Any, column: str, example: str
) -> None:
    result = read(company(**{field: value}))
    assert (places(result), result.rejected) == ([], [])
    assert warned(result) == [(column, "unfit", f"100000001 {example}")]


def test_member_plays_the_roles_its_list_holds() -> None:
    roles = {
        "100000001": [{"dnbCode": 12775}, {"dnbCode": 12774}],
        "100000002": [{"dnbCode": "9140"}, None, {}],
        "100000003": [],
    }
    members = [member(duns) for duns in roles]
    for each in members:
        each["corporateLinkage"]["familytreeRolesPlayed"] = roles[each["duns"]]
    result = read(tree_page("100000001", members), "family_tree")
    found = [
        (row["is_branch"], row["is_domestic_ultimate"])
        for row in rows(result, "dw_family_tree_members")
    ]
    assert found == [(False, True), (True, False), (False, False)]


def test_member_without_a_duns_is_rejected_and_the_tree_stays() -> None:
    members = [member("100000001"), {"primaryName": "B"}, member("10000003")]
    result = read(tree_page("100000001", members), "family_tree")
    assert [row["duns"] for row in rows(result, "dw_family_tree_members")] == ["100000001"]
    assert rejected(result) == [
        ("mandatory", "$.familyTreeMembers[1].duns"),
        ("type", "$.familyTreeMembers[2].duns"),
    ]


@pytest.mark.parametrize(
    "contract",
    [
        changed("{path: priority, type", '{path: "ranks[].rank", type'),
        changed("{path: priority, type", '{path: "$.rank", type'),
    ],
)
def test_key_is_never_null_in_a_row(contract: Contract) -> None:
    element = {"typeDnBCode": 399, "ranks": [{"rank": "first"}]}
    raw = to_bytes(company(industryCodes=[element]))
    result = Kernel(contract).read(raw, REF, LOAD)
    assert result.violations or rows(result, "dw_industry_code", contract) == []
    assert result.violations or result.rejected


def test_key_of_a_record_is_never_null_in_a_row() -> None:
    contract = changed("key: [duns]", "key: [duns, sic_id]")
    assert Kernel(contract).read(to_bytes(company()), REF, LOAD).violations != []
