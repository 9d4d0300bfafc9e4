"""One family tree: its members in memory, laid out, and what its delivery says of it."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from firmograph.engine.sql import quoted
from firmograph.queries.companies import Search, folded_words
from firmograph.queries.company_index import folded
from firmograph.queries.family_layout import NONE, Group, Layout, lay_out
from firmograph.queries.icicle import Icicle, make_icicle
from firmograph.queries.names import FAMILIES, MEMBERS
from firmograph.queries.session import Row, Session

KEPT_TREES = 4
"""How many trees of a snapshot are held in memory."""
_COLUMNS = {
    "parent_duns": (("parent_duns",), "VARCHAR"),
    "name": (("primary_name",), "VARCHAR"),
    "country": (("address_country", "address_country_code"), "VARCHAR"),
    "level": (("hierarchy_level",), "BIGINT"),
    "employees": (("employees",), "BIGINT"),
    "is_branch": (("is_branch",), "BOOLEAN"),
}
"""What is shown of a member: the columns it is taken from, and its type."""


@dataclass(frozen=True)
class Member:
    """A member of a tree.

    Attributes:
        position: in the layout.
        depth: how many members are above it.
        level: the hierarchy level that the source states.
        parent_duns: as the source states it, whether or not it is in the tree.
        is_cyclic: whether it is owned by itself.
        children: how many it has.
        below: how many members are below it, on all levels.
    """

    position: int
    duns: str
    name: str | None
    country: str | None
    depth: int
    level: int | None
    employees: int | None
    is_branch: bool
    is_cyclic: bool
    parent_duns: str | None
    children: int
    below: int


@dataclass(frozen=True)
class Country:
    """A country, and how many members have their address there."""

    name: str
    members: int


@dataclass(frozen=True)
class Family:
    """A tree in memory.

    Attributes:
        global_duns: the DUNS of the global ultimate.
        delivery: the tree's row in `FAMILIES`; empty if it has none.
        layout: of the members.
        members: by position, their columns, and `folded`, the name as it is searched.
        countries: those with most members first.
    """

    global_duns: str
    delivery: Row
    layout: Layout
    members: pa.Table
    countries: tuple[Country, ...]

    def __len__(self) -> int:
        return int(self.members.num_rows)

    def position(self, duns: str) -> int | None:
        """Where a member is; None if it is not in the tree."""
        found = pc.index(self.members["duns"], duns).as_py()
        return None if found < 0 else found

    def member(self, position: int) -> Member:
        """The member at a position."""
        values = {name: self.members[name][position].as_py() for name in ("duns", *_COLUMNS)}
        values["is_branch"] = bool(values["is_branch"])
        layout = self.layout
        return Member(
            **values,
            position=position,
            depth=layout.depths[position],
            is_cyclic=position in layout.cyclic,
            children=layout.counts[position],
            below=layout.sizes[position] - 1,
        )

    @cached_property
    def levels(self) -> int:
        """How many levels there are."""
        return max(self.layout.depths, default=NONE) + 1

    @cached_property
    def icicle(self) -> Icicle:
        """The whole tree as bytes; a country is its place in `countries`."""
        names = pa.array([country.name for country in self.countries], pa.string())
        places = pc.index_in(self.members["country"], value_set=names).fill_null(NONE)
        return make_icicle(
            self.layout,
            self.members["duns"],
            pc.add(places, 1),
            self.members["is_branch"],
        )

    def tops(self, group: Group) -> Sequence[int]:
        """The positions of the members of a group, which have no parent above them."""
        return self.layout.tops.get(group, [])

    def containing(self, words: Sequence[str]) -> list[int]:
        """The positions of the members whose folded name or whose DUNS contains all words."""
        mask = pa.scalar(True)
        for word in words:
            has_word = pc.match_substring(self.members["folded"], word)
            if word.isdigit():
                has_word = pc.or_(has_word, pc.match_substring(self.members["duns"], word))
            mask = pc.and_(mask, has_word)
        if not words:
            return list(range(len(self)))
        found: list[int] = pc.indices_nonzero(mask).to_pylist()
        return found

    def rows(self) -> Iterator[Row]:
        """All members in preorder, each with its depth and why it is at the top if it is."""
        tops = {top: group for group, tops in self.layout.tops.items() for top in tops}
        position = 0
        for batch in self.members.drop_columns(["folded"]).to_batches(max_chunksize=1_000):
            for row in batch.to_pylist():
                yield {
                    **row,
                    "depth": self.layout.depths[position],
                    "below": self.layout.sizes[position] - 1,
                    "top_as": tops.get(position),
                }
                position += 1


@dataclass(frozen=True)
class _KeptTrees:
    """The trees in memory, those used last at the end; one thread at a time may change them."""

    trees: OrderedDict[str, Family | None] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)


ROW_COLUMNS = ("duns", *_COLUMNS, "depth", "below", "top_as")
"""The columns of `Family.rows`."""


def find_family(session: Session, global_duns: str) -> Family | None:
    """A tree; None if the snapshot has neither members nor a delivery of it."""
    kept = session.derived("families", _KeptTrees)
    with kept.lock:
        trees = kept.trees
        if global_duns not in trees:
            with session.reading_much():
                trees[global_duns] = _load(session, global_duns)
        trees.move_to_end(global_duns)
        while len(trees) > KEPT_TREES:
            trees.popitem(last=False)
        return trees[global_duns]


def words_of(session: Session, text: str) -> list[str]:
    """The words of a text as names are compared; see `folded_words`."""
    duns = Search(text).duns
    return [duns] if duns else folded_words(session, text)


def _load(session: Session, global_duns: str) -> Family | None:
    delivery, members = _delivery(session, global_duns), _members(session, global_duns)
    if not (delivery or members.num_rows):
        return None
    order = pc.sort_indices(members, [("folded", "ascending"), ("duns", "ascending")])
    duns, parents = (members[name].combine_chunks().take(order) for name in ("duns", "parent_duns"))
    layout = lay_out(duns, parents, global_duns)
    placed = members.take(order.take(pa.array(layout.rows, pa.int64()))).combine_chunks()
    return Family(global_duns, delivery, layout, placed, _countries(placed))


def _delivery(session: Session, global_duns: str) -> Row:
    if "global_duns" not in session.columns(FAMILIES):
        return {}
    sql = f"SELECT * FROM {FAMILIES} WHERE global_duns = $duns"
    return next(iter(session.rows(sql, [FAMILIES], duns=global_duns)), {})


def _members(session: Session, global_duns: str) -> pa.Table:
    """The members in any order; DuckDB takes more memory to sort them."""
    present = session.columns(MEMBERS)
    if not {"global_duns", "duns"} <= set(present):
        return _none()
    taken = {name: _taken(present, *source) for name, source in _COLUMNS.items()}
    sql = f"""
        SELECT
            duns,
            {", ".join(f"{sql} AS {name}" for name, sql in taken.items())},
            coalesce({folded(taken["name"])}, '') AS folded
        FROM {MEMBERS}
        WHERE global_duns = $duns
    """
    with session.reader() as reader:
        return reader.engine.query_local(sql, [MEMBERS], {"duns": global_duns})


def _taken(present: Sequence[str], columns: Sequence[str], type_: str) -> str:
    """The first of some columns that has a value, as SQL; NULL if the table has none of them."""
    values = [f"TRY_CAST({quoted(name)} AS {type_})" for name in columns if name in present]
    return f"coalesce({', '.join(values)})" if values else f"CAST(NULL AS {type_})"


def _none() -> pa.Table:
    types = {"level": pa.int64(), "employees": pa.int64(), "is_branch": pa.bool_()}
    names = ("duns", *_COLUMNS, "folded")
    return pa.schema([(name, types.get(name, pa.string())) for name in names]).empty_table()


def _countries(members: pa.Table) -> tuple[Country, ...]:
    counted = pc.value_counts(members["country"].drop_null()).to_pylist()
    countries = [Country(one["values"], one["counts"]) for one in counted]
    return tuple(sorted(countries, key=lambda one: (-one.members, one.name)))
