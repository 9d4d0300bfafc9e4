"""Strange values in one lake: published rightly, and each wrong reading of them is found."""

from pathlib import Path

import pytest
from conftest import Project
from documents import member, organization, response, tree_page
from publish.tables import query
from strange_values import revenue, staff

from verify.lakes import copy_project, prove, rewrite

COMPANY, BRANCH = "100000001", "100000002"
FULL = organization(
    COMPANY,
    numberOfEmployees=[staff(9067.0, 140), staff(9066.0, 6)],
    financials=[revenue(9066.0, 120000.0), revenue(9067.0, 9.0, "Million")],
    incorporatedDate="0000-00-00",
    defaultCurrency="None",
    corporateLinkage={"headquarter": {"duns": BRANCH}, "hierarchyLevel": 2},
    stockExchanges=[{"tickerName": "SIX:ALPC", "isPrimary": "sometimes"}],
)
CANDIDATE = {
    "duns": COMPANY,
    "primaryName": "Alpine",
    "primaryAddress": {},
    "corporateLinkage": {"familytreeRolesPlayed": [{"dnbCode": 9141}]},
}


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project with a full record, a newer thin one, and a family."""
    project = Project(tmp_path_factory.mktemp("strange"))
    project.drop("a_data_blocks_20260501.json", response(FULL, "2026-05-01T00:00:00Z"))
    thin = response(CANDIDATE, "2026-06-01T00:00:00Z")
    project.drop("b_data_blocks_20260601.json", thin)
    branch = member(BRANCH, COMPANY, 2)
    branch["corporateLinkage"]["familytreeRolesPlayed"] = [{"dnbCode": 9140.0}]
    branch["financials"] = [{"unitCode": "Thousand", "yearlyRevenues": [{"value": 1.5}]}]
    page = tree_page(COMPANY, [member(COMPANY), branch])
    project.drop("c_family_tree_20260501.json", page)
    project.run()
    return project


@pytest.fixture
def lake(strange: Project, tmp_path: Path) -> Project:
    return copy_project(strange, tmp_path)


def test_strange_values_are_published_and_proven(strange: Project) -> None:
    columns = (
        "primary_name, employees, employees_scope, yearly_revenue_usd, yearly_revenue_scope, "
        "incorporated_date, default_currency"
    )
    (row,) = query(strange, f"SELECT {columns} FROM dw_company_data")
    assert list(row.values()) == [
        "Alpine Cocoa AG",
        140,
        "consolidated",
        9000000.0,
        "consolidated",
        None,
        None,
    ]
    (linked,) = query(strange, "SELECT parent_duns, hierarchy_level FROM dw_corporate_linkage")
    assert list(linked.values()) == [BRANCH, 2]
    (listed,) = query(strange, "SELECT stock_name, is_primary FROM dw_stock_exchanges")
    assert list(listed.values()) == ["SIX:ALPC", None]
    (played,) = query(
        strange,
        f"SELECT is_branch, yearly_revenue FROM dw_family_tree_members WHERE duns = '{BRANCH}'",
    )
    assert list(played.values()) == [True, 1500.0]
    assert prove(strange, "--full").code == 0


def test_unfit_values_are_counted_with_duns_path_and_value(strange: Project) -> None:
    found = query(
        strange,
        "SELECT column_name, examples[1] AS example FROM tb_data_quality "
        "WHERE rule = 'unfit' ORDER BY column_name",
    )
    assert [tuple(row.values()) for row in found] == [
        ("incorporated_date", f"{COMPANY} $.organization.incorporatedDate: 0000-00-00"),
        ("is_primary", f"{COMPANY} $.organization.stockExchanges[0].isPrimary: sometimes"),
    ]


@pytest.mark.parametrize(
    ("table", "column", "wrong", "shown", "right"),
    [
        ("dw_company_data", "employees", "NULL::BIGINT", "NULL", "140"),
        ("dw_company_data", "employees", "6::BIGINT", "6", "140"),
        ("dw_company_data", "employees_scope", "'individual'", "individual", "consolidated"),
        ("dw_company_data", "yearly_revenue_usd", "120000.0::DOUBLE", "120000.0", "9000000.0"),
        ("dw_company_data", "yearly_revenue_usd", "9.0::DOUBLE", "9.0", "9000000.0"),
        ("dw_company_data", "yearly_revenue_scope", "NULL", "NULL", "consolidated"),
        ("dw_company_data", "incorporated_date", "'0000-00-00'", "0000-00-00", "NULL"),
        ("dw_company_data", "default_currency", "'None'", "None", "NULL"),
        ("dw_corporate_linkage", "parent_duns", "NULL", "NULL", BRANCH),
        ("dw_stock_exchanges", "is_primary", "true", "true", "NULL"),
    ],
)
def test_wrong_reading_is_found(
    table: str, column: str, wrong: str, shown: str, right: str, lake: Project
) -> None:
    rewrite(lake, table, f"SELECT * REPLACE ({wrong} AS {column}) FROM held")
    (difference,) = prove(lake).failing["rows"]
    assert difference.endswith(f" holds {column} {shown}, its document says {right}")


@pytest.mark.parametrize(
    ("column", "wrong", "right"),
    [("is_branch", "false", "true"), ("yearly_revenue", "1.5", "1500.0")],
)
def test_wrong_reading_of_a_member_is_found(
    column: str, wrong: str, right: str, lake: Project
) -> None:
    replaced = f"if(duns = '{BRANCH}', {wrong}, {column}) AS {column}"
    rewrite(lake, "dw_family_tree_members", f"SELECT * REPLACE ({replaced}) FROM held")
    (difference,) = prove(lake).failing["rows"]
    assert difference.endswith(f" holds {column} {wrong}, its document says {right}")


def test_rows_emptied_by_a_thin_record_are_found(lake: Project) -> None:
    rewrite(lake, "dw_corporate_linkage", "SELECT * FROM held WHERE false")
    rewrite(lake, "dw_industry_code", "SELECT * FROM held WHERE false")
    assert prove(lake).failing["rows"] == [
        f"dw_corporate_linkage: row ({COMPANY}) is in the document, but not in the table",
        f"dw_industry_code: row ({COMPANY}, 30832, 1) is in the document, but not in the table",
    ]
