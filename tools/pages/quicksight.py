"""What Amazon QuickSight shows of the tables, as JSON that the Terraform module loops over."""

import json
from collections.abc import Iterator
from typing import Any

from firmograph.contract.model import ColumnType
from pages.lookml import COMPANIES, ENTITY, views
from pages.tables import MARTS

TYPES = {
    ColumnType.INTEGER: "INTEGER",
    ColumnType.DOUBLE: "DECIMAL",
    ColumnType.BOOLEAN: "BOOLEAN",
    ColumnType.PRESENT: "BOOLEAN",
    ColumnType.TIMESTAMP: "DATETIME",
}
"""Anything else is a STRING."""


def datasets() -> Iterator[str]:
    """The columns of each table, in the words of a data set's physical table."""
    tables = {
        view.name: [
            {"name": name, "type": TYPES.get(kind, "STRING")} for name, kind in view.columns.items()
        ]
        for view in views()
    }
    yield from _lines(tables)


def visuals() -> Iterator[str]:
    """The bar charts of the analysis: a number of a table, or its rows, by a category."""
    charts = [_chart("Companies by country", COMPANIES, "primary_address_country", None)]
    for view in views():
        if view.name in MARTS:
            category = next(name for name in view.key if name != ENTITY)
            charts += [
                _chart(f"{view.name}: {number} by {category}", view.name, category, number)
                for number in view.numbers
            ]
    yield from _lines(charts)


def _chart(title: str, table: str, category: str, total: str | None) -> dict[str, str | None]:
    return {"title": title, "table": table, "category": category, "sum_of": total}


def _lines(content: Any) -> list[str]:
    return json.dumps(content, indent=2).splitlines()
