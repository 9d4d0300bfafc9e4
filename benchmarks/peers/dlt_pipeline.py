"""The same job by hand in dlt: raw kept as Parquet, the DW tables, the mart; one scan.

    python benchmarks/peers/dlt_pipeline.py UPLOADS TARGET [--arrow]

dlt loads rows with declared columns as Parquet; choosing each company's newest document, and the
mart, are left to SQL. With --arrow the rows are hand-made Arrow tables, which dlt loads without
normalizing them.

It checks nothing, quarantines nothing, knows no redelivery, and cannot go on from an earlier run.
"""

import os
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any

import dlt
import duckdb
import orjson
import pyarrow as pa
from reading import batches, move
from shape import CODES, COMPANY, LINKAGE, STOCKS

Row = dict[str, Any]
Rows = dict[str, list[Row]]
SETTINGS = {
    "runtime.dlthub_telemetry": False,
    "normalize.workers": len(os.sched_getaffinity(0)),
    # rows in several files, so that several processes have something to normalize
    "sources.data_writer.file_max_items": 20_000,
    "load.delete_completed_jobs": True,
}
COLUMNS = {
    "raw": ["raw", "id"],
    "documents": ["document", "duns", "source_timestamp"],
    "dw_company_data": [
        *("duns", *COMPANY, "employees", "yearly_revenue_usd", "inquiry_duns", "document")
    ],
    "dw_corporate_linkage": ["duns", *LINKAGE, "parent_duns", "document"],
    "dw_industry_code": ["duns", *CODES, "document"],
    "dw_stock_exchanges": ["duns", *STOCKS, "document"],
}
TYPES = {
    "document": "bigint",
    "business_dnb_code": "bigint",
    "employees": "bigint",
    "yearly_revenue_usd": "double",
    "hierarchy_level": "bigint",
    "family_members": "bigint",
    "type_dnb_code": "bigint",
    "priority": "bigint",
    "is_delisted": "bool",
    "is_primary": "bool",
}
ARROW = {"text": pa.string(), "bigint": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}


def at(value: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for name in path.split("."):
        if not value:
            return None
        value = value.get(name)
    return value


def first(elements: list[Row] | None, name: str, value: Any) -> Row:
    """The first element that matches, or an empty one."""
    return next((element for element in elements or () if element.get(name) == value), {})


def pick(value: Row, columns: dict[str, str], **more: Any) -> Row:
    """A row of the columns at their paths."""
    return {name: at(value, path) for name, path in columns.items()} | more


def add(rows: Rows, raw: bytes, number: int) -> None:
    """Adds a document's rows."""
    document = orjson.loads(raw)
    company = document["organization"]
    mark = {"duns": company["duns"], "document": number}
    rows["raw"].append({"raw": raw.decode(), "id": sha256(raw).hexdigest()})
    moment = at(document, "transactionDetail.transactionTimestamp")
    rows["documents"].append({**mark, "source_timestamp": moment})
    rows["dw_company_data"].append(pick(company, COMPANY, **mark, **figures(document, company)))
    above = [at(company, f"corporateLinkage.{kind}.duns") for kind in ("parent", "headQuarter")]
    linkage = pick(company, LINKAGE, **mark, parent_duns=above[0] or above[1])
    rows["dw_corporate_linkage"].append(linkage)
    codes, stocks = company.get("industryCodes") or (), company.get("stockExchanges") or ()
    rows["dw_industry_code"].extend(pick(code, CODES, **mark) for code in codes)
    rows["dw_stock_exchanges"].extend(pick(stock, STOCKS, **mark) for stock in stocks)


def figures(document: Row, company: Row) -> Row:
    """The columns picked from lists, and the one beside the record."""
    scope = "informationScopeDnBCode"
    revenues = first(company.get("financials"), scope, 9067).get("yearlyRevenue")
    return {
        "employees": first(company.get("numberOfEmployees"), scope, 9067).get("value"),
        "yearly_revenue_usd": first(revenues, "currency", "USD").get("value"),
        "inquiry_duns": at(document, "inquiryDetail.duns"),
    }


@dlt.resource(max_table_nesting=0)
def uploads_read(folder: Path, *, as_arrow: bool) -> Iterator[Any]:
    """Every document's rows, for all tables."""
    numbers = count()
    for batch in batches(folder):
        rows: Rows = {name: [] for name in COLUMNS}
        for raw in batch:
            add(rows, raw, next(numbers))
        for name, found in rows.items():
            data = pa.Table.from_pylist(found, arrow_schema(name)) if as_arrow else found
            yield dlt.mark.with_hints(data, hints(name), create_table_variant=True)


def hints(table: str) -> Any:
    """A table's declared columns."""
    columns = {
        name: {"name": name, "data_type": TYPES.get(name, "text")} for name in COLUMNS[table]
    }
    return dlt.mark.make_hints(table_name=table, columns=columns)


def arrow_schema(table: str) -> pa.Schema:
    """A table's declared columns as an Arrow schema."""
    return pa.schema([(name, ARROW[TYPES.get(name, "text")]) for name in COLUMNS[table]])


def load(uploads: Path, target: Path, *, as_arrow: bool) -> Path:
    """Loads the rows as Parquet."""
    for name, value in SETTINGS.items():
        dlt.config[name] = value
    pipeline = dlt.pipeline(
        "peer",
        pipelines_dir=str(target / "state"),
        destination=dlt.destinations.filesystem(str(target)),
        dataset_name="loaded",
    )
    data = uploads_read(uploads, as_arrow=as_arrow)
    pipeline.run(data, loader_file_format="parquet", write_disposition="append")
    return target / "loaded"


def publish(loaded: Path, target: Path) -> None:
    """Writes the tables from the newest document of each company, and the mart."""
    stored = "(FORMAT parquet, COMPRESSION zstd)"
    with duckdb.connect(config={"temp_directory": str(target / "spill")}) as con:
        con.execute(
            f"CREATE TABLE heads AS SELECT document FROM '{loaded}/documents/*.parquet' QUALIFY "
            "row_number() OVER (PARTITION BY duns ORDER BY source_timestamp DESC) = 1"
        )
        for name in (table for table in COLUMNS if table.startswith("dw_")):
            columns = ", ".join(COLUMNS[name][:-1])
            con.execute(
                f"CREATE VIEW {name} AS SELECT {columns} FROM '{loaded}/{name}/*.parquet' "
                "SEMI JOIN heads USING (document)"
            )
            con.execute(f"COPY (FROM {name} ORDER BY ALL) TO '{target}/{name}.parquet' {stored}")
        mart = "SELECT duns, country, count(*) AS count FROM dw_stock_exchanges GROUP BY ALL"
        con.execute(f"COPY ({mart}) TO '{target}/app_stocks_by_company.parquet' {stored}")
    (loaded / "raw").rename(target / "raw.parquet")


def main(uploads: Path, target: Path, *, as_arrow: bool) -> None:
    """Loads every upload and writes the tables."""
    target.mkdir(parents=True, exist_ok=True)
    publish(load(uploads, target, as_arrow=as_arrow), target)
    move(uploads, target)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), as_arrow="--arrow" in sys.argv)
