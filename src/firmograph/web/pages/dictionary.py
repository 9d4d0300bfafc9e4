"""`/dictionary`: every table and column, where its values come from, and one search over all."""

from dataclasses import replace

from firmograph.queries.dictionary import Entry, Relation, entries, relations
from firmograph.queries.names import COMPANIES, LISTINGS, MEMBERS
from firmograph.web.diagram import draw
from firmograph.web.view import Answer, View

COLUMNS = ("table", "column", "type", "is_key", "meaning")
FURTHER = (
    Relation(MEMBERS, COMPANIES, ("duns",), is_many=True),
    Relation("app_stocks_by_company", LISTINGS, ("duns",), is_many=True),
)
"""Relations that no contract declares."""


def dictionary(view: View) -> Answer:
    """Shows how the tables belong together, and the columns that a search finds."""
    text = view.query.get("q", "").strip()
    every = entries(view.session)
    found = [one for entry in every if (one := _matching(entry, text.lower()))]
    related = [*relations(view.session.contracts), *FURTHER]
    data = {
        "q": text,
        "diagram": draw(every, related),
        "relations": related,
        "entries": found,
        "count": sum(len(entry.columns) for entry in found),
    }
    rows = (
        {
            "table": entry.table,
            "column": column.name,
            "type": column.type,
            "is_key": column.is_key,
            "meaning": column.meaning,
        }
        for entry in found
        for column in entry.columns
    )
    return Answer("dictionary.html", data, rows, COLUMNS)


def _matching(entry: Entry, text: str) -> Entry | None:
    """A table with the columns that hold a text in name, path or meaning; None without any."""
    if text in entry.table or text in entry.meaning.lower():
        return entry
    columns = [c for c in entry.columns if text in f"{c.name} {c.type} {c.meaning}".lower()]
    return replace(entry, columns=columns) if columns else None
