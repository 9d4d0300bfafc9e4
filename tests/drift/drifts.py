"""Shared by the drift tests: a project with documents in ODS, and its drift."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from conftest import Json, Project

from firmograph.control.snapshots import Snapshot
from firmograph.drift.findings import Drift
from firmograph.drift.measure import measure_drift
from firmograph.drift.paths import PATH_LIMIT
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tables import table_specs
from firmograph.queries.reader import Reader, open_reader


def drop_lines(project: Project, documents: Iterable[Any], kind: str = "data_blocks") -> None:
    """Drops documents as lines of one file, in order, and runs; bytes stay unchanged."""
    lines = [d if isinstance(d, bytes) else json.dumps(d).encode() for d in documents]
    project.drop(f"made_up_{kind}_20260301.jsonl", b"\n".join(lines))
    project.run()


def measured(
    project: Project,
    kind: str = "data_blocks",
    sample: int | None = None,
    seed: int = 1,
) -> Drift:
    """The drift of one document type; of all documents unless a sample is asked for."""
    with open_reader(project.storages.lake, project.contracts) as reader:
        return measure_drift(reader, project.contracts[kind], sample, seed)


def drift_of(
    project: Project, *documents: Any, kind: str = "data_blocks", path_limit: int = PATH_LIMIT
) -> Drift:
    """The drift of documents that are put into ODS unchanged, without a run."""
    table = project.contracts[kind].ods_table
    rows = [
        {"raw_data": text, "raw_encoding": "utf-8", "ingest_seq": seq}
        for seq, text in enumerate(map(as_text, documents), start=1)
    ]
    lake = Lake(project.storages.lake, table_specs(project.contracts.values()))
    with DuckDBEngine(lake, RunStamp("", datetime.now(UTC))) as engine:
        engine.store.create(table)
        engine.store.append(table, pa.Table.from_pylist(rows, schema=lake.specs[table].schema))
        reader = Reader(engine, [table], Snapshot(1, ingest_seq=len(rows)))
        return measure_drift(reader, project.contracts[kind], None, path_limit=path_limit)


def as_text(document: Any) -> str:
    """A document as text; text stays unchanged."""
    return document if isinstance(document, str) else json.dumps(document)


def unnamed(drift: Drift) -> dict[str, tuple[int, str | None]]:
    """Documents and example of each path the contract doesn't name."""
    return {row.path: (row.documents, row.example) for row in drift.unnamed}


def vanished(drift: Drift) -> dict[str, bool]:
    """Each vanished path, and whether its columns are read elsewhere."""
    return {row.path: row.read_elsewhere for row in drift.vanished}


def changed(drift: Drift) -> dict[tuple[str, str], tuple[list[str], int, str]]:
    """Allowed types, count and example, by path and JSON type found."""
    return {(row.path, row.found): (row.allowed, row.count, row.example) for row in drift.changed}


def files(project: Project) -> dict[str, Json]:
    """Every file below the root, with the attributes that a write would change."""
    return {
        path.relative_to(project.root).as_posix(): {
            "bytes": path.read_bytes() if path.is_file() else b"",
            "changed": path.stat().st_mtime_ns,
        }
        for path in project.root.rglob("*")
    }
