"""Heads: the authoritative document of each entity for each table.

A head is the greatest document by (covers the table, `source_timestamp`, `ingest_seq`). This order
is total, so the heads do not depend on the order of arrival.
"""

import pyarrow as pa

from firmograph.contract.model import Contract
from firmograph.control.freshness import HEADS
from firmograph.engine.base import Engine, Relation
from firmograph.engine.sql import MAY_EXIST, listed
from firmograph.lake.tables import TIMESTAMP
from firmograph.publish.refresh import SET_ASIDE, refreshed_of
from firmograph.staging.schema import documents_of

KEY = ("entity_id", "document_type", "table_name")
NEW_HEADS = Relation(
    "new_heads",
    pa.schema(
        [
            ("document_type", pa.string()),
            ("table_name", pa.string()),
            ("entity_id", pa.string()),
            ("ingest_seq", pa.int64()),
            ("document_ids", pa.list_(pa.string())),
            ("source_timestamp", TIMESTAMP),
            ("covers", pa.bool_()),
            ("may_exist", pa.bool_()),
        ]
    ),
)
"""New heads of this run, and whether DW may hold rows of the entity."""


_BEATS = """
    h.entity_id IS NULL
    OR b.covers > h.covers
    OR b.covers = h.covers AND (
      b.source_timestamp > h.source_timestamp
      OR b.source_timestamp = h.source_timestamp AND b.ingest_seq > h.ingest_seq
    )
"""
"""A condition: the best staged document ``b`` replaces the current head ``h``."""


def choose_heads(engine: Engine, contract: Contract, *, full_refresh: bool) -> Relation:
    """Finds which staged documents become heads.

    Args:
        engine: holds the staged documents.
        contract: of a type with assembly `single`.
        full_refresh: whether the current heads are ignored.

    Returns:
        The relation `NEW_HEADS`.
    """
    # split makes a list of one element on both engines: an id contains no comma
    new_heads = f"""
        WITH ranked AS (
          SELECT
            *,
            row_number() OVER (
              PARTITION BY table_name, entity_id
              ORDER BY covers DESC, source_timestamp DESC, ingest_seq DESC
            ) AS place
          FROM ({_candidates(contract)})
        ),
        heads AS (
          SELECT *
          FROM {HEADS}
          WHERE document_type = '{contract.name}'
        )
        SELECT
          '{contract.name}' AS document_type,
          b.table_name,
          b.entity_id,
          b.ingest_seq,
          split(b.document_id, ',') AS document_ids,
          b.source_timestamp,
          b.covers,
          h.entity_id IS NOT NULL AS may_exist
        FROM ranked b
        LEFT JOIN heads h
          ON h.entity_id = b.entity_id AND h.table_name = b.table_name
        LEFT JOIN ({refreshed_of(contract)}) f
          ON f.entity_id = b.entity_id
        WHERE b.place = 1 AND ({"true" if full_refresh else _BEATS} OR f.entity_id IS NOT NULL)
    """
    return engine.create_temp(NEW_HEADS, new_heads, [HEADS])


def _candidates(contract: Contract) -> str:
    """A query: the accepted documents, once for each of the tables."""
    return "\nUNION ALL\n".join(
        f"""
        SELECT
          '{table.name}' AS table_name,
          d.entity_id,
          d.ingest_seq,
          d.document_id,
          d.source_timestamp,
          d."{table.name}" AS covers
        FROM {documents_of(contract)} d
        ANTI JOIN {SET_ASIDE} s
          ON s.ingest_seq = d.ingest_seq
        WHERE d.is_accepted
        """
        for table in contract.tables
    )


def write_heads(
    engine: Engine, contract: Contract, new_heads: Relation, *, full_refresh: bool
) -> None:
    """Writes the new heads; with `full_refresh`, they are the only ones of their document type."""
    key = listed(KEY)
    if full_refresh:
        scope = f"""
            SELECT {key}, true AS {MAY_EXIST}
            FROM (
              SELECT {key}
              FROM {new_heads}
              UNION
              SELECT {key}
              FROM {HEADS}
              WHERE document_type = '{contract.name}'
            )
        """
    else:
        scope = f"""
            SELECT {listed(KEY, "h")}, h.may_exist AS {MAY_EXIST}
            FROM {new_heads} h
            ANTI JOIN ({refreshed_of(contract)}) f
              ON f.entity_id = h.entity_id
            UNION ALL
            SELECT {key}, {MAY_EXIST}
            FROM ({_refreshed_heads(contract)})
        """
    columns = listed(engine.lake.specs[HEADS].schema.names)
    engine.merge(HEADS, f"SELECT {columns} FROM {new_heads}", scope, KEY)


def _refreshed_heads(contract: Contract) -> str:
    """A query: the keys of all heads that refreshed entities have or may have."""
    return "\nUNION ALL\n".join(
        f"""
        SELECT
          entity_id,
          '{contract.name}' AS document_type,
          '{table.name}' AS table_name,
          true AS {MAY_EXIST}
        FROM ({refreshed_of(contract)})
        """
        for table in contract.tables
    )
