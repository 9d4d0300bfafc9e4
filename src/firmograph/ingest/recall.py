"""Finds files that somebody wrote on after they were moved, so that they are read again.

A writer that keeps a file open goes on writing wherever the file is moved. Where the system does
not tell who has a file open, this is seen only afterwards.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from firmograph.control.ledger import LEDGER
from firmograph.engine.base import Engine
from firmograph.storage.base import FileStamp, Storage, sha256_of
from firmograph.storage.errors import StorageError

RECALL_DAYS = 1
"""For how long files that were read are watched; those of the last run always are."""


class Grown(NamedTuple):
    """A file that has other bytes than were read.

    Attributes:
        folder: where it is now.
        name: of the file.
        stamp: its version now.
    """

    folder: Storage
    name: str
    stamp: FileStamp


def find_grown(engine: Engine, targets: Mapping[str, Storage]) -> list[Grown]:
    """Finds files of recent runs that have other bytes than were read.

    Args:
        engine: of the lake.
        targets: where the files were moved to, by status.
    """
    # a file in a bucket is whole once it is there, and has no writer that goes on
    targets = {status: folder for status, folder in targets.items() if folder.is_local}
    if not targets:
        return []
    statuses = ", ".join(f"'{status}'" for status in targets)
    rows = engine.query_local(
        f"""
        WITH files AS (
            SELECT file_name, status, run_id, file_bytes, load_timestamp
            FROM {LEDGER}
            WHERE activity = 'ingest' AND status IN ({statuses})
        )
        SELECT
            status,
            run_id,
            load_timestamp,
            list(file_name ORDER BY file_name) AS names,
            list(file_bytes ORDER BY file_name) AS sizes
        FROM files
        WHERE
            load_timestamp >= TIMESTAMPTZ '{engine.stamp.now - timedelta(days=RECALL_DAYS)}'
            OR load_timestamp = (SELECT max(load_timestamp) FROM files)
        GROUP BY status, run_id, load_timestamp
        ORDER BY load_timestamp, status
        """,
        [LEDGER],
    ).to_pylist()
    suspects = list(_suspects(rows, targets))
    hashes = _hashes(engine) if suspects else set()
    return [grown for grown in suspects if _is_new(grown, hashes)]


def _suspects(runs: list[dict[str, Any]], targets: Mapping[str, Storage]) -> Iterator[Grown]:
    """Yields files whose size or time is not that of the file that was read."""
    for run in runs:
        folder, run_began = targets[run["status"]], run["load_timestamp"]
        sizes = dict(zip(run["names"], run["sizes"], strict=True))
        # those whose names were taken are in a subfolder of the run
        for place in (folder / run["run_id"], folder):
            for name, stamp in place.stamps(list(sizes)).items():
                if stamp.size != sizes.pop(name) or not _is_older(place, stamp, run_began):
                    yield Grown(place, name, stamp)


def _is_older(folder: Storage, stamp: FileStamp, time: datetime) -> bool:
    written_at = folder.written_at(stamp)
    return written_at is None or written_at <= time


def _hashes(engine: Engine) -> set[str]:
    found = engine.query_local(f"SELECT DISTINCT file_sha256 FROM {LEDGER}", [LEDGER])
    return set(found["file_sha256"].to_pylist())


def _is_new(grown: Grown, hashes: Collection[str]) -> bool:
    try:
        return sha256_of(grown.folder, grown.name) not in hashes
    except StorageError:
        return False  # it is changing now; a later run sees it
