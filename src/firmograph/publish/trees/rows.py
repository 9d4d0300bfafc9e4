"""Stages the new heads of trees and their rows, from which a run publishes."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa

from firmograph.contract.model import Contract, Table
from firmograph.engine.base import Engine, Relation
from firmograph.publish.heads import NEW_HEADS
from firmograph.publish.trees.grouping import Assembly
from firmograph.publish.trees.relations import (
    HEAD_FACTS,
    HEAD_PAGES,
    MEMBER_COUNTS,
    assembled_of,
)
from firmograph.staging.schema import rows_of

Row = dict[str, Any]


def stage_heads(
    engine: Engine, contract: Contract, heads: Mapping[str, Assembly], published: Container[str]
) -> None:
    """Stages new heads, their pages and their facts.

    Args:
        engine: where `NEW_HEADS`, `HEAD_PAGES` and `HEAD_FACTS` are created.
        contract: of the document type.
        heads: by global DUNS.
        published: trees that have a head already.
    """
    _replace(engine, NEW_HEADS, _head_rows(contract, heads, published))
    _replace(
        engine,
        HEAD_PAGES,
        (
            {"entity_id": duns, "ingest_seq": page.ingest_seq, "place": place}
            for duns, assembly in heads.items()
            for place, page in enumerate(assembly.head.pages)
        ),
    )
    _replace(engine, HEAD_FACTS, (_facts(duns, assembly) for duns, assembly in heads.items()))


def _head_rows(
    contract: Contract, heads: Mapping[str, Assembly], published: Container[str]
) -> Iterator[Row]:
    for duns, assembly in heads.items():
        newest = assembly.head.newest
        for table in contract.tables:
            yield {
                "document_type": contract.name,
                "table_name": table.name,
                "entity_id": duns,
                "ingest_seq": newest.ingest_seq,
                "document_ids": [page.document_id for page in assembly.head.pages],
                "source_timestamp": newest.source_timestamp,
                "covers": assembly.is_complete,
                "may_exist": duns in published,
            }


def _facts(duns: str, assembly: Assembly) -> Row:
    head, newest = assembly.head, assembly.head.newest
    return {
        "entity_id": duns,
        "newest_seq": newest.ingest_seq,
        "branches_excluded": newest.branches_excluded,
        "members_expected": head.members_expected,
        "pages_expected": head.page_count,
        "pages_received": head.pages_received,
        "is_complete": assembly.is_complete,
    }


def _replace(engine: Engine, relation: Relation, rows: Iterable[Row]) -> None:
    """Creates or replaces a temporary table with some rows."""
    found = Relation(f"found_{relation}", relation.schema)
    engine.drop(found)
    engine.load(found, pa.Table.from_pylist(list(rows), schema=relation.schema))
    engine.create_temp(relation, f"SELECT * FROM {found}")


def assemble_rows(engine: Engine, contract: Contract) -> None:
    """Stages the rows of the new heads, as `assembled_of` each table."""
    for table in contract.tables:
        if table.each:
            engine.create_temp(assembled_of(table), _list_rows(table))
    entity = contract.members.key[0]
    engine.create_temp(
        MEMBER_COUNTS,
        f"""
        SELECT "{entity}" AS entity_id, count(*) AS members_received
        FROM {assembled_of(contract.members)}
        GROUP BY "{entity}"
        """,
    )
    for table in contract.tables:
        if not table.each:
            engine.create_temp(assembled_of(table), _newest_rows(table))


def _list_rows(table: Table) -> str:
    """A query: the elements of all pages; one that is on several pages is taken from the first."""
    columns = [f'"{column.name}"' for column in table.columns]
    return f"""
        WITH numbered AS (
            SELECT
                {", ".join(f"r.{column}" for column in columns)},
                row_number() OVER (
                    PARTITION BY {", ".join(f'r."{name}"' for name in table.key)}
                    ORDER BY h.place, r.row_number
                ) AS row_number
            FROM {rows_of(table)} r
            JOIN {HEAD_PAGES} h
                ON h.ingest_seq = r.ingest_seq
        )
        SELECT {", ".join(columns)}
        FROM numbered
        WHERE row_number = 1
    """


def _newest_rows(table: Table) -> str:
    """A query: the columns read from the newest page, and those computed from all pages."""
    columns = [
        _source(column.name) if column.computed else f'r."{column.name}"'
        for column in table.columns
    ]
    return f"""
        SELECT {", ".join(columns)}
        FROM {rows_of(table)} r
        JOIN {HEAD_FACTS} f
            ON f.newest_seq = r.ingest_seq
        LEFT JOIN {MEMBER_COUNTS} m
            ON m.entity_id = f.entity_id
    """


def _source(computed: str) -> str:
    """SQL of a computed column."""
    if computed == "members_received":
        return "coalesce(m.members_received, 0) AS members_received"
    return f"f.{computed}"
