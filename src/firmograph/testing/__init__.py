"""For tests of your own: compares two lakes; see `assert_lakes_equal`."""

from firmograph.testing.compare import (
    RUN_COLUMNS,
    TableRows,
    assert_lakes_equal,
    lake_differences,
    read_lake,
    table_differences,
)

__all__ = [
    "RUN_COLUMNS",
    "TableRows",
    "assert_lakes_equal",
    "lake_differences",
    "read_lake",
    "table_differences",
]
