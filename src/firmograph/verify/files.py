"""Checks of files: those of the tables, and the uploads that were ingested."""

import os
from collections.abc import Container
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from firmograph.control.snapshots import SNAPSHOTS
from firmograph.engine.duckdb.connection import STORAGE_ERRORS
from firmograph.errors import FirmographError, first_line
from firmograph.storage.base import Entry, Storage, sha256_of, walk
from firmograph.storage.errors import Gone, StorageError
from firmograph.verify.differences import Check, Differences
from firmograph.verify.evidence import LEDGER, STAGED_ROWS, Evidence
from firmograph.verify.relations import KNOWN, PROCESSED

READ_AT_ONCE = 16
"""How many files of a bucket are read side by side."""


def check_files(evidence: Evidence) -> Check:
    """Checks that each table opens, and that its data files have the logged size and row count."""
    found, count = Differences(), 0
    lake = evidence.engine.lake
    names = [*evidence.snapshot.table_versions, LEDGER, SNAPSHOTS]
    for name in names:
        try:
            files = pa.table(lake.open(name).get_add_actions(flatten=True)).to_pylist()
        except (FirmographError, *STORAGE_ERRORS) as error:
            found.add(first_line(error))
            continue
        count += len(files)
        for file in files:
            if fault := _file_fault(lake.table(name), file):
                found.add(f"{name}: {file['path']} {fault}")
    return Check("files", f"{len(names)} tables, {count} files", count, found)


def _file_fault(table: Storage, logged: dict[str, Any]) -> str | None:
    try:
        with table.open(logged["path"]) as file:
            size = file.stamp.size
            if size != logged["size_bytes"]:
                return f"has {size} bytes, the log says {logged['size_bytes']}"
            rows = pq.read_metadata(file.content).num_rows
    except Gone:
        return "is missing"
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read: {first_line(error)}"
    if logged.get("num_records") not in (None, rows):
        return f"has {rows} rows, the log says {logged['num_records']}"
    return None


def check_processed(evidence: Evidence, folder: Storage, passed_over: Container[str] = ()) -> Check:
    """Checks that the bytes of each file below a folder are in ODS.

    Args:
        evidence: of the snapshot.
        folder: of the ingested files.
        passed_over: names that are not those of deliveries; such a file must be in ODS only if the
            ledger names it.
    """
    found = Differences()
    # listed before ODS is opened, since a run moves files only after their documents are in ODS
    count = _stage_processed(evidence, found, folder, passed_over)
    _stage_known(evidence)
    evidence.differ(
        found,
        "{path}: its bytes are not in ODS",
        f"""
        SELECT p.path
        FROM {PROCESSED} p
        ANTI JOIN {KNOWN} k
            ON k.file_sha256 = p.sha256
        WHERE
            NOT p.is_passed_over
            OR EXISTS (SELECT 1 FROM {LEDGER} l WHERE l.file_name = p.name)
        ORDER BY p.path
        """,
        [LEDGER],
    )
    return Check("processed", f"{count} files", count, found)


def _stage_processed(
    evidence: Evidence, found: Differences, folder: Storage, passed_over: Container[str]
) -> int:
    """Stages the files below a folder with their hashes; returns how many there are."""
    count = 0
    evidence.engine.load(PROCESSED, PROCESSED.schema.empty_table())
    listed = walk(folder)
    # those of a bucket are read side by side
    with ThreadPoolExecutor(1 if folder.is_local else READ_AT_ONCE, "hashes") as threads:
        while some := list(islice(listed, STAGED_ROWS)):
            count += len(some)
            rows = []
            for (_, below, entry), sha256 in zip(some, threads.map(_hash, some), strict=True):
                path = _readable(below + entry.name)
                if isinstance(sha256, OSError):
                    found.add(f"{path} cannot be read: {_reason(sha256)}")
                    continue
                rows.append(
                    {
                        "path": path,
                        "name": _readable(entry.name),
                        "sha256": sha256,
                        "is_passed_over": entry.name in passed_over,
                    }
                )
            evidence.engine.load(PROCESSED, pa.Table.from_pylist(rows, PROCESSED.schema))
    return count


def _hash(listed: tuple[Storage, str, Entry]) -> str | OSError:
    """The SHA-256 of a file, or why it cannot be read."""
    place, _, entry = listed
    if entry.stamp is None:
        return StorageError("it is not a regular file", entry.name)
    try:
        return sha256_of(place, entry.name)
    except OSError as error:
        return error


def _reason(error: OSError) -> str | None:
    return error.reason if isinstance(error, StorageError) else error.strerror


def _stage_known(evidence: Evidence) -> None:
    with evidence.newest() as engine:
        for name in engine.lake.ods_tables.values():
            sql = f"SELECT DISTINCT file_sha256 FROM {name}"
            evidence.engine.load(KNOWN, engine.query(sql, [name]))


def _readable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "backslashreplace")
