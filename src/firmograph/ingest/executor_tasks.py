"""The tasks of an ingest that is spread over machines: first what files are, then their rows.

Nothing is written before the driver has decided on every file, so a task that is run twice does no
harm: files that nobody names are never committed.
"""

import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq

from firmograph.ingest.worker import (
    Batch,
    BatchResult,
    FileScan,
    FoundDocument,
    IngestContext,
    LineBatch,
    SourceFile,
    Worker,
    found_in,
)
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Range
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, open_upload, read_upload
from firmograph.staging.spill import Spilled, SpilledFile
from firmograph.storage.base import StorageError

CHANGED = "it changed while it was read"
OPENED_BYTES = 2 << 20
"""Small files of about so many bytes together are held at once."""
STREAMED_BYTES = 1 << 20
IN_MEMORY_BYTES = 8 << 20
"""Documents of a larger file are read as they are found."""


class TaskScan(NamedTuple):
    """What a file turned out to be; `ranges` where its lines can be read side by side."""

    facts: FileScan
    ranges: tuple[Range, ...] = ()


class FileTask(NamedTuple):
    """A file whose documents are to be kept, or one range of its lines.

    Attributes:
        file: where it lies.
        source: what ODS keeps of it; its hash tells whether it changed.
        first_seq: `ingest_seq` of its first document, or of the range's first line.
        lines: the range.
    """

    file: Upload
    source: SourceFile
    first_seq: int
    lines: Range | None = None

    @property
    def comes_alone(self) -> bool:
        """Whether a task has nothing else to do."""
        return self.lines is not None or self.file.size > IN_MEMORY_BYTES


@dataclass
class Written:
    """What a task wrote.

    Attributes:
        piled: files of readings.
        ods: by document type, what appenders commit.
        changed: names of files that are not what they were, and were left out.
    """

    spilled: list[SpilledFile]
    ods: dict[str, list[Any]]
    changed: list[str] = field(default_factory=list)


def scan_files(task: IngestContext, files: Sequence[Upload]) -> list[TaskScan]:
    """Opens files, hashes them and counts their documents."""
    return [_scan_file(task, file) for file in files]


def _scan_file(task: IngestContext, file: Upload) -> TaskScan:
    count, refusals = 0, []
    try:
        # a small file is one piece, as on one machine: its lines are numbered without gaps
        with _opened(file) as opened:
            sha256, size = opened.sha256, opened.size
            if sha256 in task.known:
                return TaskScan(FileScan(sha256, size))
            if opened.ranges:
                lines = sum(part.line_count for part in opened.ranges)
                facts = FileScan(sha256, size, line_count=lines)
                return TaskScan(facts, tuple(opened.ranges))
            try:
                for part in opened.documents(task.max_document_bytes):
                    if isinstance(part, Refusal):
                        refusals.append(part)
                    else:
                        count += 1
            except Unreadable as error:
                count, refusals = 0, [error.refusal]
    except Deferred as reason:
        return TaskScan(FileScan(None, file.size, deferred=str(reason)))
    return TaskScan(FileScan(sha256, size, count, tuple(refusals)))


def _opened(file: Upload) -> AbstractContextManager[OpenUpload]:
    return nullcontext(read_upload(file)) if file.size <= IN_MEMORY_BYTES else open_upload(file)


def count_lines(task: IngestContext, lines: Range) -> BatchResult:
    """Counts the documents of a range, so that a file with one too large is never begun."""
    try:
        return BatchResult(sum(1 for _ in lines.documents(task.max_document_bytes)))
    except Unreadable as error:
        return BatchResult(0, error.refusal)
    except StorageError as error:
        return BatchResult(0, deferred=error.reason)


def write(worker: Worker, spill: Path, files: Sequence[FileTask]) -> Written:
    """Reads files that are to be kept, and writes their rows.

    A file that is not what it was when it was surveyed is left out. Large ones come alone, so that
    leaving one out takes nothing else along.

    Args:
        worker: fresh.
        spill: folder for rows on their way to the engine.
        files: what to read.
    """
    try:
        if files[0].comes_alone:
            changed = _write_alone(worker, files[0])
        else:
            changed = [name for some in _together(files) for name in _write_small(worker, some)]
        spilled, ods = worker.finish()
    except BaseException:
        worker.discard()
        raise
    return Written(spill_all(spilled, spill), ods, changed)


def _together(files: Sequence[FileTask]) -> Iterator[list[FileTask]]:
    """As many files as may be held at once."""
    some: list[FileTask] = []
    held = 0
    for kept in files:
        some.append(kept)
        held += kept.file.size
        if held > OPENED_BYTES:
            yield some
            some, held = [], 0
    if some:
        yield some


def _write_small(worker: Worker, files: list[FileTask]) -> list[str]:
    opened = worker.open([kept.file for kept in files])
    same = [facts.sha256 == k.source.sha256 for k, facts in zip(files, opened, strict=True)]
    worker.keep([k.first_seq if is_same else None for k, is_same in zip(files, same, strict=True)])
    return [k.file.name for k, is_same in zip(files, same, strict=True) if not is_same]


def _write_alone(worker: Worker, kept: FileTask) -> list[str]:
    is_whole = _write_lines(worker, kept) if kept.lines else _write_documents(worker, kept)
    if is_whole:
        return []
    worker.rollback_to_savepoint()
    return [kept.file.name]


def _write_lines(worker: Worker, kept: FileTask) -> bool:
    """Reads a range; whether its file is what it was."""
    assert kept.lines is not None  # noqa: S101 - the caller looked
    done = worker.read_lines(LineBatch(kept.source, kept.lines, kept.first_seq))
    return done.deferred is None and done.refusal is None


def _write_documents(worker: Worker, kept: FileTask) -> bool:
    """Reads a large file, some documents at a time; whether it is what it was."""
    seq, found, held = kept.first_seq, list[FoundDocument](), 0
    try:
        with open_upload(kept.file) as opened:
            if opened.sha256 != kept.source.sha256:
                return False
            for part in opened.documents(sys.maxsize):
                if isinstance(part, Refusal):
                    continue
                found.append(found_in(part, opened.sha256, opened.size))
                held += len(part.raw)
                if held > STREAMED_BYTES:
                    worker.read(Batch(kept.source, seq, found))
                    seq += len(found)
                    found, held = [], 0
            worker.read(Batch(kept.source, seq, found))
    except (Deferred, Unreadable):
        return False
    return True


def spill_all(spilled: Spilled, folder: Path) -> list[SpilledFile]:
    """Puts all rows into files, so that nothing but their names goes back to the driver."""
    files = list(spilled.files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in spilled.tables.items():
        path = folder / f"{name}-{uuid.uuid4().hex}.parquet"
        pq.write_table(rows, path, compression="lz4")
        files.append(SpilledFile(name, path, rows.nbytes))
    return files
