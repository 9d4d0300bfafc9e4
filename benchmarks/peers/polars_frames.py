"""The same job by hand in Polars: raw kept as Parquet, the DW tables, the mart; one scan.

    python benchmarks/peers/polars_frames.py UPLOADS TARGET

It checks nothing, quarantines nothing, knows no redelivery, and cannot go on from an earlier run.
"""

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import polars as pl
from polars.io.plugins import register_io_source
from reading import batches, move
from shape import CODES, COMPANY, DOCUMENT, LINKAGE, STOCKS

TYPES = {"text": pl.String, "integer": pl.Int64, "double": pl.Float64, "boolean": pl.Boolean}


def dtype(shape: Any) -> Any:
    """A declared shape as Polars types."""
    if isinstance(shape, dict):
        return pl.Struct({name: dtype(inner) for name, inner in shape.items()})
    return pl.List(dtype(shape[0])) if isinstance(shape, list) else TYPES[shape]


def scan(uploads: Path) -> pl.LazyFrame:
    """Every document with its hash, read a batch at a time."""

    def read(*_: Any) -> Iterator[pl.DataFrame]:
        for batch in batches(uploads):
            raw = pl.Series(batch, dtype=pl.Binary).cast(pl.String)
            yield pl.DataFrame({"raw": raw, "id": [sha256(text).hexdigest() for text in batch]})

    return register_io_source(read, schema={"raw": pl.String, "id": pl.String})


def at(path: str, root: str = "organization") -> pl.Expr:
    """The value at a dotted path."""
    value = pl.col(root)
    for name in path.split("."):
        value = value.struct.field(name)
    return value


def of_scope(path: str) -> pl.Expr:
    """The first element with consolidated figures."""
    is_consolidated = pl.element().struct.field("informationScopeDnBCode") == 9067
    return at(path).list.filter(is_consolidated).list.first()


def heads(documents: pl.LazyFrame) -> pl.LazyFrame:
    """The newest document of each company."""
    return (
        documents.sort(at("transactionTimestamp", "transactionDetail"), descending=True)
        .unique(subset="duns", keep="first", maintain_order=True)
        .sort("duns")
    )


def company_data() -> list[pl.Expr]:
    """The columns of dw_company_data."""
    in_dollars = pl.element().struct.field("currency") == "USD"
    revenue = of_scope("financials").struct.field("yearlyRevenue").list.filter(in_dollars)
    return [
        pl.col("duns"),
        *(at(path).alias(name) for name, path in COMPANY.items()),
        of_scope("numberOfEmployees").struct.field("value").alias("employees"),
        revenue.list.first().struct.field("value").alias("yearly_revenue_usd"),
        at("duns", "inquiryDetail").alias("inquiry_duns"),
    ]


def corporate_linkage() -> list[pl.Expr]:
    """The columns of dw_corporate_linkage."""
    return [
        pl.col("duns"),
        *(at(path).alias(name) for name, path in LINKAGE.items()),
        pl.coalesce(
            at("corporateLinkage.parent.duns"), at("corporateLinkage.headQuarter.duns")
        ).alias("parent_duns"),
    ]


def elements(documents: pl.LazyFrame, path: str, columns: dict[str, str]) -> pl.LazyFrame:
    """A row for each element of a list."""
    lists = documents.select("duns", at(path).alias("element"))
    rows = lists.explode("element").drop_nulls("element")
    picked = [at(inner, "element").alias(name) for name, inner in columns.items()]
    return rows.select("duns", *picked).sort(pl.all())


def tables(documents: pl.LazyFrame) -> dict[str, pl.LazyFrame]:
    """The DW tables and the mart."""
    listings = elements(documents, "stockExchanges", STOCKS)
    counted = listings.group_by("duns", "country").agg(pl.len().cast(pl.Int64).alias("count"))
    return {
        "dw_company_data": documents.select(company_data()),
        "dw_corporate_linkage": documents.select(corporate_linkage()),
        "dw_industry_code": elements(documents, "industryCodes", CODES),
        "dw_stock_exchanges": listings,
        "app_stocks_by_company": counted,
    }


def main(uploads: Path, target: Path) -> None:
    """Loads every upload and writes the tables."""
    target.mkdir(parents=True, exist_ok=True)
    scanned = scan(uploads)
    decoded = scanned.select(pl.col("raw").str.json_decode(dtype(DOCUMENT)).alias("d")).unnest("d")
    _, documents = pl.collect_all(
        [scanned.sink_parquet(target / "raw.parquet", lazy=True), decoded], engine="streaming"
    )
    newest = heads(documents.lazy().with_columns(at("duns").alias("duns"))).collect()
    sinks = [
        frame.sink_parquet(target / f"{name}.parquet", lazy=True)
        for name, frame in tables(newest.lazy()).items()
    ]
    pl.collect_all(sinks, engine="streaming")
    move(uploads, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
