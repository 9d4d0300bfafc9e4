"""How recent the published documents are, from ``tb_entity_heads``."""

from typing import Any

from firmograph.engine.base import Engine

HEADS = "tb_entity_heads"


def find_freshness(engine: Engine) -> list[dict[str, Any]]:
    """By document type: how many entities are published, and the vendor's newest time.

    An entity has a head for each table that was there when it was published, so that the most heads
    of one table are the entities; counting distinct ones takes longer and more memory.
    """
    found: list[dict[str, Any]] = engine.query_local(
        f"""
        WITH by_table AS (
          SELECT
            document_type,
            table_name,
            count(*) AS heads,
            max(source_timestamp) AS newest_source
          FROM {HEADS}
          GROUP BY document_type, table_name
        )
        SELECT document_type, max(heads) AS entities, max(newest_source) AS newest_source
        FROM by_table
        GROUP BY document_type
        ORDER BY document_type
        """,
        [HEADS],
    ).to_pylist()
    return found
