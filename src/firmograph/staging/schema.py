"""The staged relations, which hold what was read from documents until it is published.

For each document type, one relation has a row per document; for each table, one has its rows with
the `ingest_seq` of their document and their position in it. The others hold the facts of tree
pages, refusals and findings.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import pyarrow as pa

from firmograph.contract.model import Contract, Table
from firmograph.engine.base import Relation
from firmograph.lake.tables import CONTROL, TIMESTAMP, column_schema

PAGES = Relation("pages", CONTROL["tb_tree_pages"].schema)
"""Facts of the pages of family trees."""
REFUSALS = Relation(
    "refusals",
    pa.schema(
        [
            field
            for field in CONTROL["tb_quarantine_files"].schema
            if field.name not in ("load_timestamp", "run_id")
        ]
    ),
)
"""The violations for which files, documents or elements are refused."""
FINDINGS = Relation(
    "findings",
    pa.schema(
        [
            ("ingest_seq", pa.int64()),
            ("table_name", pa.string()),
            ("column_name", pa.string()),
            ("rule", pa.string()),
            ("example", pa.string()),
        ]
    ),
)
"""Warnings; `ingest_seq` is NULL if they do not belong to a single document."""


class DocumentRow(NamedTuple):
    """The first columns of the relation of a type's documents."""

    ingest_seq: int
    document_id: str
    entity_id: str | None
    source_timestamp: datetime | None
    is_accepted: bool
    element_count: int
    collapsed_count: int
    rejected_count: int
    row_count: int


_DOCUMENTS = pa.schema(
    [
        ("ingest_seq", pa.int64()),
        ("document_id", pa.string()),
        ("entity_id", pa.string()),
        ("source_timestamp", TIMESTAMP),
        ("is_accepted", pa.bool_()),
        ("element_count", pa.int64()),
        ("collapsed_count", pa.int64()),
        ("rejected_count", pa.int64()),
        ("row_count", pa.int64()),
    ]
)
_PLACE = pa.schema([("ingest_seq", pa.int64()), ("row_number", pa.int64())])


def documents_of(contract: Contract) -> Relation:
    """The relation of a type's documents; a boolean column per table: whether it is covered."""
    covers = [(table.name, pa.bool_()) for table in contract.tables]
    return Relation(f"documents_{contract.name}", pa.schema([*_DOCUMENTS, *covers]))


def rows_of(table: Table) -> Relation:
    """The relation of the rows read for a table, each with its document and position."""
    columns = column_schema(table.read_columns)
    return Relation(f"rows_{table.name}", pa.schema([*_PLACE, *columns]))


def staged_relations(contracts: Iterable[Contract]) -> dict[str, Relation]:
    """Every staged relation, by name."""
    relations = [FINDINGS, REFUSALS, PAGES]
    for contract in contracts:
        relations += [documents_of(contract), *map(rows_of, contract.tables)]
    return {relation.name: relation for relation in relations}


def entity_columns(contracts: Iterable[Contract]) -> dict[str, str]:
    """The column that holds the entity, by name of the staged relation, if it has one."""
    columns = {PAGES.name: "global_duns"}
    for contract in contracts:
        columns[documents_of(contract).name] = "entity_id"
        columns |= {rows_of(table).name: table.key[0] for table in contract.tables}
    return columns


def as_table(
    schema: pa.Schema, rows: list[tuple[Any, ...]], places: Iterable[list[int]] = ()
) -> pa.Table:
    """Converts rows, whose values are in the order of a schema's columns, to a table.

    Args:
        schema: the columns.
        rows: without the values of `places`.
        places: the first columns, if these are given by column.
    """
    columns = [*places, *zip(*rows, strict=True)]
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def row_getter(relation: Relation) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """A function that converts values by name to a row in the order of a relation's columns."""
    return itemgetter(*relation.schema.names)
