"""How bytes that are in ODS were read the last time."""

from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from firmograph.engine.base import Engine
from firmograph.ingest.decisions import Reading
from firmograph.ingest.exchange import IngestContext
from firmograph.kernel.kernel import Kernel
from firmograph.sources.names import FileNames, Upload
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, open_upload
from firmograph.storage.base import Storage


class KnownHashes:
    """A set of many SHA-256 hashes, held in 32 bytes each.

    Args:
        digests: the digests, sorted and concatenated.
    """

    def __init__(self, digests: bytes) -> None:
        self._digests = digests
        places = range(len(digests) // 32)
        firsts = (bisect_left(places, bytes([first]), key=self._digest) for first in range(256))
        self._starts = [*firsts, len(places)]

    def __contains__(self, sha256: object) -> bool:
        return self.find(str(sha256)) is not None

    def find(self, sha256: str) -> int | None:
        """The place of a hash among the sorted ones; None if it is not there."""
        wanted = bytes.fromhex(sha256)
        first, end = self._starts[wanted[0]], self._starts[wanted[0] + 1]
        place = bisect_left(range(end), wanted, first, key=self._digest)
        return place if place < end and self._digest(place) == wanted else None

    def _digest(self, place: int) -> bytes:
        return self._digests[32 * place : 32 * place + 32]


class LastReadings:
    """The last delivery of all bytes in ODS, loaded once it is asked for.

    Args:
        engine: of the lake.
        names: how the files of each document type are named.
        folder: the upload folder.
    """

    def __init__(self, engine: Engine, names: FileNames, folder: Storage) -> None:
        self._engine = engine
        self._names = names
        self._folder = folder

    def find(self, sha256: str) -> Reading | None:
        """The last delivery of some bytes; None if its name no longer fits any document type."""
        place = self._hashes.find(sha256)
        if place is None:
            return None
        row = {name: column[place].as_py() for name, column in self._rows.items()}
        upload = self._names.recognise(self._folder, row["file_name"])
        return Reading(upload, row["may_lack_time"]) if isinstance(upload, Upload) else None

    @cached_property
    def _hashes(self) -> KnownHashes:
        return KnownHashes(b"".join(self._rows["digest"].to_pylist()))

    @cached_property
    def _rows(self) -> dict[str, Any]:
        tables = self._engine.lake.ods_tables
        documents = " UNION ALL ".join(
            f"""
            SELECT
                file_sha256,
                file_name,
                ingest_seq,
                coalesce(source_timestamp = CAST(ref_date AS TIMESTAMPTZ), true) AS may_lack_time
            FROM {table}
            """
            for table in tables.values()
        )
        rows = self._engine.query_local(
            f"""
            SELECT
                unhex(file_sha256) AS digest,
                arg_max(file_name, ingest_seq) AS file_name,
                bool_or(may_lack_time) AS may_lack_time
            FROM ({documents})
            GROUP BY file_sha256
            ORDER BY digest
            """,
            list(tables.values()),
        )
        return {name: rows[name].combine_chunks() for name in rows.column_names}


def needs_date(
    kernels: Mapping[str, Kernel], context: IngestContext, file: Upload, other: Upload
) -> bool:
    """Whether a document of a file is read otherwise under the date of another file."""
    kernel = kernels[file.document_type]
    try:
        with open_upload(file, context.tuning.range_bytes) as opened:
            for part in opened.documents(context.max_document_bytes, context.ignored):
                if isinstance(part, Refusal):
                    continue
                one, two = (
                    kernel.read(part.raw, each.ref_time, context.now) for each in (file, other)
                )
                if (one.source_timestamp, one.violations) != (two.source_timestamp, two.violations):
                    return True
    except (Deferred, Unreadable):
        return False
    return False
