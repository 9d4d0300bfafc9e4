"""What DW must hold, in plain Python: the authoritative document of each entity and its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Row = tuple[object, ...]
Rows = dict[str, set[Row]]
LINKAGE = "dw_corporate_linkage"
COMPANY_TABLES = ("dw_company_data", "dw_industry_code", LINKAGE)
TREE_TABLES = ("dw_family_tree", "dw_family_tree_members")


class Company(NamedTuple):
    """A sound document of a company.

    Attributes:
        duns: the entity.
        time: the vendor's, ISO 8601; None if the date in the file's name counts.
        covers: the tables that it covers.
        rows: by table, what it says.
    """

    duns: str
    time: str | None
    covers: frozenset[str]
    rows: dict[str, tuple[Row, ...]]


class Page(NamedTuple):
    """A sound page of a tree.

    Attributes:
        root: the tree.
        delivery: the one that it belongs to, by the time of its request.
        time: the vendor's, ISO 8601.
        number: which of the delivery's pages it is; None if nothing tells.
        of: how many pages the delivery has.
        counted: how many members it counts in the tree.
        members: DUNS and name of each.
    """

    root: str
    delivery: str
    time: str
    number: int | None
    of: int
    counted: int
    members: tuple[tuple[str, str], ...]


class Document(NamedTuple):
    """A document's bytes and what must come of it.

    Attributes:
        raw: the bytes.
        says: what it says; None if it must be refused.
        is_stretch: whether it is no JSON object, so that only a line's end parts it from others.
    """

    raw: bytes
    says: Company | Page | None
    is_stretch: bool = False


class Accepted(NamedTuple):
    """A document, the time that counts for it, and the file it came in."""

    document: Company | Page
    time: str
    file: int


@dataclass
class Model:
    """What was accepted so far, by the order of arrival."""

    accepted: list[Accepted] = field(default_factory=list)

    def accept(self, document: Company | Page, date: str, file: int) -> None:
        """Accepts a document from a file whose name holds a date, as yyyymmdd."""
        day = f"{date[:4]}-{date[4:6]}-{date[6:]}T00:00:00Z"
        self.accepted.append(Accepted(document, document.time or day, file))

    def supersede(self, file: int) -> None:
        """Forgets a file's documents, since its bytes came under a name with another meaning."""
        self.accepted = [one for one in self.accepted if one.file != file]

    def expected(self) -> Rows:
        """The rows of every table."""
        found: Rows = {table: set() for table in (*COMPANY_TABLES, *TREE_TABLES)}
        for table in COMPANY_TABLES:
            for head in self._heads(table):
                found[table].update(head.rows[table])
        for delivery in self._deliveries():
            root, members, counted = delivery[0].root, members_of(delivery), counted_in(delivery)
            is_whole = is_complete(delivery)
            found["dw_family_tree"].add((root, is_whole, counted, len(members)))
            found["dw_family_tree_members"] |= {(root, *member) for member in members}
        return found

    def _heads(self, table: str) -> Iterator[Company]:
        """Of each company the document that covers the table, then the newest, then the last."""
        heads: dict[str, tuple[tuple[bool, str, int], Company]] = {}
        for place, (document, time, _) in enumerate(self.accepted):
            if isinstance(document, Page):
                continue
            rank = (table in document.covers, time, place)
            if document.duns not in heads or rank > heads[document.duns][0]:
                heads[document.duns] = (rank, document)
        return (document for _, document in heads.values())

    def _deliveries(self) -> Iterator[list[Page]]:
        """Of each tree the delivery that is complete, then the newest."""
        deliveries: dict[tuple[str, str], list[Page]] = {}
        for page, _, _ in self.accepted:
            if isinstance(page, Page):
                deliveries.setdefault((page.root, page.delivery), []).append(page)
        best: dict[str, tuple[tuple[bool, str], list[Page]]] = {}
        for (root, time), pages in deliveries.items():
            rank = (is_complete(pages), time)
            if root not in best or rank > best[root][0]:
                best[root] = (rank, pages)
        return (pages for _, pages in best.values())


def is_complete(pages: list[Page]) -> bool:
    """Whether all pages of a delivery are there, or as many members as the newest page counts."""
    numbers = {page.number for page in pages if page.number is not None}
    return len(numbers) == pages[0].of or len(members_of(pages)) == counted_in(pages)


def members_of(pages: list[Page]) -> set[tuple[str, str]]:
    """The distinct members on some pages."""
    return {member for page in pages for member in page.members}


def counted_in(pages: list[Page]) -> int:
    """How many members the newest page counts."""
    return max(pages, key=lambda page: page.time).counted


def merged(found: Iterable[Rows]) -> Rows:
    """The rows of several models together."""
    rows: Rows = {}
    for one in found:
        for table, those in one.items():
            rows.setdefault(table, set()).update(those)
    return rows
