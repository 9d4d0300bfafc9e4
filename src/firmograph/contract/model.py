"""A contract, parsed and free of faults."""

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
    """How documents become an entity's rows: each by itself, or several as pages of a delivery."""

    SINGLE = "single"
    PAGES = "pages"


class Rule(StrEnum):
    """The rules about missing values."""

    MANDATORY = "mandatory"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type and the paths of its value.

    Attributes:
        name: of the column.
        type: of its values.
        paths: where to look for a value, in this order; a computed column has none: it is filled
            when its table is assembled.
        rule: about missing values.
        labels: a word for each of the paths, if they are named.
        which: the column whose path in use this one names; it has no paths of its own.
        unit: the field that tells the unit of the value, to be converted to single units.
        refuses: whether an unfit value is refused instead of read as NULL.
    """

    name: str
    type: ColumnType
    paths: tuple[Path, ...] = ()
    rule: Rule | None = None
    labels: tuple[str, ...] = ()
    which: str | None = None
    unit: str | None = None
    refuses: bool = False

    @property
    def computed(self) -> bool:
        """Whether the value is computed rather than read."""
        return not self.paths and self.which is None


@dataclass(frozen=True, slots=True)
class Cover:
    """When a document covers a table.

    Attributes:
        block: covers at this level or above, if blocks are listed.
        level: of the block.
        path: must be there, even as null, if no blocks are listed or no block is named.
        keys: further evidence for that case: paths, as many of which as `at_least` must be there.
        at_least: how many.
        value_at: paths, one of which must have a value in that case; and with a listed block,
            unless nothing stands at `path`.
    """

    block: str | None
    level: int
    path: Path
    keys: tuple[Path, ...] = ()
    at_least: int = 0
    value_at: tuple[Path, ...] = ()

    @property
    def evidence(self) -> tuple[Path, ...]:
        """All paths looked at if no blocks are listed."""
        return (self.path, *self.keys, *self.value_at)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one row per record, or one row per element of a list.

    The key's first column is the entity. With `skip_empty`, a row with no value beside the key
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
        """Whether every entity has a row."""
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
        ods_table: the table of its documents as received.
        assembly: how documents become an entity's rows.
        record_at: places of the record, outermost keys first; ``()`` is the document itself and
            applies only if no first key of another place is present.
        entity: the path of the DUNS that names the entity.
        source_time: the path of the vendor's timestamp.
        block_status: the path of the list of delivered blocks.
        tables: the tables, in the order of their declaration.
        delivery: the facts of a page, in the form of a table; only with `Assembly.PAGES`.
        missing_values: texts that mean NULL.
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
    missing_values: tuple[str, ...] = ()

    @property
    def results(self) -> tuple[Table, ...]:
        """All tables the kernel reads: those of the contract and the facts of a page."""
        return (*self.tables, self.delivery) if self.delivery else self.tables

    @property
    def root(self) -> Table:
        """With `Assembly.PAGES`: the table with one row per delivery, the first without a list."""
        return next(table for table in self.tables if not table.each)

    @property
    def members(self) -> Table:
        """With `Assembly.PAGES`: the table of the members, the first with a list."""
        return next(table for table in self.tables if table.each)
