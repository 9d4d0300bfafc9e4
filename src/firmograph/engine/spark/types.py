"""Columns of Arrow and of Spark, alike on all versions of PySpark."""

import inspect

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema
from pyspark.sql.types import StructType

# since 4.2 a keyword says what earlier versions do by themselves
_IN_UTC = {"timezone": "UTC"} if "timezone" in inspect.signature(to_arrow_schema).parameters else {}


def arrow_schema(frame: DataFrame) -> pa.Schema:
    """The columns of some rows; their timestamps are in UTC."""
    return to_arrow_schema(frame.schema, **_IN_UTC)


def spark_schema(schema: pa.Schema) -> StructType:
    """The columns for Spark; timestamps without a time zone remain without one."""
    return from_arrow_schema(schema, prefer_timestamp_ntz=True)
