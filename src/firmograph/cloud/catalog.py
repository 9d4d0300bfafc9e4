"""The tables of a lake as a catalogue of another program needs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from firmograph.errors import UsageError
from firmograph.project import Project
from firmograph.queries.dictionary import Entry, entries
from firmograph.queries.session import Session


@dataclass(frozen=True)
class CatalogColumn:
    """A column: its name, its type, and what it means."""

    name: str
    type: pa.DataType
    meaning: str


@dataclass(frozen=True)
class CatalogTable:
    """A table.

    Attributes:
        name: unique in the lake.
        zone: ods, dw, app or control.
        url: where its files are.
        meaning: what it holds.
        columns: in their order.
    """

    name: str
    zone: str
    url: str
    meaning: str
    columns: Sequence[CatalogColumn]


@dataclass
class Registered:
    """What became of the tables in the catalogue, by name.

    Attributes:
        created: they were not there.
        updated: they were there and different.
        unchanged: they were there and the same.
        left: they were registered earlier, and are no longer in the lake.
    """

    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def tables_of(project: Project, scheme: str) -> list[CatalogTable]:
    """The published tables of a lake in a bucket, by name.

    Args:
        project: whose lake it is.
        scheme: of the bucket: ``s3`` or ``gs``.

    Raises:
        UsageError: if the lake is elsewhere.
        LakeError: if nothing was published yet.
    """
    lake = project.folders.lake.url
    if not lake.startswith(f"{scheme}://"):
        raise UsageError(
            f"the lake is {lake}, which the catalogue cannot lead to; allowed is {scheme}://…",
            hint="set lake to where the tables are",
        )
    with project.open() as reader:
        session = Session(reader, project.contracts)
        places = {name: table.path for name, table in reader.versions().items()}
        found = [
            CatalogTable(
                entry.table,
                entry.zone,
                places[entry.table],
                entry.meaning,
                _columns(session, entry),
            )
            for entry in entries(session)
            if entry.table in places
        ]
    return sorted(found, key=lambda table: table.name)


def _columns(session: Session, entry: Entry) -> list[CatalogColumn]:
    schema = session.spec(entry.table).schema
    return [CatalogColumn(c.name, schema.field(c.name).type, c.meaning) for c in entry.columns]
