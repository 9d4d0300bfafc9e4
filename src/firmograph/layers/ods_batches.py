"""Batches of documents, and the work on them: read by the kernel, written to ODS."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from firmograph.contract.delivery import page_facts
from firmograph.contract.kernel import Kernel
from firmograph.contract.reading import Reading
from firmograph.intake.ranges import Range
from firmograph.intake.split import Refusal, Unreadable
from firmograph.readings import DocumentRef, Readings, Tables, as_table
from firmograph.tables import ODS

if TYPE_CHECKING:
    from firmograph.engine.base import Writer

BATCH_BYTES = 4 << 20


class SourceFile(NamedTuple):
    """What ODS keeps of the file a document came in."""

    document_type: str
    company_name: str
    file_name: str
    file_path: str
    sha256: str
    ref_date: date
    page: int | None

    @property
    def ref_time(self) -> datetime:
        """The start of the date in the name, UTC."""
        return datetime.combine(self.ref_date, time(), UTC)


class Found(NamedTuple):
    """A document found in a file, and its place in ODS; the hash where it is known already."""

    file: SourceFile
    ingest_seq: int
    record_number: int
    raw: bytes
    document_id: str | None = None


@dataclass
class Batch:
    """Documents of one type, to be read together; or a range of a file that holds one a line."""

    document_type: str
    documents: list[Found] = field(default_factory=list)
    size: int = 0
    range: tuple[SourceFile, Range, int] | None = None

    def add(self, found: Found) -> None:
        """Adds a document."""
        self.documents.append(found)
        self.size += len(found.raw)

    @property
    def is_full(self) -> bool:
        """Whether it is time to read it."""
        return self.size > BATCH_BYTES


class Done(NamedTuple):
    """What came of a batch: readings to stage, how many documents, and why it was not read."""

    tables: Tables
    document_count: int
    refusal: Refusal | None = None


class Worker:
    """Reads batches: what one process does of an ingest. Pickles before its first batch.

    Args:
        kernels: by document type.
        writers: of ODS, by document type.
        run_id: of the run.
        now: the `load_timestamp` of the run.
        max_document_bytes: a range with a larger document is not read.
    """

    def __init__(
        self,
        kernels: Mapping[str, Kernel],
        writers: Mapping[str, "Writer"],
        run_id: str,
        now: datetime,
        max_document_bytes: int,
    ) -> None:
        self._kernels = kernels
        self._writers = writers
        self._stamp = (run_id, now)
        self._limit = max_document_bytes
        self._readings = Readings({name: kernel.contract for name, kernel in kernels.items()})

    def read(self, batch: Batch) -> Done:
        """Reads a batch and writes its documents to ODS."""
        if batch.range is None:
            return Done(self._read(batch), len(batch.documents))
        count = 0
        tables: list[Tables] = []
        try:
            for part in _cut(batch.document_type, *batch.range, self._limit):
                tables.append(self._read(part))
                count += len(part.documents)
        except Unreadable as error:
            return Done({}, 0, error.refusal)
        return Done(_together(tables), count)

    def seal(self) -> None:
        """Keeps what was written to ODS since the last seal, whatever becomes of the next file."""
        for writer in self._writers.values():
            writer.seal()

    def unseal(self) -> None:
        """Throws away what was written to ODS since the last seal."""
        for writer in self._writers.values():
            writer.unseal()

    def finish(self) -> dict[str, list[Any]]:
        """Ends writing; returns what the appenders commit, by document type."""
        return {kind: writer.finish() for kind, writer in self._writers.items()}

    def discard(self) -> None:
        """Throws everything away."""
        for writer in self._writers.values():
            writer.discard()

    def _read(self, batch: Batch) -> Tables:
        kernel = self._kernels[batch.document_type]
        is_paged = kernel.contract.delivery is not None
        run_id, now = self._stamp
        rows = []
        for file, seq, number, raw, known_id in batch.documents:
            reading = kernel.read(raw, file.ref_time, now)
            document_id = known_id or hashlib.sha256(raw).hexdigest()
            page = file.page
            ref = DocumentRef(file.document_type, seq, document_id, file.file_name, number, page)
            self._readings.add(ref, reading)
            if is_paged:
                page = _page_number(reading, page)
            text, encoding = _as_text(raw)
            rows.append(
                (
                    file.company_name,
                    file.file_name,
                    file.file_path,
                    text,
                    now,
                    document_id,
                    file.sha256,
                    number,
                    file.ref_date,
                    reading.source_timestamp,
                    reading.entity_id,
                    page,
                    encoding,
                    run_id,
                    seq,
                )
            )
        self._writers[batch.document_type].write(as_table(ODS.schema, rows))
        return self._readings.take()


def _cut(kind: str, file: SourceFile, part: Range, first_seq: int, limit: int) -> Iterator[Batch]:
    """Cuts a range into batches."""
    batch = Batch(kind)
    for number, raw in part.documents(limit):
        seq = first_seq + number - part.first_line
        batch.add(Found(file, seq, number, raw))
        if batch.is_full:
            yield batch
            batch = Batch(kind)
    if batch.documents:
        yield batch


def _together(parts: list[Tables]) -> Tables:
    names = {name for part in parts for name in part}
    return {name: pa.concat_tables(p[name] for p in parts if name in p) for name in sorted(names)}


def _page_number(reading: Reading, file_page: int | None) -> int | None:
    if not reading.rows:
        return file_page
    return page_facts(reading.rows[-1][0], file_page).page_number


def _as_text(raw: bytes) -> tuple[bytes, str]:
    """A document as ODS keeps it: its bytes, or base64 where they are not UTF-8."""
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError:
            return base64.b64encode(raw), "base64"
    return raw, "utf-8"
