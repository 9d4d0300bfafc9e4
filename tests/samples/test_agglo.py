"""The one company of the ``hdr_*`` samples, in nine responses of different blocks."""

import random

import pytest
from by_hand import (
    SAMPLES,
    Json,
    company_row,
    drop_blocks,
    industry_rows,
    linkage_row,
    needs_samples,
    rows,
    sample,
    stock_rows,
)
from conftest import Project

pytestmark = needs_samples

BOTH_BLOCKS = "hdr_CI_L2_HC_L1_407809623.json"
NEWEST = "hdr_CI_L2_HC_L1_PC_L2_407809623.json"
ALL = (
    "hdr_CI_L1_407809623.json",
    "hdr_CI_L2_407809623.json",
    BOTH_BLOCKS,
    NEWEST,
    "hdr_FE_L1_407809623.json",
    "hdr_FS_L1_407809623.json",
    "hdr_HC_L1_407809623.json",
    "hdr_PC_L1_407809623.json",
    "hdr_PC_L2_407809623.json",
)


def check_agglo(project: Project, document: Json) -> None:
    """Compares the four tables with what is read by hand."""
    assert rows(project, "dw_company_data") == [company_row(document)]
    assert rows(project, "dw_industry_code") == industry_rows(document)
    assert rows(project, "dw_stock_exchanges") == stock_rows(document)
    assert rows(project, "dw_corporate_linkage") == [linkage_row(document)]


def test_agglo_gives_what_is_read_by_hand(project: Project) -> None:
    project.drop("agglo_data_blocks_20210124.json", (SAMPLES / BOTH_BLOCKS).read_bytes())
    report = project.run()
    assert report.status == "ok"
    check_agglo(project, sample(BOTH_BLOCKS))
    assert project.sql("SELECT duns, country, count FROM app_stocks_by_company") == [
        {"duns": "407809623", "country": None, "count": 3}
    ]


def test_agglo_gives_what_is_read_by_eye(project: Project) -> None:
    drop_blocks(project, BOTH_BLOCKS)
    project.run()
    (company,) = rows(project, "dw_company_data")
    assert company["primary_name"] == "Agglo-Bouw Voorbeeld B.V."
    assert company["primary_address_street"] == "'s-Gravenzandseweg 274"
    assert (company["employees"], company["yearly_revenue_usd"]) == (359, 77246585.0)
    assert (company["start_date"], company["incorporated_date"]) == ("2020-08-13", "2007-12-05")
    assert company["is_delisted"] is True
    codes = [(row["type_dnb_code"], row["code"]) for row in rows(project, "dw_industry_code")]
    assert codes == [
        (399, "1622"),
        (1016, "1622"),
        (3599, "16220000"),
        (24657, "C"),
        (25838, "1891"),
        (29104, "4213"),
        (30832, "237310"),
    ]
    stocks = rows(project, "dw_stock_exchanges")
    assert [(row["stock_name"], row["is_primary"]) for row in stocks] == [
        ("Euronext Amsterdam:XYZ", True),
        ("LSE:0XYZ", None),
        ("Munich:XYZ2", None),
    ]
    assert rows(project, "dw_corporate_linkage") == [
        {
            "duns": "407809623",
            "global_duns": "282823332",
            "domestic_duns": "409525869",
            "parent_duns": "409525979",
            "hierarchy_level": 2,
            "family_members": 4,
        }
    ]


@pytest.mark.parametrize("seed", range(6))
def test_agglo_in_any_order_and_split_over_runs_ends_the_same(project: Project, seed: int) -> None:
    rng = random.Random(seed)
    names = rng.sample(ALL, k=9)
    first, second = sorted(rng.sample(range(1, 9), k=2))
    for part in (names[:first], names[first:second], names[second:]):
        drop_blocks(project, *part)
        assert project.run().status == "ok"
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 9}]
    assert len(rows(project, "dw_industry_code")) == 7
    assert len(rows(project, "dw_stock_exchanges")) == 3
    check_agglo(project, sample(NEWEST))
    heads = project.sql(
        "SELECT table_name, strftime(source_timestamp, '%d %H:%M:%S') AS time "
        "FROM tb_entity_heads WHERE covers ORDER BY table_name"
    )
    assert [(head["table_name"], head["time"]) for head in heads] == [
        ("dw_company_data", "02 09:35:23"),
        ("dw_corporate_linkage", "02 09:35:23"),
        ("dw_industry_code", "02 09:35:23"),
        ("dw_stock_exchanges", "02 09:35:23"),
    ]


@pytest.mark.parametrize("name", [ALL[4], ALL[5], ALL[7], ALL[8]])
def test_agglo_without_our_blocks_is_a_bare_company(project: Project, name: str) -> None:
    drop_blocks(project, name)
    assert project.run().status == "ok"
    (company,) = rows(project, "dw_company_data")
    assert {column: value for column, value in company.items() if value is not None} == {
        "duns": "407809623",
        "primary_name": "Agglo-Bouw Voorbeeld B.V.",
        "primary_address_country_code": "NL",
        "inquiry_duns": "407809623",
    }
    for table in ("dw_industry_code", "dw_stock_exchanges", "dw_corporate_linkage"):
        assert rows(project, table) == []


def test_agglo_hierarchy_alone_gives_its_linkage(project: Project) -> None:
    drop_blocks(project, "hdr_HC_L1_407809623.json")
    project.run()
    document = sample("hdr_HC_L1_407809623.json")
    assert rows(project, "dw_corporate_linkage") == [linkage_row(document)]
    assert rows(project, "dw_stock_exchanges") == []


def test_agglo_at_level_1_speaks_until_level_2_comes(project: Project) -> None:
    drop_blocks(project, "hdr_CI_L1_407809623.json")
    project.run()
    assert rows(project, "dw_industry_code") == []
    assert len(rows(project, "dw_stock_exchanges")) == 3
    drop_blocks(project, "hdr_CI_L2_407809623.json")
    project.run()
    document = sample("hdr_CI_L2_407809623.json")
    assert rows(project, "dw_company_data") == [company_row(document)]
    assert rows(project, "dw_industry_code") == industry_rows(document)
