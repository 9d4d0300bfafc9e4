"""Heads: for each entity and table, the document that speaks.

A head is the greatest document by (covers the table, `source_timestamp`, `ingest_seq`). The order
is total and associative, so any order of arrival ends with the same heads.
"""

from firmograph.contract.model import Contract
from firmograph.engine.base import Engine, RowCounts

HEADS = "tb_entity_heads"


def choose_heads(engine: Engine, contract: Contract, *, full_refresh: bool) -> None:
    """Finds which staged documents become heads, into the temporary table ``new_heads``.

    Args:
        engine: holds the staged documents.
        contract: of a type whose documents each stand alone.
        full_refresh: whether today's heads are to be forgotten rather than beaten.
    """
    candidates = " UNION ALL ".join(
        f"SELECT '{table.name}' AS table_name, entity_id, ingest_seq, document_id, "
        f'source_timestamp, "{table.name}" AS covers '
        f"FROM documents_{contract.name} WHERE is_accepted"
        for table in contract.tables
    )
    heads = f"SELECT * FROM {HEADS} WHERE document_type = '{contract.name}'"
    is_newer = (
        "h.entity_id IS NULL OR b.covers > h.covers OR (b.covers = h.covers AND ("
        "b.source_timestamp > h.source_timestamp OR (b.source_timestamp = h.source_timestamp "
        "AND b.ingest_seq > h.ingest_seq)))"
    )
    engine.create_temp(
        "new_heads",
        f"SELECT '{contract.name}' AS document_type, b.table_name, "
        # a list of one, in words that every engine knows: an id holds no comma
        "b.entity_id, b.ingest_seq, split(b.document_id, ',') AS document_ids, "
        "b.source_timestamp, b.covers, "
        "h.entity_id IS NOT NULL AS may_exist FROM ("
        "SELECT *, row_number() OVER (PARTITION BY table_name, entity_id "
        "ORDER BY covers DESC, source_timestamp DESC, ingest_seq DESC) AS place "
        f"FROM ({candidates})) b LEFT JOIN ({heads}) h "
        "ON h.entity_id = b.entity_id AND h.table_name = b.table_name "
        f"WHERE b.place = 1 AND ({'true' if full_refresh else is_newer})",
        [HEADS],
    )


def write_heads(engine: Engine, document_type: str, *, full_refresh: bool) -> RowCounts:
    """Writes the new heads; with `full_refresh`, they are the only ones of their document type."""
    names = ", ".join(engine.lake.specs[HEADS].schema.names)
    scope = "SELECT document_type, entity_id, table_name, may_exist FROM new_heads"
    if full_refresh:
        scope = (
            "SELECT document_type, entity_id, table_name, true AS may_exist FROM ("
            "SELECT document_type, entity_id, table_name FROM new_heads UNION "
            f"SELECT document_type, entity_id, table_name FROM {HEADS} "
            f"WHERE document_type = '{document_type}')"
        )
    by = ("entity_id", "document_type", "table_name")
    return engine.replace(HEADS, f"SELECT {names} FROM new_heads", scope, by)
