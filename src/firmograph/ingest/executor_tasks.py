"""The tasks of an ingest by executors: first what each file contains, then its rows.

Rows are written only after the driver has decided on every file. A task may run twice: only the
files of the result that the driver receives are committed.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

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
)
from firmograph.ingest.worker import Worker
from firmograph.lake.tuning import Tuning
from firmograph.sources.ignored import NotDeliveries
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Range
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, open_upload, read_upload
from firmograph.sources.values import is_document
from firmograph.staging.spill import Spilled, SpilledFile, new_file_name
from firmograph.storage.base import Storage
from firmograph.storage.errors import StorageError

CHANGED = "it changed while it was read"


class FileTask(NamedTuple):
    """A file whose documents are to be kept, or one range of its lines.

    Attributes:
        file: the upload.
        source: what ODS stores about it; its hash shows whether the file changed.
        first_seq: `ingest_seq` of its first document, or of the range's first line.
        is_alone: whether it is a task of its own.
        lines: the range; None for the whole file.
    """

    file: Upload
    source: SourceFile
    first_seq: int
    is_alone: bool
    lines: Range | None = None


@dataclass
class Written:
    """What a task wrote.

    Attributes:
        spilled: files of staged rows.
        ods: by document type, the files of ODS to commit.
        changed: locations of files that changed since the scan, and were left out.
    """

    spilled: list[SpilledFile]
    ods: dict[str, list[Any]]
    changed: list[str] = field(default_factory=list)


def scan_files(
    context: IngestContext, files: Sequence[Upload], *, by_range: bool = True
) -> list[FileScan]:
    """Opens files, hashes them and counts their documents.

    Args:
        context: of the ingest.
        files: what to scan.
        by_range: whether large files of lines are only divided into ranges, to be counted later.
    """
    return [_scan_file(context, file, by_range=by_range) for file in files]


def _scan_file(context: IngestContext, file: Upload, *, by_range: bool) -> FileScan:
    count, refusals = 0, []
    try:
        # a small file has no ranges, as on one machine: its documents are numbered without gaps
        with _opened(file, context.tuning) as opened:
            sha256, size = opened.sha256, opened.size
            if delivery_key(sha256, file.file_name) in context.known:
                return FileScan(sha256, size)
            if opened.ranges and by_range:
                return FileScan(sha256, size, ranges=tuple(opened.ranges))
            try:
                for part in opened.documents(context.max_document_bytes, context.ignored):
                    if isinstance(part, Refusal):
                        refusals.append(part)
                    else:
                        count += 1
            except Unreadable as error:
                count, refusals = 0, [error.refusal]
    except Deferred as reason:
        return scan_of_deferred(file, reason)
    return deferred_if_young(FileScan(sha256, size, count, tuple(refusals)), file, context)


def _opened(file: Upload, tuning: Tuning) -> AbstractContextManager[OpenUpload]:
    if file.size <= tuning.executor_small_bytes:
        return nullcontext(read_upload(file))
    return open_upload(file, tuning.range_bytes)


def count_lines(context: IngestContext, lines: Range) -> BatchResult:
    """Counts the documents of a range, and finds before any is written what must not be."""
    try:
        documents = lines.documents(context.max_document_bytes)
        are_documents = [is_document(document.raw) for document in documents]
        return BatchResult(len(are_documents), has_odd_lines=not all(are_documents))
    except Unreadable as error:
        return BatchResult(0, error.refusal)
    except StorageError as error:
        return BatchResult(0, deferred=error.reason)


def write(
    worker: Worker,
    staged: Storage,
    tuning: Tuning,
    ignored: NotDeliveries,
    files: Sequence[FileTask],
) -> Written:
    """Reads the files to keep, and writes their rows.

    A file that changed since it was scanned is left out. A large file is a task of its own, so that
    leaving it out affects no other file.

    Args:
        worker: one that has done nothing yet.
        staged: where the engine finds staged rows.
        tuning: how much is held at once.
        ignored: members of archives that are passed over.
        files: what to read.

    Returns:
        The files written, and the uploads left out.
    """
    try:
        if files[0].is_alone:
            changed = _write_alone(worker, files[0], tuning, ignored)
        else:
            groups = _groups(files, tuning.executor_opened_bytes)
            changed = [name for group in groups for name in _write_small(worker, group)]
        spilled, ods = worker.finish()
    except BaseException:
        worker.discard()
        raise
    return Written(stage_all(spilled, staged), ods, changed)


def _groups(files: Sequence[FileTask], opened_bytes: int) -> Iterator[list[FileTask]]:
    """Yields groups of files that may be held at once."""
    group: list[FileTask] = []
    held = 0
    for kept in files:
        group.append(kept)
        held += kept.file.size
        if held > opened_bytes:
            yield group
            group, held = [], 0
    if group:
        yield group


def _write_small(worker: Worker, files: list[FileTask]) -> list[str]:
    scans = worker.open([kept.file for kept in files])
    same = [scan.sha256 == k.source.sha256 for k, scan in zip(files, scans, strict=True)]
    worker.keep([k.first_seq if is_same else None for k, is_same in zip(files, same, strict=True)])
    return [k.file.location for k, is_same in zip(files, same, strict=True) if not is_same]


def _write_alone(
    worker: Worker, kept: FileTask, tuning: Tuning, ignored: NotDeliveries
) -> list[str]:
    if kept.lines is not None:
        done = worker.read_lines(kept.source, kept.first_seq, kept.lines)
        is_whole = done.deferred is None and done.refusal is None
    else:
        is_whole = _write_documents(worker, kept, tuning, ignored)
    if is_whole:
        return []
    worker.rollback_to_savepoint()
    return [kept.file.location]


def _write_documents(
    worker: Worker, kept: FileTask, tuning: Tuning, ignored: NotDeliveries
) -> bool:
    """Reads a large file, some documents at a time; returns whether it is unchanged."""
    seq, found, held = kept.first_seq, list[FoundDocument](), 0
    try:
        with open_upload(kept.file, tuning.range_bytes) as opened:
            if opened.sha256 != kept.source.sha256:
                return False
            for part in opened.documents(sys.maxsize, ignored):
                if isinstance(part, Refusal):
                    continue
                found.append(found_in(part, opened.sha256, opened.size))
                held += len(part.raw)
                if held > tuning.streamed_bytes:
                    worker.read(kept.source, seq, found)
                    seq += len(found)
                    found, held = [], 0
            worker.read(kept.source, seq, found)
    except (Deferred, Unreadable):
        return False
    return True


def stage_all(spilled: Spilled, staged: Storage) -> list[SpilledFile]:
    """Writes all rows to files that the engine can read; only their names go to the driver."""
    files = []
    for table, folder, name, size in spilled.files:
        staged.put(name, Path(folder.url) / name)
        files.append(SpilledFile(table, staged, name, size))
    for table, rows in spilled.tables.items():
        name, content = new_file_name(table), BytesIO()
        pq.write_table(rows, content, compression="lz4")
        staged.put(name, content.getvalue())
        files.append(SpilledFile(table, staged, name, rows.nbytes))
    return files
