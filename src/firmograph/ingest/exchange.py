"""The values that the processes of an ingest exchange about files and documents."""

import hashlib
from collections.abc import Container
from datetime import date, datetime
from typing import NamedTuple

from firmograph.kernel.result import Result
from firmograph.lake.tuning import Tuning
from firmograph.sources.cut_off import ends_early
from firmograph.sources.disposal import relative
from firmograph.sources.ignored import NotDeliveries
from firmograph.sources.names import Upload, readable
from firmograph.sources.ranges import Range
from firmograph.sources.split import FilePlace, RawDocument, Refusal
from firmograph.sources.uploads import Deferred


class IngestContext(NamedTuple):
    """The facts that all processes of an ingest share.

    Attributes:
        run_id: of the run.
        now: the `load_timestamp` of the run.
        known: deliveries whose documents need not be read, as `delivery_key` names them.
        root: paths are stored relative to it.
        max_document_bytes: a file with a larger document is unreadable.
        tuning: how work is divided.
        settle_seconds: a file that ends too early is deferred if it changed this recently.
        ignored: members of archives that are passed over.
    """

    run_id: str
    now: datetime
    known: Container[str]
    root: str
    max_document_bytes: int
    tuning: Tuning
    settle_seconds: float = 0.0
    ignored: NotDeliveries = NotDeliveries()


class SourceFile(NamedTuple):
    """What ODS stores about the file of a document."""

    document_type: str
    company_name: str
    file_name: str
    file_path: str
    sha256: str
    ref_date: date
    page: int | None
    ref_time: datetime


class FoundDocument(NamedTuple):
    """A document found in a file.

    Attributes:
        record_number: see `RawDocument`.
        raw: its bytes.
        document_id: its hash if already known.
        bad_at: see `RawDocument`.
        result: what the kernel read, if it was read while its file was opened.
    """

    record_number: int
    raw: bytes
    document_id: str | None = None
    bad_at: FilePlace | None = None
    result: Result | None = None


class FileScan(NamedTuple):
    """What a file contains, before any of it is kept.

    Attributes:
        sha256: of its bytes; None if it is deferred.
        size: in bytes.
        document_count: documents in it; 0 if it is a known delivery, or it is not counted yet.
        refusals: its parts that are not documents.
        deferred: why it cannot be read now.
        is_inaccessible: see `Deferred`.
        ranges: of its lines, if these are read in parallel.
    """

    sha256: str | None
    size: int
    document_count: int = 0
    refusals: tuple[Refusal, ...] = ()
    deferred: str | None = None
    is_inaccessible: bool = False
    ranges: tuple[Range, ...] = ()

    @property
    def seq_count(self) -> int:
        """How many values of `ingest_seq` its documents need; with ranges, one per line."""
        if not self.ranges:
            return self.document_count
        return sum(lines.line_count for lines in self.ranges)


class BatchResult(NamedTuple):
    """The result of a batch.

    Attributes:
        document_count: how many documents.
        refusal: why the whole file is refused.
        deferred: why the file cannot be read now.
        is_inaccessible: see `Deferred`.
        has_odd_lines: whether a line is not one document: the file must be split value by value.
    """

    document_count: int
    refusal: Refusal | None = None
    deferred: str | None = None
    is_inaccessible: bool = False
    has_odd_lines: bool = False

    def __add__(self, other: "BatchResult") -> "BatchResult":  # type: ignore[override]
        """The sum of both; of two reasons, the first."""
        return BatchResult(
            self.document_count + other.document_count,
            self.refusal or other.refusal,
            self.deferred or other.deferred,
            self.is_inaccessible or other.is_inaccessible,
            self.has_odd_lines or other.has_odd_lines,
        )


def delivery_key(sha256: str, file_name: str) -> str:
    """A hash that names a delivery: bytes under a name."""
    return hashlib.sha256(f"{sha256}{file_name}".encode()).hexdigest()


def scan_of_deferred(file: Upload, reason: Deferred) -> FileScan:
    """The scan of a file that cannot be read now."""
    return FileScan(None, file.size, deferred=str(reason), is_inaccessible=reason.is_inaccessible)


def deferred_if_young(scan: FileScan, file: Upload, context: IngestContext) -> FileScan:
    """The scan of a file, deferred if it ends too early and changed only just before the run."""
    stamp = file.stamp
    if stamp is None or not ends_early(scan.refusals):
        return scan
    written_at = file.folder.written_at(stamp)
    if written_at is None or not context.settle_seconds:
        return scan
    age = abs((context.now - written_at).total_seconds())
    if age >= context.settle_seconds:
        return scan
    reason = f"it ends too early and changed {age:.0f} s before the run: it may not be complete yet"
    return FileScan(None, scan.size, deferred=reason)


def source_file(file: Upload, sha256: str, root: str) -> SourceFile:
    """What ODS stores about a file; its path is relative to the root."""
    path = readable(relative(file.location, root))
    names = (file.document_type, file.company_name, file.file_name, path, sha256)
    return SourceFile(*names, file.ref_date, file.page, file.ref_time)


def found_in(part: RawDocument, sha256: str, size: int) -> FoundDocument:
    """A document of a file; if it is the whole file, it has the file's hash."""
    document_id = sha256 if len(part.raw) == size else None
    return FoundDocument(part.record_number, part.raw, document_id, part.bad_at)
