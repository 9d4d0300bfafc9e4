"""DW: the rows of an entity in a table are exactly those of its head."""

from collections.abc import Mapping

import pyarrow as pa

from firmograph.contract.model import Contract, Table
from firmograph.engine.base import Engine, Relation, RowCounts
from firmograph.engine.sql import MAY_EXIST, listed, quoted
from firmograph.publish.refresh import refreshed_of
from firmograph.staging.schema import rows_of

PUBLISHED_DOCUMENTS = Relation("published_documents", pa.schema([("ingest_seq", pa.int64())]))
"""Documents of which a row was written; a document appears once for each of the tables."""


def head_rows(contract: Contract, new_heads: Relation) -> dict[str, str]:
    """By table, a query that returns the rows of the new heads, for assembly `single`."""
    return {table.name: _rows(table, new_heads) for table in contract.tables}


def _rows(table: Table, new_heads: Relation) -> str:
    return f"""
        SELECT {listed((column.name for column in table.columns), "r")}
        FROM {rows_of(table)} r
        JOIN {new_heads} w
          ON w.ingest_seq = r.ingest_seq AND w.table_name = '{table.name}'
    """


def publish_tables(
    engine: Engine,
    contract: Contract,
    new_heads: Relation,
    rows: Mapping[str, str],
    *,
    full_refresh: bool,
) -> tuple[dict[str, RowCounts], Relation]:
    """Merges the rows of the new heads into the tables of DW.

    Args:
        engine: of the lake.
        contract: of the tables.
        new_heads: see `NEW_HEADS`.
        rows: by table, a query that returns the rows of the new heads.
        full_refresh: whether rows of all other entities are deleted.

    Returns:
        Counts by table, and the documents of which a row was written.
    """
    published = engine.create_temp(
        PUBLISHED_DOCUMENTS, "SELECT CAST(NULL AS BIGINT) AS ingest_seq WHERE false"
    )
    counts = {}
    for table in contract.tables:
        entity = table.key[0]
        scope = _scope(contract, table, new_heads, full_refresh=full_refresh)
        merged = engine.merge(table.name, rows[table.name], scope, [entity])
        counts[table.name] = merged.counts
        engine.insert_temp(
            published,
            f"""
            SELECT w.ingest_seq
            FROM {new_heads} w
            SEMI JOIN {merged.changed} c
              ON c.{quoted(entity)} = w.entity_id
            WHERE w.table_name = '{table.name}'
            """,
        )
    return counts, published


def _scope(contract: Contract, table: Table, new_heads: Relation, *, full_refresh: bool) -> str:
    """A query: the entities with new rows, and whether the table may hold rows of them."""
    entity = quoted(table.key[0])
    touched = f"""
        SELECT DISTINCT entity_id AS {entity}, may_exist AS {MAY_EXIST}
        FROM {new_heads}
        WHERE table_name = '{table.name}'
    """
    if not full_refresh:
        return f"""
            SELECT t.{entity}, t.{MAY_EXIST}
            FROM ({touched}) t
            ANTI JOIN ({refreshed_of(contract)}) f
              ON f.entity_id = t.{entity}
            UNION ALL
            SELECT entity_id AS {entity}, true AS {MAY_EXIST}
            FROM ({refreshed_of(contract)})
        """
    return f"""
        SELECT {entity}, true AS {MAY_EXIST}
        FROM (
          SELECT {entity}
          FROM ({touched})
          UNION
          SELECT {entity}
          FROM {table.name}
        )
    """
