"""The worker of an ingest: parses documents, writes them to ODS and stages their rows."""

import hashlib
from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from firmograph.ingest.exchange import (
    BatchResult,
    FileScan,
    FoundDocument,
    IngestContext,
    SourceFile,
    deferred_if_young,
    delivery_key,
    found_in,
    scan_of_deferred,
    source_file,
)
from firmograph.ingest.ods_rows import OdsRows
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Result, Violation
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Block, Range
from firmograph.sources.split import FilePlace, RawDocument, Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, is_inaccessible, read_uploads
from firmograph.sources.values import is_document
from firmograph.staging.batches import TAKEN_ROWS, BatchBuilder, DocumentRef
from firmograph.staging.spill import SpillBuffer, Spilled
from firmograph.storage.errors import StorageError

if TYPE_CHECKING:
    from firmograph.lake.writer import Writer


class Worker:
    """The worker of one process; it pickles before its first request.

    Args:
        kernels: by document type.
        writers: of ODS, by document type.
        buffer: receives the staged rows.
        context: of the ingest.
    """

    def __init__(
        self,
        kernels: Mapping[str, Kernel],
        writers: Mapping[str, "Writer"],
        buffer: SpillBuffer,
        context: IngestContext,
    ) -> None:
        self._kernels = kernels
        self._writers = writers
        self._buffer = buffer
        self._context = context
        self._builder = BatchBuilder({name: kernel.contract for name, kernel in kernels.items()})
        self._opened: deque[list[tuple[SourceFile | None, list[FoundDocument]]]] = deque()
        self._rows = {kind: OdsRows(context) for kind in kernels}
        self._held = 0

    def open(self, files: Sequence[Upload]) -> list[FileScan]:
        """Opens small files, and holds their documents until `keep`; returns the scans."""
        scans, held = [], []
        for file, opened in zip(files, read_uploads(files), strict=True):
            found: list[FoundDocument] = []
            scan = self._scan(file, opened, found)
            scans.append(scan)
            source = source_file(file, scan.sha256, self._context.root) if scan.sha256 else None
            held.append((source, found))
        self._opened.append(held)
        return scans

    def keep(self, first_seqs: Sequence[int | None]) -> BatchResult:
        """Reads the files of the oldest `open`, given the first `ingest_seq` of those to keep."""
        count = 0
        for first_seq, (source, found) in zip(first_seqs, self._opened.popleft(), strict=True):
            if first_seq is not None and source is not None:
                count += self.read(source, first_seq, found).document_count
        return BatchResult(count)

    def read(
        self, file: SourceFile, first_seq: int, documents: Sequence[FoundDocument]
    ) -> BatchResult:
        """Reads documents and writes them to ODS."""
        for seq, found in enumerate(documents, first_seq):
            self._read(file, seq, found)
        return BatchResult(len(documents))

    def read_lines(self, file: SourceFile, first_seq: int, lines: Range | Block) -> BatchResult:
        """Reads lines of a file; a document's `ingest_seq` follows from its line number."""
        count = 0
        offset = first_seq - lines.first_line
        try:
            for number, raw, _ in lines.documents(self._context.max_document_bytes):
                result = self._read(file, offset + number, FoundDocument(number, raw))
                if _is_doubtful(result) and not is_document(raw):
                    return BatchResult(0, has_odd_lines=True)
                count += 1
        except Unreadable as error:
            return BatchResult(0, error.refusal)
        except StorageError as error:
            return BatchResult(0, deferred=error.reason, is_inaccessible=is_inaccessible(error))
        return BatchResult(count)

    def savepoint(self) -> None:
        """Keeps what was read since the last savepoint; see `Savepoint`."""
        self._write()
        self._buffer.savepoint()
        for writer in self._writers.values():
            writer.savepoint()

    def rollback_to_savepoint(self) -> None:
        """Discards what was read since the last savepoint."""
        self._write()
        self._buffer.rollback_to_savepoint()
        for writer in self._writers.values():
            writer.rollback_to_savepoint()

    def finish(self) -> tuple[Spilled, dict[str, list[Any]]]:
        """Returns the staged rows and, by document type, the files of ODS to commit."""
        self._write()
        return self._buffer.take(), {kind: w.finish() for kind, w in self._writers.items()}

    def discard(self) -> None:
        """Discards unfinished work."""
        self._buffer.discard()
        for writer in self._writers.values():
            writer.discard()

    def _scan(
        self, file: Upload, opened: OpenUpload | Deferred, found: list[FoundDocument]
    ) -> FileScan:
        """Splits a file into documents, which are added to `found`."""
        if isinstance(opened, Deferred):
            return scan_of_deferred(file, opened)
        sha256, size = opened.sha256, opened.size
        if delivery_key(sha256, file.file_name) in self._context.known:
            return FileScan(sha256, size)
        if (whole := self._sole_document(file, opened)) is not None:
            found.append(whole)
            return FileScan(sha256, size, 1)
        refusals = []
        try:
            for part in opened.documents(self._context.max_document_bytes, self._context.ignored):
                if isinstance(part, Refusal):
                    refusals.append(part)
                else:
                    found.append(found_in(part, sha256, size))
        except Unreadable as error:
            found.clear()
            refusals = [error.refusal]
        scan = FileScan(sha256, size, len(found), tuple(refusals))
        return deferred_if_young(scan, file, self._context)

    def _sole_document(self, file: Upload, opened: OpenUpload) -> FoundDocument | None:
        """The document that is all of a file, as nearly always, so that it is decoded only once."""
        raw = opened.sole_object(self._context.max_document_bytes)
        if raw is None:
            return None
        kernel = self._kernels[file.document_type]
        result = kernel.read(raw, file.ref_time, self._context.now)
        if _is_doubtful(result):
            return None
        document = RawDocument(1, raw)
        return found_in(document, opened.sha256, opened.size)._replace(result=result)

    def _read(self, file: SourceFile, seq: int, found: FoundDocument) -> Result:
        kind, raw = file.document_type, found.raw
        result = found.result
        if result is None:
            result = self._kernels[kind].read(raw, file.ref_time, self._context.now)
        if found.bad_at is not None:
            result.violations = _placed_in_file(result.violations, found.bad_at)
        document_id = found.document_id or hashlib.sha256(raw).hexdigest()
        number = found.record_number
        ref = DocumentRef(kind, seq, document_id, file.file_name, number, file.page)
        page = self._builder.add(ref, result)
        self._rows[kind].add(file, ref, raw, result, page)
        self._held += len(raw)
        if self._builder.count > TAKEN_ROWS:
            self._buffer.add(self._builder.take())
        if self._held > self._context.tuning.batch_bytes:
            self._write()
        return result

    def _write(self) -> None:
        """Writes the documents read so far to ODS, and stages their rows."""
        for kind, rows in self._rows.items():
            if rows:
                self._writers[kind].write(rows.take())
        self._held = 0
        self._buffer.add(self._builder.take())


def _is_doubtful(result: Result) -> bool:
    """Whether what was read is perhaps not one document, as is expected of a line."""
    return any(violation.json_path == "$" for violation in result.violations)


def _placed_in_file(violations: list[Violation], begin: FilePlace) -> list[Violation]:
    """Adds to the reasons of a bad stretch where it is in the file, if it is not at its begin."""
    if begin.byte == 1:
        return violations
    placed = []
    for violation in violations:
        line = begin.line + (violation.line or 1) - 1
        column = violation.column or 1
        if line == begin.line:
            column += begin.column - 1
        where = f"line {line}, column {column} of the file, in what begins at byte {begin.byte}"
        placed.append(violation._replace(reason=f"{violation.reason} ({where})"))
    return placed
