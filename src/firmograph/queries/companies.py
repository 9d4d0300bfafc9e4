"""Companies by a part of their name, by DUNS and by facets."""

import re
from dataclasses import dataclass, field
from typing import Any

from firmograph.engine.sql import listed
from firmograph.errors import UsageError
from firmograph.queries.company_index import FLAGS, INDEX, folded, has_companies, index_rows
from firmograph.queries.session import Row, Session

FACETS = ("country", "industry", "listed", "family")
"""What companies can be narrowed down by."""
FACET_VALUES = 12
"""How many values of a facet are counted by name."""
SORTED_BY = ("name", "duns", "country", "industry", "status")
"""What companies can be sorted by."""
PAGE_ROWS = 100
MOST_WORDS = 100
"""How many words can be looked for at once; each takes a millisecond or more."""
_YES_NO = {True: "yes", False: "no"}
_GROUPED = {
    (1 << len(FACETS)) - 1 - (1 << place): name for place, name in enumerate(reversed(FACETS))
}
"""By the bits that ``grouping`` gives, one for each facet that is not grouped by, the facet."""
_DUNS = re.compile(r"[0-9]{9}")


@dataclass(frozen=True)
class Search:
    """What is looked for.

    Attributes:
        text: parts of a name or the beginning of a DUNS; all words must occur.
        facets: the value of each facet that narrows the companies down; ``yes`` or ``no`` for
            `listed` and `family`, and an empty text for companies without a value.
        page: from 1, of `PAGE_ROWS` rows each.
        sort: one of `SORTED_BY`, after a hyphen if descending; empty for the best matches first.

    Raises:
        UsageError: if they cannot be sorted so.
    """

    text: str = ""
    facets: dict[str, str] = field(default_factory=dict)
    page: int = 1
    sort: str = ""

    def __post_init__(self) -> None:
        if self.sort and self.sort.removeprefix("-") not in SORTED_BY:
            raise UsageError(
                f"sort is {self.sort[:40]!r}; allowed are {', '.join(SORTED_BY)}, and each after -",
                hint="correct it in the address, or follow a link",
            )

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
    if not has_companies(session):
        return Found(0, [], {})
    count, facets = _counts(session, search)
    for name in search.facets:  # what the facet's own choice does not narrow down
        others = {n: value for n, value in search.facets.items() if n != name}
        facets[name] = _counts(session, Search(search.text, others))[1][name]
    shown = {name: _most_frequent(facets[name], search.facets.get(name)) for name in FACETS}
    return Found(count, list_companies(session, search), shown)


def list_companies(session: Session, search: Search, page_rows: int = PAGE_ROWS) -> list[Row]:
    """A page of the companies found; if not sorted, names that begin with the text come first."""
    if not has_companies(session):
        return []
    condition, values = _condition(session, search)
    if not search.sort:
        values["text"] = " ".join(folded_words(session, search.text))
    rows = index_rows(
        session,
        f"""
        SELECT * EXCLUDE (folded)
        FROM {INDEX}
        WHERE {condition}
        ORDER BY {_order(search.sort)}
        LIMIT {page_rows} OFFSET {(search.page - 1) * page_rows}
        """,
        **values,
    )
    return [row | {flag: _YES_NO[row[flag]] for flag in FLAGS} for row in rows]


def _order(sort: str) -> str:
    """An SQL order; companies without a value come last in both directions."""
    if not sort:
        return "NOT starts_with(folded, $text), folded, duns"
    column = sort.removeprefix("-")
    value = "folded" if column == "name" else f"CAST({column} AS VARCHAR)"
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"{value} {direction} NULLS LAST, folded, duns"


def _counts(session: Session, search: Search) -> tuple[int, dict[str, list[FacetValue]]]:
    """How many companies are found, and how many have each value of each facet, in one pass."""
    condition, values = _condition(session, search)
    rows = index_rows(
        session,
        f"""
        SELECT {listed(FACETS)}, grouping({listed(FACETS)}) AS grouped, count(*) AS count
        FROM {INDEX}
        WHERE {condition}
        GROUP BY GROUPING SETS ((), (country), (industry), (listed), (family))
        """,
        **values,
    )
    total, counts = 0, {name: list[FacetValue]() for name in FACETS}
    for row in rows:
        name = _GROUPED.get(row["grouped"])
        if name is None:
            total = row["count"]
        else:
            value = _YES_NO[row[name]] if name in FLAGS else row[name]
            counts[name].append(FacetValue(value, row["count"]))
    return total, counts


def _most_frequent(values: list[FacetValue], chosen: str | None) -> list[FacetValue]:
    """The most frequent values of a facet, and the chosen one."""
    ordered = sorted(values, key=lambda one: (-one.count, one.value or ""))
    shown = ordered[:FACET_VALUES]
    return shown + [one for one in ordered[FACET_VALUES:] if (one.value or "") == chosen]


def _condition(session: Session, search: Search) -> tuple[str, dict[str, Any]]:
    """An SQL condition on the index, and the values of its parameters."""
    conditions, values = ["true"], dict[str, Any]()
    for place, word in enumerate(folded_words(session, search.text)):
        name = f"word{place}"
        values[name] = word
        by_duns = f" OR starts_with(duns, ${name})" if word.isdigit() else ""
        conditions.append(f"(contains(folded, ${name}){by_duns})")
    for facet, value in search.facets.items():
        is_flag = facet in FLAGS
        values[facet] = value == "yes" if is_flag else value
        seen = facet if is_flag else f"coalesce(CAST({facet} AS VARCHAR), '')"
        conditions.append(f"{seen} = ${facet}")
    return " AND ".join(conditions), values


def folded_words(session: Session, text: str) -> list[str]:
    """The words of a text, as names are compared; once rather than for each name.

    Raises:
        UsageError: if there are more than `MOST_WORDS`.
    """
    words = text.split()
    if len(words) > MOST_WORDS:
        raise UsageError(
            f"the search has {len(words)} words; at most {MOST_WORDS} are allowed",
            hint="look for the words that are rare",
        )
    given = {f"word{place}": word for place, word in enumerate(words)}
    columns = ", ".join(f"{folded(f'${name}')} AS {name}" for name in given) or "1 AS none"
    row = session.row(f"SELECT {columns}", [], **given)
    return [row[name] for name in given]
