"""One company in nine responses of different blocks."""

import random
from typing import Any

import pytest
from conftest import Project
from deliveries import ASKED, KLEIPUT, RESPONSES, drop_responses, rows

BOTH_BLOCKS, NEWEST = "CI_L2_HC_L1", "CI_L2_HC_L1_PC_L2"
NEWEST_TIME = "2026-03-01 08:24:36.771"

BASE = {
    "duns": KLEIPUT,
    "primary_name": "Kleiput NV",
    "primary_address_country_code": "BE",
    "inquiry_duns": KLEIPUT,
}
"""What every response says."""
LEVEL_1 = {
    **BASE,
    "sic_id": "3251",
    "sic_description": "Brick and structural clay tile",
    "default_currency": "EUR",
    "primary_address_country": "Belgium",
    "primary_address_region": "ANTWERPEN",
    "primary_address_street": "'t Leemputje 48",
    "postal_code": "2851 K",
    "primary_address_locality": "Rupelhoek",
    "operating_status": "Active",
    "is_delisted": True,
}
LEVEL_2 = {
    "employees_scope": "consolidated",
    "yearly_revenue_scope": "individual",
    **LEVEL_1,
    "registered_name": "Kleiput Steenbakkers Naamloze Vennootschap",
    "business_entity_type": "Corporation",
    "business_dnb_code": 451,
    "incorporated_date": "1994-03-21",
    "start_date": "2011-06-30",
    "employees": 214,
    "yearly_revenue_usd": 42193605.0,
}
INDUSTRIES = [
    (399, 1, "3251", "Brick and structural clay tile", "US Standard Industry Code 1987 - 4 digit"),
    (1016, 1, "3251", "Bricks and clay tiles", "US Standard Industry Code 1972, European version"),
    (3599, 1, "32510000", "Brick and structural clay tile, n.e.c.", "D&B Standard Industry Code"),
    (24657, 1, "D", "Manufacturing", "D&B Standard Major Industry Code"),
    (25838, 1, "0472", "Brickworks", "D&B Hoovers Industry Code"),
    (29104, 1, "2332", "Bricks, tiles and baked clay products", "NACE Revision 2"),
    (
        30832,
        1,
        "327120",
        "Clay Building Material and Refractories",
        "North American Industry Classification System 2017",
    ),
]
STOCKS = [
    ("Dender:KLE7", None, "Dender", None),
    ("Rupelbeurs:KLEI", None, "Rupelbeurs", True),
    ("SCH:0KLE", None, "SCH", None),
]
LINKAGE = {
    "duns": KLEIPUT,
    "global_duns": "470000027",
    "domestic_duns": "470000035",
    "parent_duns": "470000043",
    "hierarchy_level": 3,
    "family_members": 6,
}


def the_company(project: Project) -> dict[str, Any]:
    """What the one company's row says, without its NULLs."""
    (company,) = rows(project, "dw_company_data")
    assert len(company) == 27
    return {column: value for column, value in company.items() if value is not None}


def the_rows(project: Project, table: str, columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table that holds that company alone."""
    found = project.sql(f"SELECT duns, {columns} FROM {table} ORDER BY ALL")
    assert {row.pop("duns") for row in found} <= {KLEIPUT}
    return [tuple(row.values()) for row in found]


def industries(project: Project) -> list[tuple[Any, ...]]:
    """The industry codes of that company."""
    columns = "type_dnb_code, priority, code, description, type_description"
    return the_rows(project, "dw_industry_code", columns)


def stocks(project: Project) -> list[tuple[Any, ...]]:
    """The listings of that company."""
    columns = "stock_name, country, exchange_name, is_primary"
    return the_rows(project, "dw_stock_exchanges", columns)


def check_all_four_tables(project: Project, inquiry_duns: str) -> None:
    assert the_company(project) == {**LEVEL_2, "inquiry_duns": inquiry_duns}
    assert industries(project) == INDUSTRIES
    assert stocks(project) == STOCKS
    assert rows(project, "dw_corporate_linkage") == [LINKAGE]


def test_two_blocks_fill_all_four_tables(project: Project) -> None:
    drop_responses(project, BOTH_BLOCKS)
    report = project.run()
    assert report.status == "ok"
    check_all_four_tables(project, KLEIPUT)
    assert project.sql("SELECT duns, country, count FROM app_stocks_by_company") == [
        {"duns": KLEIPUT, "country": None, "count": 3}
    ]


@pytest.mark.parametrize("seed", range(6))
def test_any_order_split_over_runs_ends_the_same(project: Project, seed: int) -> None:
    rng = random.Random(seed)
    names = rng.sample(list(RESPONSES), k=9)
    first, second = sorted(rng.sample(range(1, 9), k=2))
    for part in (names[:first], names[first:second], names[second:]):
        drop_responses(project, *part)
        assert project.run().status == "ok"
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 9}]
    check_all_four_tables(project, ASKED)
    heads = project.sql(
        "SELECT table_name, strftime(source_timestamp, '%Y-%m-%d %H:%M:%S.%g') AS time "
        "FROM tb_entity_heads WHERE covers ORDER BY table_name"
    )
    assert [(head["table_name"], head["time"]) for head in heads] == [
        ("dw_company_data", NEWEST_TIME),
        ("dw_corporate_linkage", NEWEST_TIME),
        ("dw_industry_code", NEWEST_TIME),
        ("dw_stock_exchanges", NEWEST_TIME),
    ]


@pytest.mark.parametrize("name", ["FE_L1", "FS_L1", "PC_L1", "PC_L2"])
def test_blocks_that_fill_no_table_leave_a_bare_company(project: Project, name: str) -> None:
    drop_responses(project, name)
    assert project.run().status == "ok"
    assert the_company(project) == BASE
    for table in ("dw_industry_code", "dw_stock_exchanges", "dw_corporate_linkage"):
        assert rows(project, table) == []


def test_hierarchy_alone_gives_its_linkage(project: Project) -> None:
    drop_responses(project, "HC_L1")
    project.run()
    assert rows(project, "dw_corporate_linkage") == [LINKAGE]
    assert stocks(project) == []


def test_level_1_is_published_until_level_2_comes(project: Project) -> None:
    drop_responses(project, "CI_L1")
    project.run()
    assert the_company(project) == LEVEL_1
    assert industries(project) == []
    assert stocks(project) == STOCKS
    drop_responses(project, "CI_L2")
    project.run()
    assert the_company(project) == LEVEL_2
    assert industries(project) == INDUSTRIES
