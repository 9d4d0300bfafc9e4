"""DW: a table's rows for an entity are what its head says, no more and no less."""

from firmograph.contract.model import Contract, Table
from firmograph.engine.base import Engine, RowCounts


def publish_tables(
    engine: Engine, contract: Contract, *, full_refresh: bool
) -> dict[str, RowCounts]:
    """Writes the rows of the ``new_heads``; what changed goes to ``published_documents``."""
    engine.create_temp(
        "published_documents", "SELECT CAST(NULL AS BIGINT) AS ingest_seq WHERE false"
    )
    changes = {}
    for table in contract.tables:
        entity = table.key[0]
        scope = (
            f"SELECT DISTINCT entity_id AS {entity}, may_exist FROM new_heads "
            f"WHERE table_name = '{table.name}'"
        )
        if full_refresh:
            scope = (
                f"SELECT {entity}, true AS may_exist FROM (SELECT {entity} FROM ({scope}) "
                f"UNION SELECT {entity} FROM {table.name})"
            )
        changes[table.name] = engine.replace(table.name, _rows(contract, table), scope, [entity])
        engine.add(
            "published_documents",
            "SELECT w.ingest_seq FROM new_heads w "
            f"SEMI JOIN changed c ON c.{entity} = w.entity_id WHERE w.table_name = '{table.name}'",
        )
    return changes


def _rows(contract: Contract, table: Table) -> str:
    if contract.delivery:
        return f"SELECT * FROM assembled_{table.name}"
    columns = ", ".join(f'r."{c.name}"' for c in table.columns)
    return (
        f"SELECT {columns} FROM rows_{table.name} r JOIN new_heads w "
        f"ON w.ingest_seq = r.ingest_seq AND w.table_name = '{table.name}'"
    )
