"""What a contract says, once read and found without fault."""

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


class Rule(StrEnum):
    """What a missing value means."""

    MANDATORY = "mandatory"
    EXPECTED = "expected"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its type and where its value is found.

    A computed column has no path: the layer that assembles the table fills it.
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
    """When a document speaks for a table: the block it must hold, else the path it must have."""

    block: str | None
    level: int
    path: Path


@dataclass(frozen=True, slots=True)
class Table:
    """A table: one row a record, or one row for each element of a list.

    The key's first column is the entity. With `skip_empty`, a row of which only the key is known
    is left out.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    each: Path | None = None
    skip_empty: bool = False
    covered_by: Cover | None = None

    @property
    def read_columns(self) -> tuple[Column, ...]:
        """The columns read from documents, in their order."""
        return tuple(c for c in self.columns if not c.computed)

    @property
    def key_positions(self) -> tuple[int, ...]:
        """Places of the key's columns among those read."""
        names = [c.name for c in self.read_columns]
        return tuple(names.index(name) for name in self.key)


@dataclass(frozen=True, slots=True)
class Contract:
    """The contract of one document type.

    Attributes:
        name: the document type, ``data_blocks`` or ``family_tree``.
        record_at: places of the record, outermost keys first; ``()`` is the document itself and
            counts only where none of the other places' first keys stand.
        entity: where the DUNS that names the entity stands, in the record.
        source_time: where the vendor's timestamp stands.
        block_status: where the list of delivered blocks stands.
        tables: the tables, in the order of their declaration.
        delivery: facts about a page of a larger delivery, shaped as a table; None where a
            document is a delivery of its own.
    """

    name: str
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
