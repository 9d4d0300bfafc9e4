"""What a contract says, once it is read without a fault."""

from dataclasses import dataclass
from enum import StrEnum

from firmograph.contract.path import Path


class ColumnType(StrEnum):
    """The types a column can have."""

    TEXT = "text"
    DUNS = "duns"
    INTEGER = "integer"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    TIMESTAMP = "timestamp"
    PARTIAL_DATE = "partial_date"
    PRESENT = "present"


class Assembly(StrEnum):
    """How the documents of a type become an entity's rows: each alone, or pages of a whole."""

    SINGLE = "single"
    PAGES = "pages"


class Rule(StrEnum):
    """What a missing value means."""

    MANDATORY = "mandatory"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type and the paths of its value.

    A computed column has no path: it is filled when its table is assembled.
    """

    name: str
    type: ColumnType
    paths: tuple[Path, ...] = ()
    rule: Rule | None = None

    @property
    def computed(self) -> bool:
        """Whether the value is computed rather than read."""
        return not self.paths


@dataclass(frozen=True, slots=True)
class Cover:
    """When a document covers a table: the block it must hold, else the path it must have."""

    block: str | None
    level: int
    path: Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one row a record, or one row for each element of a list.

    The key's first column is the entity. With `skip_empty`, a row of which only the key is known
    is left out. `parent` is another table of the contract, which holds every entity.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    each: Path | None = None
    skip_empty: bool = False
    covered_by: Cover | None = None
    parent: str | None = None

    @property
    def holds_every_entity(self) -> bool:
        """Whether each entity has a row, whatever its documents hold."""
        return self.each is None and not self.skip_empty

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns read from documents, in their order."""
        return tuple(c for c in self.columns if not c.computed)

    @property
    def key_positions(self) -> tuple[int, ...]:
        """Positions of the key's columns among those read."""
        names = [c.name for c in self.read_columns]
        return tuple(names.index(name) for name in self.key)


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one document type.

    Attributes:
        name: the document type.
        file_token: how its files are named: ``<company>_<file_token>_<yyyymmdd>``.
        ods_table: the table that keeps its documents as received.
        assembly: how documents become an entity's rows.
        record_at: places of the record, outermost keys first; ``()`` is the document itself and
            counts only where none of the other places' first keys is present.
        entity: the path of the DUNS that names the entity.
        source_time: the path of the vendor's timestamp.
        block_status: the path of the list of delivered blocks.
        tables: the tables, in the order of their declaration.
        delivery: facts about a page of a larger delivery, shaped as a table; there with
            `Assembly.PAGES` alone.
    """

    name: str
    file_token: str
    ods_table: str
    assembly: Assembly
    record_at: tuple[tuple[str, ...], ...]
    entity: Path
    source_time: Path
    block_status: Path | None
    tables: tuple[Table, ...]
    delivery: Table | None = None

    @property
    def results(self) -> tuple[Table, ...]:
        """All tables the kernel reads: the contract's own and the delivery's facts."""
        return (*self.tables, self.delivery) if self.delivery else self.tables

    @property
    def root(self) -> Table:
        """Of pages: the table with a row for the whole, its first without a list."""
        return next(table for table in self.tables if not table.each)

    @property
    def members(self) -> Table:
        """Of pages: the table of the members, its first with a list."""
        return next(table for table in self.tables if table.each)
