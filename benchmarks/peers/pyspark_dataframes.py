"""The same job by hand in plain PySpark: raw kept as Parquet, the DW tables, the mart; one scan.

    python benchmarks/peers/pyspark_dataframes.py UPLOADS TARGET

It checks nothing, quarantines nothing, knows no redelivery, and cannot go on from an earlier run.
"""

import os
import sys
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from reading import move
from shape import DOCUMENT

TYPES = {"text": "STRING", "integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN"}
SETTINGS = {
    "spark.driver.memory": "4g",
    "spark.driver.extraJavaOptions": "-XX:+UseParallelGC",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.parquet.compression.codec": "zstd",
    # small files are cheap to open here; otherwise 20,000 of them make a task for each 32
    "spark.sql.files.openCostInBytes": "4096",
    "spark.sql.files.maxPartitionBytes": "32m",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
}
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
          get(filter(o.numberOfEmployees, n -> n.informationScopeDnBCode = 9067), 0).value
            AS employees,
          get(filter(get(filter(o.financials, f -> f.informationScopeDnBCode = 9067), 0)
            .yearlyRevenue, r -> r.currency = 'USD'), 0).value AS yearly_revenue_usd,
          asked AS inquiry_duns
        FROM heads""",
    "dw_corporate_linkage": """
        SELECT o.duns, o.corporateLinkage.globalUltimate.duns AS global_duns,
          o.corporateLinkage.domesticUltimate.duns AS domestic_duns,
          coalesce(o.corporateLinkage.parent.duns, o.corporateLinkage.headQuarter.duns)
            AS parent_duns,
          o.corporateLinkage.hierarchyLevel AS hierarchy_level,
          o.corporateLinkage.globalUltimateFamilyTreeMembersCount AS family_members
        FROM heads""",
    "dw_industry_code": """
        SELECT duns, c.typeDnBCode AS type_dnb_code, c.priority, c.code, c.description,
          c.typeDescription AS type_description
        FROM (SELECT o.duns, explode(o.industryCodes) AS c FROM heads)""",
    "dw_stock_exchanges": """
        SELECT duns, s.tickerName AS stock_name, s.exchangeCountry.isoAlpha2Code AS country,
          s.exchangeName.description AS exchange_name, s.isPrimary AS is_primary
        FROM (SELECT o.duns, explode(o.stockExchanges) AS s FROM heads)""",
    "app_stocks_by_company": """
        SELECT duns, s.exchangeCountry.isoAlpha2Code AS country, count(*) AS count
        FROM (SELECT o.duns, explode(o.stockExchanges) AS s FROM heads) GROUP BY ALL""",
}


def ddl(shape: Any) -> str:
    """A declared shape as Spark's types."""
    if isinstance(shape, dict):
        return f"STRUCT<{', '.join(f'{name}: {ddl(inner)}' for name, inner in shape.items())}>"
    return f"ARRAY<{ddl(shape[0])}>" if isinstance(shape, list) else TYPES[shape]


def session(scratch: Path) -> SparkSession:
    """Spark on this machine's processors."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master(f"local[{len(os.sched_getaffinity(0))}]")
    for name, value in {**SETTINGS, "spark.local.dir": str(scratch)}.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def read(spark: SparkSession, uploads: Path) -> DataFrame:
    """Every document with its hash: one per file, or one per line."""
    is_lines = any(uploads.glob("*.jsonl*"))
    texts = spark.read.text(str(uploads), wholetext=not is_lines)
    return texts.selectExpr("value AS raw", "sha2(value, 256) AS id")


def main(uploads: Path, target: Path) -> None:
    """Loads every upload and writes the tables."""
    target.mkdir(parents=True, exist_ok=True)
    spark = session(target / "scratch")
    raw = str(target / "raw.parquet")
    read(spark, uploads).write.parquet(raw)
    spark.read.parquet(raw).createOrReplaceTempView("raw")
    spark.sql(
        "SELECT d.organization AS o, d.inquiryDetail.duns AS asked "
        f"FROM (SELECT from_json(raw, '{ddl(DOCUMENT)}') AS d FROM raw) "
        "QUALIFY row_number() OVER (PARTITION BY d.organization.duns "
        "ORDER BY d.transactionDetail.transactionTimestamp DESC) = 1"
    ).persist().createOrReplaceTempView("heads")
    for name, sql in TABLES.items():
        spark.sql(sql).write.parquet(str(target / f"{name}.parquet"))
    spark.stop()
    move(uploads, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
