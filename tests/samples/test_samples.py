"""Every sample document except those of the one company in ``test_blocks.py``."""

import pytest
from by_hand import SAMPLES, drop_blocks, drop_trees, needs_samples, rows
from conftest import Project
from documents import organization, response
from test_agglo import ALL as AGGLO

from firmograph.pipeline.report import Report

pytestmark = needs_samples

FIRST, LAST, WHOLE = TREES = (
    "uktrade_company_hierarchy_first_page_test_response.json",
    "uktrade_company_hierarchy_last_page_test_response.json",
    "uktrade_company_hierarchy_test_response.json",
)
ERRORS = {
    "docs_error_auth_v3.json": (
        "invalid_request",
        "Request missing required element: 'grant_type'. ErrorCode: 05007.",
    ),
    "docs_error_details_10002.json": ("10002", "Invalid parameters."),
    "docs_error_generic_10001.json": ("10001", "DUNS not found"),
    "docs_error_webvisitor_00040.json": ("00040", "Access token expired"),
}
GORMAN, CMPELK = "jihaia_profile_with_linkage_gorman.json", "uktrade_cmpelk_test_response.json"


def assert_one_refused(report: Report) -> None:
    assert (report.status, report.exit_code) == ("refused", 3)
    assert report.sums.documents.quarantined == 1
    assert report.sums.documents.published == report.sums.documents.received - 1


def check_uktrade(project: Project) -> None:
    trees = project.sql(
        "SELECT global_duns, members_expected, members_received, branches_excluded, is_complete, "
        "pages_received, transaction_id FROM dw_family_tree ORDER BY global_duns"
    )
    assert [tuple(tree.values()) for tree in trees] == [
        ("111111111", 3, 3, False, True, 1, "rrt-00701ada947862836-c-eu-18479-533503-14"),
        ("444444444", 2, 2, False, True, 2, "rrt-0f09452d61ee66c81-b-eu-18483-804471-21"),
    ]
    members = project.sql(
        "SELECT global_duns, duns, parent_duns, hierarchy_level, primary_name, is_branch, "
        "yearly_revenue FROM dw_family_tree_members ORDER BY duns"
    )
    assert [tuple(member.values()) for member in members] == [
        ("111111111", "111111111", None, 1, "Number One LIMITED", False, 14496246.0),
        ("111111111", "222222222", "111111111", 2, "Two Un LIMITED", False, 1000080.0),
        ("111111111", "333333333", "111111111", 2, "Three is a crowd LIMITED", False, 157365.0),
        ("444444444", "444444444", None, 1, "First Page LIMITED", False, 14496246.0),
        ("444444444", "555555555", "444444444", 2, "Second Placed LIMITED", True, None),
    ]


def test_samples_are_all_tested() -> None:
    there = {path.name for path in SAMPLES.glob("*.json")}
    assert there == {*AGGLO, *TREES, *ERRORS, GORMAN, CMPELK}


def test_uktrade_trees_dropped_together_are_complete(project: Project) -> None:
    drop_trees(project, *TREES)
    report = project.run()
    assert report.status == "ok"
    assert (report.sums.documents.published, report.sums.documents.waiting) == (3, 0)
    check_uktrade(project)


@pytest.mark.parametrize("order", [(FIRST, WHOLE, LAST), (LAST, FIRST, WHOLE)])
def test_uktrade_trees_page_by_page_are_complete(project: Project, order: list[str]) -> None:
    for name in order:
        drop_trees(project, name)
        assert project.run().status == "ok"
    check_uktrade(project)


def test_uktrade_members_are_read_in_full(project: Project) -> None:
    drop_trees(project, WHOLE)
    project.run()
    member = rows(project, "dw_family_tree_members")[2]
    assert member == {
        "global_duns": "111111111",
        "duns": "333333333",
        "primary_name": "Three is a crowd LIMITED",
        "start_date": "1982-02-25",
        "address_country": "United Kingdom",
        "address_locality": "OSWESTRY",
        "postal_code": "CC33 3CC",
        "street1": "Unit 3 Clawdd Industrial Estate",
        "street2": "Maesbury Road",
        "sic_id": "3333",
        "sic_description": "Coating/engraving service",
        "hierarchy_level": 2,
        "parent_duns": "111111111",
        "address_country_code": "GB",
        "address_region": None,
        "is_branch": False,
        "is_domestic_ultimate": False,
        "employees": None,
        "yearly_revenue": 157365.0,
    }


@pytest.mark.parametrize("name", ERRORS)
def test_error_body_is_refused_in_the_vendors_words(project: Project, name: str) -> None:
    drop_blocks(project, name)
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    assert_one_refused(project.run())
    assert [row["duns"] for row in rows(project, "dw_company_data")] == ["100000001"]
    (row,) = project.sql("SELECT rule, value, reason FROM tb_quarantine_files")
    code, text = ERRORS[name]
    assert (row["rule"], row["value"]) == ("vendor_error", code)
    assert code in row["reason"]
    assert text in row["reason"]


def test_error_body_dropped_as_a_tree_is_refused_too(project: Project) -> None:
    drop_trees(project, "docs_error_generic_10001.json", WHOLE)
    assert_one_refused(project.run())
    assert [row["duns"] for row in rows(project, "dw_family_tree_members")] == [
        "111111111",
        "222222222",
        "333333333",
    ]
    (row,) = project.sql("SELECT rule, value FROM tb_quarantine_files")
    assert (row["rule"], row["value"]) == ("vendor_error", "10001")


def test_cmpelk_is_refused_for_a_duns_of_eight_digits(project: Project) -> None:
    drop_blocks(project, CMPELK)
    assert_one_refused(project.run())
    assert rows(project, "dw_company_data") == []
    ods = project.sql("SELECT entity_id, length(raw_data) AS n FROM ods_datablocks_raw")
    assert ods == [{"entity_id": "987654321", "n": 10722}]
    violations = project.sql("SELECT rule, json_path, value, line FROM tb_quarantine_files")
    assert [tuple(row.values()) for row in violations] == [
        ("type", "$.organization.corporateLinkage.globalUltimate.duns", "12345679", 259)
    ]


def test_gorman_of_2016_is_published(project: Project) -> None:
    drop_blocks(project, GORMAN)
    assert project.run().status == "ok"
    (company,) = rows(project, "dw_company_data")
    del company["yearly_revenue_usd"]  # its statement names no scope
    assert {column: value for column, value in company.items() if value is not None} == {
        "duns": "804735132",
        "primary_name": "GORMAN MANUFACTURING COMPANY, INC.",
        "primary_address_country": "United States",
        "primary_address_region": "California",
        "primary_address_street": "492 KOLLER ST",
        "postal_code": "94110",
        "business_entity_type": "Corporation",
        "business_dnb_code": 451,
        "primary_address_country_code": "US",
        "primary_address_region_code": "CA",
        "primary_address_locality": "SAN FRANCISCO",
        "operating_status": "Active",
        "is_delisted": False,
        "employees": 125,
        "inquiry_duns": "804735132",
    }
    codes = [(row["type_dnb_code"], row["code"]) for row in rows(project, "dw_industry_code")]
    assert codes == [
        (399, "2752"),
        (3599, "27520000"),
        (24657, "D"),
        (24664, "323111"),
        (25838, "1068"),
    ]
    assert rows(project, "dw_stock_exchanges") == []
    linkage = rows(project, "dw_corporate_linkage")
    assert [tuple(row.values()) for row in linkage] == [
        ("804735132", "804735132", "804735132", None, 1, 8)
    ]
