"""QuickSight's data sets and the bars of its analysis, as JSON that Terraform loops over."""

import json
from collections.abc import Iterator

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

CHOSEN = (
    ("Companies by country", COMPANIES, "primary_address_country", None),
    ("Companies by operating status", COMPANIES, "operating_status", None),
    ("Members received by family", "dw_family_tree", "global_duns", "members_received"),
)
"""Bars beside those of the marts: title, table, category, what is summed (None: companies)."""


def data_sets() -> Iterator[str]:
    """The columns of each table, in the words of a data set's physical table."""
    tables = {
        view.name: [
            {"name": name, "type": TYPES.get(kind, "STRING")} for name, kind in view.columns.items()
        ]
        for view in views()
    }
    yield from json.dumps(tables, indent=2).splitlines()


def bars() -> Iterator[str]:
    """The bars of the analysis: those chosen, and one for each number of a mart.

    Raises:
        KeyError: if a contract has no such table or column any more.
    """
    columns = {view.name: view.columns for view in views()}
    of_marts = [
        (f"{view.name}: {number} by {category}", view.name, category, number)
        for view in views()
        if view.name in MARTS
        for number in view.numbers
        for category in view.key
        if category != ENTITY
    ]
    found = {}
    for title, table, category, summed in (*CHOSEN, *of_marts):
        shown = summed or ENTITY
        if not {category, shown} <= columns[table].keys():
            raise KeyError(f"{table} has no {category} or no {shown}")
        values = {"counted": None if summed else ENTITY, "summed": summed}
        key = f"{table}-{shown}-by-{category}".replace("_", "-")
        found[key] = {"title": title, "table": table, "by": category, **values}
    yield from json.dumps(found, indent=2).splitlines()
