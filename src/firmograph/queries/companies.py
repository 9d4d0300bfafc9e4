"""Companies by a part of their name, by DUNS and by facets."""

import re
from dataclasses import dataclass, field
from typing import Any

from firmograph.engine.base import Relation
from firmograph.engine.sql import listed, literal, quoted
from firmograph.queries.session import Row, Session

COMPANIES = "dw_company_data"
FACETS = ("country", "industry", "listed", "family")
"""What companies can be narrowed down by."""
FACET_VALUES = 12
"""How many values of a facet are counted by name."""
PAGE_ROWS = 100
_INDEX = "company_index"
_GROUPED = {
    (1 << len(FACETS)) - 1 - (1 << place): name for place, name in enumerate(reversed(FACETS))
}
"""By the bits that ``grouping`` gives, one for each facet that is not grouped by, the facet."""
_TEXTS = {
    "name": "primary_name",
    "registered_name": "registered_name",
    "country": "primary_address_country",
    "locality": "primary_address_locality",
    "industry": "sic_description",
    "status": "operating_status",
}
"""By column of the index, the column of the companies that it holds."""
_DUNS = re.compile(r"\d{9}")
_LETTERS = ("øłđðħŧıß", "olddhtis")
"""Letters that are not a letter with an accent, and those they are compared as."""


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes:
        text: parts of a name or the beginning of a DUNS; all words must occur.
        facets: the value of each facet that narrows the companies down; ``yes`` or ``no`` for
            `listed` and `family`, and an empty text for companies without a value.
        page: from 1, of `PAGE_ROWS` rows each.
    """

    text: str = ""
    facets: dict[str, str] = field(default_factory=dict)
    page: int = 1

    @property
    def duns(self) -> str | None:
        """The DUNS, if that is all that is looked for; blanks and hyphens in it do not matter."""
        digits = re.sub(r"[\s-]", "", self.text)
        return digits if _DUNS.fullmatch(digits) else None


@dataclass(frozen=True)
class FacetValue:
    """A value of a facet: `value` is None for companies that have none."""

    value: str | None
    count: int


@dataclass(frozen=True)
class Found:
    """The companies found.

    Attributes:
        count: how many there are.
        rows: those of the page.
        facets: by facet, its most frequent values among the companies found.
    """

    count: int
    rows: list[Row]
    facets: dict[str, list[FacetValue]]


def find_companies(session: Session, search: Search) -> Found:
    """Finds companies; none if the snapshot has no table of them."""
    if not session.has(COMPANIES):
        return Found(0, [], {})
    build_index(session)
    count, facets = _counts(session, search)
    for name in search.facets:  # what the facet's own choice does not narrow down
        others = {n: value for n, value in search.facets.items() if n != name}
        facets[name] = _counts(session, Search(search.text, others))[1][name]
    shown = {name: _most_frequent(facets[name], search.facets.get(name)) for name in FACETS}
    return Found(count, list_companies(session, search), shown)


def list_companies(session: Session, search: Search, page_rows: int = PAGE_ROWS) -> list[Row]:
    """A page of the companies found; those whose name begins with the text come first."""
    if not session.has(COMPANIES):
        return []
    build_index(session)
    condition, values = _condition(search)
    return session.rows(
        f"""
        SELECT * EXCLUDE (folded)
        FROM {_INDEX}
        WHERE {condition}
        ORDER BY NOT starts_with(folded, {folded("$text")}), folded, duns
        LIMIT {page_rows} OFFSET {(search.page - 1) * page_rows}
        """,
        [],
        **values,
        text=search.text,
    )


def _counts(session: Session, search: Search) -> tuple[int, dict[str, list[FacetValue]]]:
    """How many companies are found, and how many have each value of each facet, in one pass."""
    condition, values = _condition(search)
    rows = session.rows(
        f"""
        SELECT {listed(FACETS)}, grouping({listed(FACETS)}) AS grouped, count(*) AS count
        FROM {_INDEX}
        WHERE {condition}
        GROUP BY GROUPING SETS ((), (country), (industry), (listed), (family))
        """,
        [],
        **values,
    )
    total, counts = 0, {name: list[FacetValue]() for name in FACETS}
    for row in rows:
        name = _GROUPED.get(row["grouped"])
        if name is None:
            total = row["count"]
        else:
            counts[name].append(FacetValue(row[name], row["count"]))
    return total, counts


def _most_frequent(values: list[FacetValue], chosen: str | None) -> list[FacetValue]:
    """The most frequent values of a facet, and the chosen one."""
    ordered = sorted(values, key=lambda one: (-one.count, one.value or ""))
    shown = ordered[:FACET_VALUES]
    return shown + [one for one in ordered[FACET_VALUES:] if (one.value or "") == chosen]


def _condition(search: Search) -> tuple[str, dict[str, Any]]:
    """An SQL condition on the index, and the values of its parameters."""
    conditions, values = ["true"], dict[str, Any]()
    for place, word in enumerate(search.text.split()):
        name = f"word{place}"
        values[name] = word
        conditions.append(f"(contains(folded, {folded(f'${name}')}) OR starts_with(duns, ${name}))")
    for facet, value in search.facets.items():
        values[facet] = value
        conditions.append(f"coalesce({facet}, '') = ${facet}")
    return " AND ".join(conditions), values


def folded(sql: str) -> str:
    """A text as names are compared: in lower case and without accents."""
    return f"translate(strip_accents(lower({sql})), {literal(_LETTERS[0])}, {literal(_LETTERS[1])})"


def build_index(session: Session) -> None:
    """Holds what is searched in memory, once for a snapshot; nothing without a company table."""
    if session.has(COMPANIES):
        session.derived(_INDEX, lambda: _build_index(session))


def _build_index(session: Session) -> None:
    present = session.columns(COMPANIES)
    texts = {
        name: f"c.{quoted(column)}" if column in present else "CAST(NULL AS VARCHAR)"
        for name, column in _TEXTS.items()
    }
    columns = ", ".join(f"{sql} AS {name}" for name, sql in texts.items())
    names = f"concat_ws(' ', {texts['name']}, {texts['registered_name']})"
    tables = [COMPANIES]
    membership = {"listed": ("dw_stock_exchanges",), "family": ("dw_family_tree_members",)}
    flags = []
    for flag, (table,) in membership.items():
        if session.has(table) and "duns" in session.columns(table):
            tables.append(table)
            flags.append(
                f"CASE WHEN c.duns IN (SELECT duns FROM {table}) THEN 'yes' ELSE 'no' END AS {flag}"
            )
        else:
            flags.append(f"'no' AS {flag}")
    sql = f"""
        SELECT c.duns, {columns}, {", ".join(flags)}, {folded(names)} AS folded
        FROM {COMPANIES} c
    """
    with session.reader() as reader:
        reader.engine.create_temp(_index_relation(), sql, tables)


def _index_relation() -> Relation:
    import pyarrow as pa

    names = ["duns", *_TEXTS, "listed", "family", "folded"]
    return Relation(_INDEX, pa.schema([(name, pa.string()) for name in names]))
