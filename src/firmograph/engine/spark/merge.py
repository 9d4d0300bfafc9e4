"""The SQL by which the rows of some entities are replaced: Delta Lake's MERGE.

Temporary tables: ``scope`` names the entities, ``new_rows`` are their rows from now on,
``touched_rows`` those of the table's files that may hold some; ``difference`` is what differs.
"""

from collections.abc import Sequence
from pathlib import Path

from firmograph.engine.duckdb.merge import STAMPS
from firmograph.lake.tables import TableSpec

COUNTS = (
    "SELECT count(*) FILTER (WHERE change = 'insert') AS inserted, "
    "count(*) FILTER (WHERE change = 'update') AS updated, "
    "count(*) FILTER (WHERE change = 'delete') AS deleted FROM difference"
)


def stamped(spec: TableSpec) -> str:
    """A query: the new rows as the table holds them, with the run that writes them."""
    names = (f's.{STAMPS[n]} AS "{n}"' if n in STAMPS else f'n."{n}"' for n in spec.schema.names)
    return f"SELECT {', '.join(names)} FROM new_rows n CROSS JOIN run_stamp s"


def difference(spec: TableSpec, by: Sequence[str]) -> str:
    """A query: rows that are new, have changed or are gone, and which of them."""
    key, first = spec.key, spec.key[0]
    rest = [name for name in spec.schema.names if name not in key and name not in STAMPS]
    entity = " AND ".join(f't."{c}" = s."{c}"' for c in by)
    match = " AND ".join(f'o."{c}" = n."{c}"' for c in key)
    differs = " OR ".join(f'o."{c}" IS DISTINCT FROM n."{c}"' for c in rest) or "false"
    columns = [f'coalesce(n."{c}", o."{c}") AS "{c}"' for c in key]
    columns += [f'n."{c}"' for c in rest]
    columns += [f's.{stamp} AS "{c}"' for c, stamp in STAMPS.items() if c in spec.schema.names]
    return (
        f"SELECT {', '.join(columns)}, "
        f"CASE WHEN o.\"{first}\" IS NULL THEN 'insert' "
        f"WHEN n.\"{first}\" IS NULL THEN 'delete' ELSE 'update' END AS change "
        "FROM (SELECT t.* FROM touched_rows t SEMI JOIN "
        f"(SELECT * FROM scope WHERE may_exist) s ON {entity}) o "
        f"FULL JOIN new_rows n ON {match} CROSS JOIN run_stamp s "
        f'WHERE o."{first}" IS NULL OR n."{first}" IS NULL OR {differs}'
    )


def merge(spec: TableSpec, folder: Path, span: tuple[str, str]) -> str:
    """A statement: the difference becomes the table's.

    Args:
        spec: the table.
        folder: where it lies.
        span: the first and the last known entity: files outside are not looked into.
    """
    match = " AND ".join(f't."{c}" = d."{c}"' for c in spec.key)
    low, high = (value.replace("'", "''") for value in span)
    sets = ", ".join(f't."{n}" = d."{n}"' for n in spec.schema.names if n not in spec.key)
    names = ", ".join(f'"{n}"' for n in spec.schema.names)
    values = ", ".join(f'd."{n}"' for n in spec.schema.names)
    where = str(folder).replace("`", "``")
    return (
        f"MERGE INTO delta.`{where}` t USING difference d "
        f"ON {match} AND t.\"{spec.key[0]}\" BETWEEN '{low}' AND '{high}' "
        "WHEN MATCHED AND d.change = 'delete' THEN DELETE "
        f"WHEN MATCHED THEN UPDATE SET {sets} "
        f"WHEN NOT MATCHED THEN INSERT ({names}) VALUES ({values})"
    )
