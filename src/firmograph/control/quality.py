"""Data quality, ``tb_data_quality``: counts of warnings, with up to three examples each."""

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from firmograph.control.snapshots import DataTestResult
from firmograph.engine.base import Engine
from firmograph.staging.schema import FINDINGS

QUALITY = "tb_data_quality"
EXAMPLES = 3
_NAMES = "table_name, column_name, rule"


def write_findings(engine: Engine) -> int:
    """Counts the staged findings and appends the counts; returns the number of findings."""
    if not engine.has_rows(FINDINGS):
        return 0
    found = engine.query(f"""
        WITH examples AS (
          SELECT {_NAMES}, example, count(*) AS n
          FROM {FINDINGS}
          GROUP BY {_NAMES}, example
        ),
        numbered AS (
          SELECT
            {_NAMES},
            example,
            CAST(sum(n) OVER (PARTITION BY {_NAMES}) AS BIGINT) AS count,
            row_number() OVER (PARTITION BY {_NAMES} ORDER BY example) AS place
          FROM examples
        )
        SELECT {_NAMES}, example, count, place
        FROM numbered
        WHERE place <= {EXAMPLES}
        ORDER BY {_NAMES}, place
    """).to_pylist()
    rows: list[dict[str, Any]] = []
    for row in found:
        example = row.pop("example")
        if row.pop("place") == 1:
            rows.append(row | {"examples": []} | _stamp(engine))
        rows[-1]["examples"].append(example)
    schema = engine.lake.specs[QUALITY].schema
    engine.store.append(QUALITY, pa.Table.from_pylist(rows, schema=schema))
    return sum(row["count"] for row in rows)


def write_test_failures(engine: Engine, failed: Mapping[str, DataTestResult]) -> None:
    """Appends the data tests that failed, by name, as rows of rule ``data_test``."""
    rows = [
        {
            "table_name": name,
            "rule": "data_test",
            "count": result.row_count,
            "examples": result.examples or [str(result.message)],
        }
        | _stamp(engine)
        for name, result in sorted(failed.items())
    ]
    schema = engine.lake.specs[QUALITY].schema
    engine.store.append(QUALITY, pa.Table.from_pylist(rows, schema=schema))


def _stamp(engine: Engine) -> dict[str, Any]:
    return {"run_id": engine.stamp.run_id, "load_timestamp": engine.stamp.now}
