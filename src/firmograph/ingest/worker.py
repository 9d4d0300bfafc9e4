"""Batches of documents, and the work on them: read by the kernel, written to ODS."""

import hashlib
from collections import deque
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from firmograph.kernel.kernel import Kernel
from firmograph.kernel.page_facts import page_facts
from firmograph.kernel.result import Result
from firmograph.lake.raw_data import encode_raw
from firmograph.lake.tables import ODS
from firmograph.sources.disposal import relative
from firmograph.sources.names import Upload, readable
from firmograph.sources.ranges import Range
from firmograph.sources.split import RawDocument, Refusal, Unreadable
from firmograph.sources.uploads import Deferred, read_upload
from firmograph.staging.batches import TAKEN_ROWS, BatchBuilder, DocumentRef, as_table
from firmograph.staging.spill import SpillBuffer, Spilled
from firmograph.storage.base import StorageError

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
    ref_time: datetime


class FoundDocument(NamedTuple):
    """A document found in a file: where, its bytes, and its hash where it is known already."""

    record_number: int
    raw: bytes
    document_id: str | None = None


@dataclass
class Batch:
    """Documents of one file in a row, to be read together, and the `ingest_seq` of the first."""

    file: SourceFile
    first_seq: int
    documents: list[FoundDocument] = field(default_factory=list)


class LineBatch(NamedTuple):
    """A range of a file that holds one document a line, and the `ingest_seq` of its first line."""

    file: SourceFile
    lines: Range
    first_seq: int


class FileScan(NamedTuple):
    """What a small file turned out to be, before any of it is kept.

    Attributes:
        sha256: of its bytes; None where it is deferred.
        size: in bytes.
        document_count: documents in it; none where it is known.
        refusals: parts that hold no document.
        deferred: why it cannot be read now.
        line_count: where its lines are read side by side: all lines, empty ones too.
    """

    sha256: str | None
    size: int
    document_count: int = 0
    refusals: tuple[Refusal, ...] = ()
    deferred: str | None = None
    line_count: int | None = None

    @property
    def seq_count(self) -> int:
        """How many values of `ingest_seq` its documents take."""
        return self.document_count if self.line_count is None else self.line_count


class BatchResult(NamedTuple):
    """What came of a batch: how many documents, and why it was not read."""

    document_count: int
    refusal: Refusal | None = None
    deferred: str | None = None


class IngestContext(NamedTuple):
    """What all processes of an ingest know.

    Attributes:
        run_id: of the run.
        now: the `load_timestamp` of the run.
        known: hashes of files that need not be looked into.
        root: paths are kept relative to it.
        max_document_bytes: a file with a larger document is not read.
    """

    run_id: str
    now: datetime
    known: Container[str]
    root: str
    max_document_bytes: int


class Worker:
    """What one process does of an ingest. Pickles before its first order.

    Args:
        kernels: by document type.
        writers: of ODS, by document type.
        pile: where readings go.
        task: what the ingest is about.
    """

    def __init__(
        self,
        kernels: Mapping[str, Kernel],
        writers: Mapping[str, "Writer"],
        buffer: SpillBuffer,
        task: IngestContext,
    ) -> None:
        self._kernels = kernels
        self._writers = writers
        self._buffer = buffer
        self._task = task
        self._builder = BatchBuilder({name: kernel.contract for name, kernel in kernels.items()})
        self._opened: deque[list[tuple[SourceFile | None, list[FoundDocument]]]] = deque()
        self._rows: dict[str, list[tuple[Any, ...]]] = {kind: [] for kind in kernels}
        self._held = 0

    def open(self, files: Sequence[Upload]) -> list[FileScan]:
        """Opens small files, and holds their documents until `keep` says what becomes of them."""
        opened, held = [], []
        for file in files:
            found: list[FoundDocument] = []
            facts = self._open(file, found)
            opened.append(facts)
            source = source_file(file, facts.sha256, self._task.root) if facts.sha256 else None
            held.append((source, found))
        self._opened.append(held)
        return opened

    def _open(self, file: Upload, found: list[FoundDocument]) -> FileScan:
        try:
            opened = read_upload(file)
        except Deferred as reason:
            return FileScan(None, file.size, deferred=str(reason))
        sha256, size = opened.sha256, opened.size
        if sha256 in self._task.known:
            return FileScan(sha256, size)
        refusals = []
        try:
            for part in opened.documents(self._task.max_document_bytes):
                if isinstance(part, Refusal):
                    refusals.append(part)
                else:
                    found.append(found_in(part, sha256, size))
        except Unreadable as error:
            found.clear()
            refusals = [error.refusal]
        return FileScan(sha256, size, len(found), tuple(refusals))

    def keep(self, first_seqs: Sequence[int | None]) -> BatchResult:
        """Reads the files opened first; each that is to be kept has the first `ingest_seq`."""
        count = 0
        for first_seq, (source, found) in zip(first_seqs, self._opened.popleft(), strict=True):
            if first_seq is not None and source is not None:
                count += self.read(Batch(source, first_seq, found)).document_count
        return BatchResult(count)

    def read(self, batch: Batch) -> BatchResult:
        """Reads documents and writes them to ODS."""
        for seq, found in enumerate(batch.documents, batch.first_seq):
            self._read(batch.file, seq, found)
        return BatchResult(len(batch.documents))

    def read_lines(self, batch: LineBatch) -> BatchResult:
        """Reads a document a line; its `ingest_seq` follows its line, empty ones counted."""
        count = 0
        offset = batch.first_seq - batch.lines.first_line
        try:
            for number, raw in batch.lines.documents(self._task.max_document_bytes):
                self._read(batch.file, offset + number, FoundDocument(number, raw))
                count += 1
        except Unreadable as error:
            return BatchResult(0, error.refusal)
        except StorageError as error:
            return BatchResult(0, deferred=error.reason)
        return BatchResult(count)

    def savepoint(self) -> None:
        """Keeps what was read since the last seal, whatever becomes of the next file."""
        self._write()
        self._buffer.savepoint()
        for writer in self._writers.values():
            writer.savepoint()

    def rollback_to_savepoint(self) -> None:
        """Throws away what was read since the last seal."""
        self._write()
        self._buffer.rollback_to_savepoint()
        for writer in self._writers.values():
            writer.rollback_to_savepoint()

    def finish(self) -> tuple[Spilled, dict[str, list[Any]]]:
        """Ends the work; returns the readings and, by document type, what appenders commit."""
        self._write()
        return self._buffer.take(), {kind: w.finish() for kind, w in self._writers.items()}

    def discard(self) -> None:
        """Throws everything away."""
        for writer in self._writers.values():
            writer.discard()

    def _read(self, file: SourceFile, seq: int, found: FoundDocument) -> None:
        kind, raw = file.document_type, found.raw
        kernel = self._kernels[kind]
        result = kernel.read(raw, file.ref_time, self._task.now)
        document_id = found.document_id or hashlib.sha256(raw).hexdigest()
        number, page = found.record_number, file.page
        ref = DocumentRef(kind, seq, document_id, file.file_name, number, page)
        self._builder.add(ref, result)
        if kernel.contract.delivery is not None:
            page = _page_number(result, page)
        text, encoding = encode_raw(raw)
        self._rows[kind].append(
            (
                file.company_name,
                file.file_name,
                file.file_path,
                text,
                self._task.now,
                document_id,
                file.sha256,
                number,
                file.ref_date,
                result.source_timestamp,
                result.entity_id,
                page,
                encoding,
                self._task.run_id,
                seq,
            )
        )
        self._held += len(raw)
        if self._builder.count > TAKEN_ROWS:
            self._buffer.add(self._builder.take())
        if self._held > BATCH_BYTES:
            self._write()

    def _write(self) -> None:
        """Writes the documents at hand to ODS, and piles up their readings."""
        for kind, rows in self._rows.items():
            if rows:
                self._writers[kind].write(as_table(ODS.schema, rows))
                rows.clear()
        self._held = 0
        self._buffer.add(self._builder.take())


def source_file(file: Upload, sha256: str, root: str) -> SourceFile:
    """What ODS keeps of a file; its path is relative to the root."""
    path = readable(relative(file.location, root))
    names = (file.document_type, file.company_name, file.file_name, path, sha256)
    return SourceFile(*names, file.ref_date, file.page, file.ref_time)


def found_in(part: RawDocument, sha256: str, size: int) -> FoundDocument:
    """A document of a file, which has the file's hash where it is all of it."""
    return FoundDocument(part.record_number, part.raw, sha256 if len(part.raw) == size else None)


def _page_number(result: Result, file_page: int | None) -> int | None:
    if not result.rows:
        return file_page
    return page_facts(result.rows[-1][0], file_page).page_number
