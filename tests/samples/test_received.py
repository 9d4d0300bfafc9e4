"""Family trees, responses of older products, and error bodies saved in place of data."""

import pytest
from conftest import Project
from deliveries import HERE, RESPONSES, drop_blocks, drop_trees, rows
from documents import organization, response

FIRST, LAST, WHOLE = TREES = ("tree_first_page", "tree_last_page", "tree_whole")
ERRORS = {
    "error_of_login": ("invalid_scope", "Scope 'reports:all' is not granted. ErrorCode: 05990."),
    "error_with_details": ("19002", "A parameter is wrong."),
    "error_of_a_duns": ("19404", "No company has this DUNS"),
    "error_as_a_result": ("00940", "The token is too old"),
    "error_of_a_gateway": ("90503", "The gateway is closed"),
}
OLDER, SHORT_DUNS = "response_of_2017", "response_with_a_short_duns"


def run_with_one_refused(project: Project) -> None:
    report = project.run()
    assert (report.status, report.exit_code) == ("refused", 3)
    assert report.totals.documents.quarantined == 1
    assert report.totals.documents.published == report.totals.documents.received - 1


def check_trees(project: Project) -> None:
    trees = project.sql(
        "SELECT global_duns, members_expected, members_received, branches_excluded, is_complete, "
        "pages_received, transaction_id FROM dw_family_tree ORDER BY global_duns"
    )
    assert [tuple(tree.values()) for tree in trees] == [
        ("520000011", 3, 3, False, True, 1, "rrt-00made-up-whole"),
        ("530000016", 2, 2, False, True, 2, "rrt-00made-up-last"),
    ]
    members = project.sql(
        "SELECT global_duns, duns, parent_duns, hierarchy_level, primary_name, is_branch, "
        "yearly_revenue FROM dw_family_tree_members ORDER BY duns"
    )
    assert [tuple(member.values()) for member in members] == [
        ("520000011", "520000011", None, 1, "Thistle Farm LIMITED", False, 31207455.0),
        ("520000011", "520000029", "520000011", 2, "Thistle Butter LIMITED", False, 2040075.0),
        ("520000011", "520000037", "520000011", 2, "Thistle and Daughters LIMITED", False, 318620),
        ("530000016", "530000016", None, 1, "Moss and Heather LIMITED", False, 27340918.0),
        ("530000016", "530000024", "530000016", 2, "Moss Dyeing LIMITED", True, None),
    ]


def test_every_document_and_block_has_its_test() -> None:
    documents = {path.stem for path in (HERE / "received").iterdir()}
    assert documents == {*TREES, *ERRORS, OLDER, SHORT_DUNS}
    blocks = {path.stem for path in (HERE / "blocks").iterdir()}
    assert blocks == {block for _, _, asked in RESPONSES.values() for block in asked}


def test_trees_dropped_together_are_complete(project: Project) -> None:
    drop_trees(project, *TREES)
    report = project.run()
    assert report.status == "ok"
    assert (report.totals.documents.published, report.totals.documents.waiting) == (3, 0)
    check_trees(project)


@pytest.mark.parametrize("order", [(FIRST, WHOLE, LAST), (LAST, FIRST, WHOLE)])
def test_trees_page_by_page_are_complete(project: Project, order: list[str]) -> None:
    for name in order:
        drop_trees(project, name)
        assert project.run().status == "ok"
    check_trees(project)


def test_tree_members_are_read_in_full(project: Project) -> None:
    drop_trees(project, WHOLE)
    project.run()
    member = rows(project, "dw_family_tree_members")[2]
    assert member == {
        "global_duns": "520000011",
        "duns": "520000037",
        "primary_name": "Thistle and Daughters LIMITED",
        "start_date": "1989-12-01",
        "address_country": "Ireland",
        "address_locality": "OLDCHEESE",
        "postal_code": "Z03 T003",
        "street1": "Hall 9, Rennet Works",
        "street2": "Whey Street",
        "sic_id": "2022",
        "sic_description": "Cheese",
        "hierarchy_level": 2,
        "parent_duns": "520000011",
        "address_country_code": "IE",
        "address_region": None,
        "is_branch": False,
        "is_domestic_ultimate": False,
        "employees": None,
        "yearly_revenue": 318620.0,
    }


@pytest.mark.parametrize("name", ERRORS)
def test_error_body_is_refused_in_the_vendors_words(project: Project, name: str) -> None:
    drop_blocks(project, name)
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    run_with_one_refused(project)
    assert [row["duns"] for row in rows(project, "dw_company_data")] == ["100000001"]
    (row,) = project.sql("SELECT rule, value, reason FROM tb_quarantine_files")
    code, text = ERRORS[name]
    assert (row["rule"], row["value"]) == ("vendor_error", code)
    assert code in row["reason"]
    assert text in row["reason"]


def test_error_body_dropped_as_a_tree_is_refused_too(project: Project) -> None:
    drop_trees(project, "error_of_a_duns", WHOLE)
    run_with_one_refused(project)
    assert [row["duns"] for row in rows(project, "dw_family_tree_members")] == [
        "520000011",
        "520000029",
        "520000037",
    ]
    (row,) = project.sql("SELECT rule, value FROM tb_quarantine_files")
    assert (row["rule"], row["value"]) == ("vendor_error", "19404")


def test_response_with_a_parents_duns_of_eight_digits_is_published_without_it(
    project: Project,
) -> None:
    drop_blocks(project, SHORT_DUNS)
    assert project.run().status == "ok"
    assert [row["duns"] for row in rows(project, "dw_company_data")] == ["490000020"]
    assert [row["global_duns"] for row in rows(project, "dw_corporate_linkage")] == [None]
    ods = project.sql("SELECT entity_id, length(raw_data) AS n FROM ods_datablocks_raw")
    assert ods == [{"entity_id": "490000020", "n": 1965}]
    found = project.sql("SELECT column_name, examples FROM tb_data_quality WHERE rule = 'unfit'")
    assert [tuple(row.values()) for row in found] == [
        (
            "global_duns",
            ["490000020 $.organization.corporateLinkage.globalUltimate.duns: 49000002"],
        )
    ]


def test_response_of_2017_is_published(project: Project) -> None:
    drop_blocks(project, OLDER)
    assert project.run().status == "ok"
    (company,) = rows(project, "dw_company_data")
    del company["yearly_revenue_usd"]  # its statement names no scope
    assert {column: value for column, value in company.items() if value is not None} == {
        "duns": "480000016",
        "primary_name": "BLUE HERON BASKETS, LTD.",
        "primary_address_country": "Canada",
        "primary_address_region": "Nova Scotia",
        "primary_address_street": "8 OSIER LANE",
        "postal_code": "B0X 0X0",
        "business_entity_type": "Partnership",
        "business_dnb_code": 452,
        "primary_address_country_code": "CA",
        "primary_address_region_code": "NS",
        "primary_address_locality": "PORT WILLOW",
        "operating_status": "Active",
        "is_delisted": False,
        "employees": 64,
        "employees_scope": "consolidated",
        "yearly_revenue_scope": "other",
        "inquiry_duns": "480000016",
    }
    codes = [(row["type_dnb_code"], row["code"]) for row in rows(project, "dw_industry_code")]
    assert codes == [
        (399, "2499"),
        (3599, "24990500"),
        (24657, "D"),
        (24664, "321999"),
        (25838, "0833"),
    ]
    assert rows(project, "dw_stock_exchanges") == []
    linkage = rows(project, "dw_corporate_linkage")
    assert [tuple(row.values()) for row in linkage] == [
        ("480000016", "480000016", "480000016", None, 1, 5)
    ]
