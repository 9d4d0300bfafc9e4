"""The same job by hand in DuckDB SQL: raw kept as Parquet, the DW tables, the mart; one scan.

    python benchmarks/peers/duckdb_sql.py UPLOADS TARGET

It checks nothing, quarantines nothing, knows no redelivery, and cannot go on from an earlier run.
"""

import json
import sys
from pathlib import Path
from typing import Any

import duckdb
from reading import move
from shape import DOCUMENT

TABLES = {
    "dw_company_data": """
        SELECT o.duns, o.primaryName AS primary_name, o.registeredName AS registered_name,
          o.primaryIndustryCode.usSicV4 AS sic_id,
          o.primaryIndustryCode.usSicV4Description AS sic_description,
          o.defaultCurrency AS default_currency,
          o.primaryAddress.addressCountry.name AS primary_address_country,
          o.primaryAddress.addressRegion.name AS primary_address_region,
          o.primaryAddress.streetAddress.line1 AS primary_address_street,
          o.primaryAddress.postalCode AS postal_code,
          o.businessEntityType.description AS business_entity_type,
          o.businessEntityType.dnbCode AS business_dnb_code,
          o.incorporatedDate AS incorporated_date, o.fiscalYearEnd AS fiscal_year_end,
          o.legalEntityIdentifier AS legal_entity_identifier,
          o.primaryAddress.addressCountry.isoAlpha2Code AS primary_address_country_code,
          o.primaryAddress.addressRegion.abbreviatedName AS primary_address_region_code,
          o.primaryAddress.addressLocality.name AS primary_address_locality,
          o.primaryAddress.streetAddress.line2 AS primary_address_street2,
          o.startDate AS start_date,
          o.dunsControlStatus.operatingStatus.description AS operating_status,
          o.dunsControlStatus.isDelisted AS is_delisted,
          list_filter(o.numberOfEmployees, lambda n: n.informationScopeDnBCode = 9067)[1].value
            AS employees,
          list_filter(list_filter(o.financials, lambda f: f.informationScopeDnBCode = 9067)[1]
            .yearlyRevenue, lambda r: r.currency = 'USD')[1].value AS yearly_revenue_usd,
          asked AS inquiry_duns
        FROM heads ORDER BY 1""",
    "dw_corporate_linkage": """
        SELECT o.duns, o.corporateLinkage.globalUltimate.duns AS global_duns,
          o.corporateLinkage.domesticUltimate.duns AS domestic_duns,
          coalesce(o.corporateLinkage.parent.duns, o.corporateLinkage.headQuarter.duns)
            AS parent_duns,
          o.corporateLinkage.hierarchyLevel AS hierarchy_level,
          o.corporateLinkage.globalUltimateFamilyTreeMembersCount AS family_members
        FROM heads ORDER BY 1""",
    "dw_industry_code": """
        SELECT duns, c.typeDnBCode AS type_dnb_code, c.priority, c.code, c.description,
          c.typeDescription AS type_description
        FROM (SELECT o.duns, unnest(o.industryCodes) AS c FROM heads) ORDER BY ALL""",
    "dw_stock_exchanges": """
        SELECT duns, s.tickerName AS stock_name, s.exchangeCountry.isoAlpha2Code AS country,
          s.exchangeName.description AS exchange_name, s.isPrimary AS is_primary
        FROM (SELECT o.duns, unnest(o.stockExchanges) AS s FROM heads) ORDER BY ALL""",
    "app_stocks_by_company": """
        SELECT duns, s.exchangeCountry.isoAlpha2Code AS country, count(*) AS count
        FROM (SELECT o.duns, unnest(o.stockExchanges) AS s FROM heads) GROUP BY ALL""",
}
TYPES = {"text": "VARCHAR", "integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}


def typed(shape: Any) -> Any:
    """A declared shape with DuckDB's types."""
    if isinstance(shape, dict):
        return {name: typed(inner) for name, inner in shape.items()}
    return [typed(shape[0])] if isinstance(shape, list) else TYPES[shape]


def main(uploads: Path, target: Path) -> None:
    """Loads every upload and writes the tables."""
    target.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect(config={"temp_directory": str(target / "spill")})
    is_lines = any(uploads.glob("*.jsonl*"))
    source = (
        f"SELECT json::VARCHAR AS raw, sha256(json::VARCHAR) AS id FROM "
        f"read_json_objects('{uploads}/*.jsonl*', format='newline_delimited')"
        if is_lines
        else f"SELECT content AS raw, sha256(content) AS id FROM read_text('{uploads}/*.json')"
    )
    raw = f"'{target}/raw.parquet'"
    con.execute(f"COPY ({source}) TO {raw} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 8192)")
    # one statement that keeps the text and its parsed form held nine times the memory
    con.execute(
        "CREATE TEMP TABLE heads AS SELECT d.organization AS o, d.inquiryDetail.duns AS asked "
        f"FROM (SELECT from_json(raw, '{json.dumps(typed(DOCUMENT))}') AS d FROM {raw}) "
        "QUALIFY row_number() OVER (PARTITION BY d.organization.duns "
        "ORDER BY d.transactionDetail.transactionTimestamp DESC) = 1"
    )
    for name, sql in TABLES.items():
        con.execute(f"COPY ({sql}) TO '{target}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    move(uploads, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
