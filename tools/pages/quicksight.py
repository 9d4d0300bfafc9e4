"""The columns of QuickSight's data sets, as JSON that the Terraform module loops over."""

import json
from collections.abc import Iterator

from firmograph.contract.model import ColumnType
from pages.lookml import views

TYPES = {
    ColumnType.INTEGER: "INTEGER",
    ColumnType.DOUBLE: "DECIMAL",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.PRESENT: "BOOLEAN",
    ColumnType.TIMESTAMP: "DATETIME",
}
"""Anything else is a STRING."""


def data_sets() -> Iterator[str]:
    """The columns of each table, in the words of a data set's physical table."""
    tables = {
        view.name: [
            {"name": name, "type": TYPES.get(kind, "STRING")} for name, kind in view.columns.items()
        ]
        for view in views()
    }
    yield from json.dumps(tables, indent=2).splitlines()
