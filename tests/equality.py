"""Two lakes side by side: every table row for row, types included."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable

STAMPS = {"load_timestamp", "run_id", "duration_seconds"}
"""What names the run, and so differs."""
SNAPSHOTS = "tb_published_snapshots"


def everything(lake: Path) -> dict[str, tuple[str, list[str]]]:
    """For each table, its columns with their types, and its rows in a fixed order."""
    found = {}
    for log in sorted(lake.glob("*/*/_delta_log")):
        name = log.parent.name
        rows = pa.table(DeltaTable(str(log.parent)).to_pyarrow_table())
        found[name] = (str(rows.schema), sorted(_row(name, row) for row in rows.to_pylist()))
    return found


def _row(table: str, row: dict[str, Any]) -> str:
    if table == SNAPSHOTS:
        row = {name: row[name] for name in ("snapshot_id", "ingest_seq", "contract_fingerprint")}
        return json.dumps(row)
    kept = {name: value for name, value in row.items() if name not in STAMPS}
    return json.dumps(kept, default=str, sort_keys=True, ensure_ascii=False)


def differences(
    left: dict[str, tuple[str, list[str]]], right: dict[str, tuple[str, list[str]]]
) -> list[str]:
    """The rows that only one of two lakes has, one line each."""
    lines = [f"only one has {name}" for name in sorted(left.keys() ^ right.keys())]
    for name in sorted(left.keys() & right.keys()):
        if left[name][0] != right[name][0]:
            lines.append(f"{name}: {left[name][0]} is not {right[name][0]}")
        mine, theirs = left[name][1], right[name][1]
        lines += [f"{name} lacks {row}" for row in mine if mine.count(row) > theirs.count(row)]
        lines += [f"{name} has {row}" for row in theirs if theirs.count(row) > mine.count(row)]
    return lines
