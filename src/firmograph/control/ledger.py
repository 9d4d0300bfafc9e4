"""The ledger, ``tb_pipeline_control``: what each run did with each file and each table."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.lake import TableSpec

LEDGER = "tb_pipeline_control"


class Ledger:
    """One run's entries, appended in a few commits.

    Args:
        engine: where the ledger lives.
        specs: the lake's tables.
        run_id: of this run.
        now: of this run.
        script: the command that runs.
    """

    def __init__(
        self,
        engine: Engine,
        specs: Mapping[str, TableSpec],
        *,
        run_id: str,
        now: datetime,
        script: str,
    ) -> None:
        self._engine = engine
        self._spec = specs[LEDGER]
        self._common = {"run_id": run_id, "load_timestamp": now, "script": script}

    def write(self, entries: Iterable[Mapping[str, Any]]) -> None:
        """Appends entries; each names at least its `activity` and `status`."""
        rows = [{**self._common, **entry} for entry in entries]
        self._engine.append(self._spec, pa.Table.from_pylist(rows, schema=self._spec.schema))


def last_run(engine: Engine, specs: Mapping[str, TableSpec]) -> dict[str, Any] | None:
    """The newest entry of a whole run; None before the first."""
    rows = engine.query(
        f"SELECT * FROM {LEDGER} WHERE activity = 'run' ORDER BY load_timestamp DESC LIMIT 1",  # noqa: S608
        [specs[LEDGER]],
    ).to_pylist()
    return rows[0] if rows else None
