"""What DW must hold, in plain Python: the authoritative document of each entity and its rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

Row = tuple[object, ...]
Rows = dict[str, set[Row]]
COMPANY_TABLES = ("dw_company_data", "dw_industry_code")
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
        time: when the delivery that it belongs to was requested; pages of one share it.
        number: which of the delivery's pages it is.
        count: how many pages the delivery has.
        members: DUNS and name of each.
    """

    root: str
    time: str
    number: int
    count: int
    members: tuple[tuple[str, str], ...]


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
        """Takes a document from a file whose name holds a date, as yyyymmdd."""
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
            pages = {page.number: page for page in delivery}
            members = {member for page in pages.values() for member in page.members}
            first = delivery[0]
            is_complete = len(pages) == first.count
            found["dw_family_tree"].add((first.root, is_complete, len(members)))
            found["dw_family_tree_members"] |= {(first.root, *member) for member in members}
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
                deliveries.setdefault((page.root, page.time), []).append(page)
        best: dict[str, tuple[tuple[bool, str], list[Page]]] = {}
        for (root, time), pages in deliveries.items():
            is_complete = len({page.number for page in pages}) == pages[0].count
            if root not in best or (is_complete, time) > best[root][0]:
                best[root] = ((is_complete, time), pages)
        return (pages for _, pages in best.values())


def merged(found: Iterable[Rows]) -> Rows:
    """The rows of several models together."""
    rows: Rows = {}
    for one in found:
        for table, those in one.items():
            rows.setdefault(table, set()).update(those)
    return rows
