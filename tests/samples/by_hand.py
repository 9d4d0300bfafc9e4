"""Rows of a Data Blocks response read by hand, with plain ``json``, for comparing."""

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Project

Json = dict[str, Any]
Rows = list[Json]

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"
needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(),
    reason=f"THE SAMPLE DOCUMENTS ARE NOT HERE, so nothing was tested on them: {SAMPLES}",
)


def sample(name: str) -> Json:
    """A sample document."""
    document: Json = json.loads((SAMPLES / name).read_text("utf-8"))
    return document


def drop_blocks(project: Project, *names: str) -> None:
    """Drops samples as data blocks."""
    for name in names:
        company = name.removesuffix(".json")
        project.drop(f"{company}_data_blocks_20210124.json", (SAMPLES / name).read_bytes())


def drop_trees(project: Project, *names: str) -> None:
    """Drops samples as family trees."""
    for name in names:
        company = name.removesuffix(".json")
        project.drop(f"{company}_family_tree_20230524.json", (SAMPLES / name).read_bytes())


def rows(project: Project, table: str) -> Rows:
    """The business columns of a table's rows, sorted by their key."""
    return project.sql(f"SELECT * EXCLUDE (load_timestamp, run_id) FROM {table} ORDER BY ALL")


def company_row(document: Json) -> Json:
    """The row of ``dw_company_data``, for a response that has all these parts."""
    o = document["organization"]
    address = o["primaryAddress"]
    (employees,) = (n for n in o["numberOfEmployees"] if n["informationScopeDnBCode"] == 9067)
    (dollars,) = (
        revenue
        for statement in o["financials"]
        for revenue in statement["yearlyRevenue"]
        if revenue["currency"] == "USD"
    )
    return {
        "duns": o["duns"],
        "primary_name": o["primaryName"],
        "registered_name": o["registeredName"],
        "sic_id": o["primaryIndustryCode"]["usSicV4"],
        "sic_description": o["primaryIndustryCode"]["usSicV4Description"],
        "default_currency": o["defaultCurrency"],
        "primary_address_country": address["addressCountry"]["name"],
        "primary_address_region": address["addressRegion"]["name"],
        "primary_address_street": address["streetAddress"]["line1"],
        "postal_code": address["postalCode"],
        "business_entity_type": o["businessEntityType"]["description"],
        "business_dnb_code": o["businessEntityType"]["dnbCode"],
        "incorporated_date": o["incorporatedDate"],
        "fiscal_year_end": o.get("fiscalYearEnd"),
        "legal_entity_identifier": o.get("legalEntityIdentifier"),
        "primary_address_country_code": address["addressCountry"]["isoAlpha2Code"],
        "primary_address_region_code": address["addressRegion"]["abbreviatedName"],
        "primary_address_locality": address["addressLocality"]["name"],
        "primary_address_street2": address["streetAddress"]["line2"],
        "start_date": o["startDate"],
        "operating_status": o["dunsControlStatus"]["operatingStatus"]["description"],
        "is_delisted": o["dunsControlStatus"]["isDelisted"],
        "employees": employees["value"],
        "yearly_revenue_usd": dollars["value"],
        "inquiry_duns": document["inquiryDetail"]["duns"],
    }


def industry_rows(document: Json) -> Rows:
    """The rows of ``dw_industry_code``, by key."""
    o = document["organization"]
    found = [
        {
            "duns": o["duns"],
            "type_dnb_code": code["typeDnBCode"],
            "priority": code["priority"],
            "code": code["code"],
            "description": code["description"],
            "type_description": code["typeDescription"],
        }
        for code in o["industryCodes"]
    ]
    return sorted(found, key=lambda row: (row["type_dnb_code"], row["priority"]))


def stock_rows(document: Json) -> Rows:
    """The rows of ``dw_stock_exchanges``, by key."""
    o = document["organization"]
    found = [
        {
            "duns": o["duns"],
            "stock_name": stock["tickerName"],
            "country": stock.get("exchangeCountry", {}).get("isoAlpha2Code"),
            "exchange_name": stock["exchangeName"]["description"],
            "is_primary": stock["isPrimary"],
        }
        for stock in o["stockExchanges"]
    ]
    return sorted(found, key=lambda row: row["stock_name"])


def linkage_row(document: Json) -> Json:
    """The row of ``dw_corporate_linkage``."""
    o = document["organization"]
    linkage = o["corporateLinkage"]
    return {
        "duns": o["duns"],
        "global_duns": linkage["globalUltimate"]["duns"],
        "domestic_duns": linkage["domesticUltimate"]["duns"],
        "parent_duns": linkage["parent"].get("duns"),
        "hierarchy_level": linkage["hierarchyLevel"],
        "family_members": linkage["globalUltimateFamilyTreeMembersCount"],
    }
