"""`/companies`: companies by a part of their name, by DUNS and by facets."""

from dataclasses import replace

from firmograph.queries.companies import (
    FACETS,
    PAGE_ROWS,
    SORTED_BY,
    Search,
    find_companies,
    list_companies,
)
from firmograph.queries.company_index import has_companies
from firmograph.web.paging import all_rows
from firmograph.web.view import Answer, View

COLUMNS = ("duns", "name", "country", "industry", "status", "listed", "family")


def companies(view: View) -> Answer:
    """Shows a page of the companies found, and what they can be narrowed down by."""
    text = view.query.get("q", "").strip()
    facets = {name: view.query[name] for name in FACETS if name in view.query}
    search = Search(text, facets, view.whole("page", 1, 1), view.query.get("sort", ""))
    found = find_companies(view.session, search)
    data = {
        "q": text,
        "duns": search.duns,
        "chosen": facets,
        "count": found.count,
        "page_number": search.page,
        "pages": -(-found.count // PAGE_ROWS),
        "companies": found.rows,
        "sort": search.sort,
        "sorted_by": SORTED_BY,
        "facets": found.facets,
        "has_table": has_companies(view.session),
    }
    return Answer(
        "companies.html",
        data,
        all_rows(lambda page, rows: list_companies(view.session, replace(search, page=page), rows)),
        COLUMNS,
    )
