"""Finds the files and documents that are in ODS, and copies documents from another ODS."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa

from firmograph.control.ledger import CLOSED_RUNS, LEDGER
from firmograph.engine.base import Engine
from firmograph.ingest.decisions import KnownFiles, Unsettled
from firmograph.lake.files import meeting
from firmograph.lake.lake import Lake

Span = tuple[int, int]
"""A span of `ingest_seq`, both ends included."""

EVERYTHING: Span = (0, 2**63 - 1)


def without(spans: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """The spans, sorted, without the parts that are in `holes`."""
    merged = joined(holes)
    left = []
    for first, last in sorted(spans):
        start = first
        for low, high in meeting(merged, first, last):
            if start < low:
                left.append((start, low - 1))
            start = high + 1
        if start <= last:
            left.append((start, last))
    return left


def joined(spans: Iterable[Span]) -> list[Span]:
    """The spans, sorted, with those that overlap or touch each other joined."""
    found: list[Span] = []
    for low, high in sorted(spans):
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found


class KnownHashes:
    """A set of many SHA-256 hashes, held in 32 bytes each.

    Args:
        digests: the digests, sorted and concatenated.
    """

    def __init__(self, digests: bytes) -> None:
        self._digests = digests

    def __contains__(self, sha256: object) -> bool:
        places = range(len(self._digests) // 32)
        wanted = bytes.fromhex(str(sha256))
        place = bisect_left(places, wanted, key=self._digest)
        return place < len(places) and self._digest(place) == wanted

    def _digest(self, place: int) -> bytes:
        return self._digests[32 * place : 32 * place + 32]


def known_files(engine: Engine, settled_seq: int) -> KnownFiles:
    """Finds the files in ODS.

    A run moves its files before it closes its entry in the ledger. The next run completes what an
    interrupted run left; its files count as unsettled until two snapshots later.

    Args:
        engine: of the lake.
        settled_seq: the files of documents up to this one have certainly been moved.
    """
    is_settled = f"ingest_seq <= {settled_seq} OR run_id IN ({CLOSED_RUNS})"
    tables = list(engine.lake.ods_tables.values())
    parts = (f"SELECT file_sha256 FROM {name} WHERE {is_settled}" for name in tables)
    settled = engine.query_local(
        f"SELECT DISTINCT unhex(file_sha256) AS digest FROM ({' UNION ALL '.join(parts)}) "
        "ORDER BY digest",
        [*tables, LEDGER],
    )
    unsettled = {}
    for name in tables:
        others = engine.query_local(
            "SELECT file_sha256, min(file_name) AS file_name, count(*) AS document_count "
            f"FROM {name} WHERE NOT ({is_settled}) GROUP BY file_sha256",
            [name, LEDGER],
        )
        for row in others.to_pylist():
            file = Unsettled(row["file_name"], row["document_count"])
            unsettled[row["file_sha256"]] = file
    return KnownFiles(KnownHashes(b"".join(settled["digest"].to_pylist())), unsettled)


def last_seq(engine: Engine) -> int:
    """The highest `ingest_seq` in ODS; 0 if it is empty."""
    return max(engine.store.max_value(name) or 0 for name in engine.lake.ods_tables.values())


def copy_ods(source: Lake, engine: Engine, end: datetime) -> None:
    """Copies the documents loaded before `end` from another lake's ODS, unchanged."""
    for name in engine.lake.ods_tables.values():
        appender = engine.store.appender(name)
        for batch in engine.store.read_rows(
            name, source.specs[name].schema.names, [EVERYTHING], source
        ):
            early = [time < end for time in batch["load_timestamp"].to_pylist()]
            appender.write(pa.table(batch.filter(pa.array(early))))
        appender.commit()
