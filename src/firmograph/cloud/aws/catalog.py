"""The tables of a lake in the Data Catalog of AWS Glue, where Athena and Redshift find them.

Delta tables there: https://docs.aws.amazon.com/athena/latest/ug/delta-lake-tables.html.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError

from firmograph.cloud.aws.clients import client
from firmograph.cloud.catalog import CatalogTable, Registered
from firmograph.errors import FirmographError

_TYPES = {
    pa.string(): "string",
    pa.large_string(): "string",
    pa.binary(): "binary",
    pa.int8(): "tinyint",
    pa.int16(): "smallint",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float32(): "float",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}
_MARK = "firmograph.lake"
"""The parameter by which a table in the catalogue is known to be registered by firmograph."""
_LONGEST_COMMENT, _LONGEST_DESCRIPTION = 255, 2048


def register(
    lake: str, tables: Sequence[CatalogTable], database: str, *, dry_run: bool = False
) -> Registered:
    """Registers tables in a database of the catalogue; those that are there unchanged stay.

    Args:
        lake: its url.
        tables: to register.
        database: of the catalogue; it must exist.
        dry_run: whether to say what would be done and do nothing.

    Raises:
        FirmographError: if the catalogue cannot be used.
    """
    with _refusals(database):
        glue = client("glue")
        there = _tables_there(glue, database)
        _refuse_foreign(there, tables, database)
        done = Registered(
            left=sorted(
                name
                for name, table in there.items()
                if table.get("Parameters", {}).get(_MARK) == lake
                and name not in {one.name for one in tables}
            )
        )
        for table in tables:
            wanted = table_input(table, lake)
            if table.name not in there:
                done.created.append(table.name)
                call = glue.create_table
            elif _is_same(there[table.name], wanted):
                done.unchanged.append(table.name)
                continue
            else:
                done.updated.append(table.name)
                call = glue.update_table
            if not dry_run:
                call(DatabaseName=database, TableInput=wanted)
    return done


def _tables_there(glue: Any, database: str) -> dict[str, Any]:
    pages = glue.get_paginator("get_tables").paginate(DatabaseName=database)
    return {table["Name"]: table for page in pages for table in page["TableList"]}


def table_input(table: CatalogTable, lake: str) -> dict[str, Any]:
    """What the catalogue calls the input of a table.

    Args:
        table: to register.
        lake: its url.
    """
    columns = [
        {"Name": c.name, "Type": _type(c.type), "Comment": _line(c.meaning, _LONGEST_COMMENT)}
        for c in table.columns
    ]
    return {
        "Name": table.name,
        "Description": _line(table.meaning, _LONGEST_DESCRIPTION),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {
            "table_type": "DELTA",
            "classification": "delta",
            "spark.sql.sources.provider": "delta",
            "EXTERNAL": "TRUE",
            _MARK: lake,
        },
        "StorageDescriptor": {"Columns": columns, "Location": table.url},
    }


def _is_same(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    descriptor, asked = there.get("StorageDescriptor", {}), wanted["StorageDescriptor"]
    return (
        all(there.get(name) == wanted[name] for name in ("Description", "TableType"))
        and wanted["Parameters"].items() <= there.get("Parameters", {}).items()
        and all(descriptor.get(name) == asked[name] for name in ("Columns", "Location"))
    )


def _refuse_foreign(
    there: Mapping[str, Any], tables: Sequence[CatalogTable], database: str
) -> None:
    """Refuses to replace tables that somebody else made.

    Raises:
        FirmographError: naming them.
    """
    foreign = [
        table.name
        for table in tables
        if table.name in there and _MARK not in there[table.name].get("Parameters", {})
    ]
    if foreign:
        raise FirmographError(
            f"the database {database} has tables of these names that firmograph did not register: "
            f"{', '.join(foreign)}",
            hint="name another --database, or delete these tables there",
        )


def _line(text: str, longest: int) -> str:
    """A text as the catalogue takes it: one line, and no longer than so."""
    return " ".join(text.split())[:longest]


def _type(arrow: pa.DataType) -> str:
    if pa.types.is_timestamp(arrow):
        return "timestamp"
    if pa.types.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    if pa.types.is_list(arrow):
        return f"array<{_type(arrow.value_type)}>"
    return _TYPES.get(arrow, "string")


@contextmanager
def _refusals(database: str) -> Iterator[None]:
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise FirmographError(
            f"the database {database} of the Glue Data Catalog cannot be used: {error}",
            hint="needed are an existing database, credentials and AWS_REGION, and glue:GetTables, "
            "glue:CreateTable and glue:UpdateTable",
        ) from error
