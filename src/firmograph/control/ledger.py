"""The ledger, ``tb_pipeline_control``: what each run did with each file, and how it ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Engine

LEDGER = "tb_pipeline_control"
CLOSED_RUNS = f"""
    SELECT run_id
    FROM {LEDGER}
    WHERE activity = 'run' AND status IN ('ok', 'refused')
"""
"""A query: the runs that completed, including the move of their files."""
COMPLETED_SEQ = f"""
    SELECT coalesce(max(ingest_seq), 0)
    FROM tb_published_snapshots
    WHERE run_id IN (
        SELECT run_id
        FROM {LEDGER}
        WHERE activity = 'run' AND status IN ('ok', 'refused') AND script = 'run'
    )
"""
"""A query: the last document of the last run that completed what interrupted ones left in the
uploads; other commands do not read these."""


class Ledger:
    """One run's entries, appended in a few commits.

    Args:
        engine: where the ledger lives.
        script: the command of the run.
    """

    def __init__(self, engine: Engine, script: str) -> None:
        self._engine = engine
        stamp = engine.stamp
        self._common = {"run_id": stamp.run_id, "load_timestamp": stamp.now, "script": script}

    def write(self, columns: Mapping[str, Sequence[Any]]) -> None:
        """Appends entries, given as columns of equal length; `activity` and `status` among them.

        The run's id, time and script are filled in; other columns not given are NULL.
        """
        self.write_parts([columns])

    def write_parts(self, parts: Iterable[Mapping[str, Sequence[Any]]]) -> None:
        """Appends entries in one commit, part by part: there may be more than fit into memory."""
        self._engine.store.append_parts(LEDGER, map(self._rows, parts))

    def _rows(self, columns: Mapping[str, Sequence[Any]]) -> pa.Table:
        schema = self._engine.lake.specs[LEDGER].schema
        count = len(columns["status"])
        arrays = [
            pa.array(columns[field.name], field.type)
            if field.name in columns
            else pa.repeat(pa.scalar(self._common.get(field.name), field.type), count)
            for field in schema
        ]
        return pa.Table.from_arrays(arrays, schema=schema)


def last_run(engine: Engine) -> dict[str, Any] | None:
    """The newest entry of a whole run; None before the first."""
    rows = engine.query_local(
        f"""
        SELECT * EXCLUDE (file_version)
        FROM {LEDGER}
        WHERE activity = 'run'
        ORDER BY load_timestamp DESC
        LIMIT 1
        """,
        [LEDGER],
    ).to_pylist()
    return rows[0] if rows else None


def last_finished(engine: Engine) -> datetime | None:
    """When the newest run that took in uploads and did not fail ended, UTC; None before it."""
    row = engine.query_local(
        f"""
        SELECT max(load_timestamp + to_microseconds(CAST(duration_seconds * 1e6 AS BIGINT))) AS at
        FROM {LEDGER}
        WHERE activity = 'run'
          AND script = 'run'
          AND status IN ('ok', 'refused')
        """,
        [LEDGER],
    ).to_pylist()[0]
    found: datetime | None = row["at"]
    return found
