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
    Done,
    Found,
    LineBatch,
    OpenedFile,
    SourceFile,
    Task,
    Worker,
    found_in,
)
from firmograph.sources.names import Upload
from firmograph.sources.ranges import Range
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, open_upload, read_upload
from firmograph.staging.spill import Piled, PiledFile

CHANGED = "it changed while it was read"
OPENED_BYTES = 2 << 20
"""Small files of about so many bytes together are held at once."""
STREAMED_BYTES = 1 << 20
IN_MEMORY_BYTES = 8 << 20
"""Documents of a larger file are read as they are found."""

Mark = tuple[int, int, int]
"""By which a file is known to be as it was: its size, time of change and inode."""


class Surveyed(NamedTuple):
    """What a file turned out to be; `ranges` where its lines can be read side by side."""

    facts: OpenedFile
    ranges: tuple[Range, ...] = ()
    mark: Mark | None = None


class Kept(NamedTuple):
    """A file whose documents are to be kept, or one range of its lines.

    Attributes:
        file: where it lies.
        source: what ODS keeps of it; its hash tells whether it changed.
        first_seq: `ingest_seq` of its first document, or of the range's first line.
        lines: the range.
        mark: by which the range's file is known to be as it was.
    """

    file: Upload
    source: SourceFile
    first_seq: int
    lines: Range | None = None
    mark: Mark | None = None

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
        changed: files that are not what they were, and were left out.
    """

    piled: list[PiledFile]
    ods: dict[str, list[Any]]
    changed: list[Path] = field(default_factory=list)


def survey(task: Task, files: Sequence[Upload]) -> list[Surveyed]:
    """Opens files, hashes them and counts their documents."""
    return [_survey(task, file) for file in files]


def _survey(task: Task, file: Upload) -> Surveyed:
    count, refusals = 0, []
    try:
        # a small file is one piece, as on one machine: its lines are numbered without gaps
        with _opened(file) as opened:
            sha256, size = opened.sha256, opened.size
            if sha256 in task.known:
                return Surveyed(OpenedFile(sha256, size))
            if opened.ranges:
                lines = sum(part.line_count for part in opened.ranges)
                facts = OpenedFile(sha256, size, line_count=lines)
                return Surveyed(facts, tuple(opened.ranges), mark_of(file.path))
            try:
                for part in opened.documents(task.max_document_bytes):
                    if isinstance(part, Refusal):
                        refusals.append(part)
                    else:
                        count += 1
            except Unreadable as error:
                count, refusals = 0, [error.refusal]
    except Deferred as reason:
        return Surveyed(OpenedFile(None, file.size, deferred=str(reason)))
    return Surveyed(OpenedFile(sha256, size, count, tuple(refusals)))


def _opened(file: Upload) -> AbstractContextManager[OpenUpload]:
    return nullcontext(read_upload(file)) if file.size <= IN_MEMORY_BYTES else open_upload(file)


def count_lines(task: Task, lines: Range) -> Done:
    """Counts the documents of a range, so that a file with one too large is never begun."""
    try:
        return Done(sum(1 for _ in lines.documents(task.max_document_bytes)))
    except Unreadable as error:
        return Done(0, error.refusal)


def write(worker: Worker, spill: Path, files: Sequence[Kept]) -> Written:
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
            changed = [path for some in _together(files) for path in _write_small(worker, some)]
        piled, ods = worker.finish()
    except BaseException:
        worker.discard()
        raise
    return Written(put_down(piled, spill), ods, changed)


def _together(files: Sequence[Kept]) -> Iterator[list[Kept]]:
    """As many files as may be held at once."""
    some: list[Kept] = []
    held = 0
    for kept in files:
        some.append(kept)
        held += kept.file.size
        if held > OPENED_BYTES:
            yield some
            some, held = [], 0
    if some:
        yield some


def _write_small(worker: Worker, files: list[Kept]) -> list[Path]:
    opened = worker.open([kept.file for kept in files])
    same = [facts.sha256 == k.source.sha256 for k, facts in zip(files, opened, strict=True)]
    worker.keep([k.first_seq if is_same else None for k, is_same in zip(files, same, strict=True)])
    return [k.file.path for k, is_same in zip(files, same, strict=True) if not is_same]


def _write_alone(worker: Worker, kept: Kept) -> list[Path]:
    is_whole = _write_lines(worker, kept) if kept.lines else _write_documents(worker, kept)
    if is_whole:
        return []
    worker.unseal()
    return [kept.file.path]


def _write_lines(worker: Worker, kept: Kept) -> bool:
    """Reads a range; whether its file is what it was."""
    assert kept.lines is not None  # noqa: S101 - the caller looked
    try:
        before = mark_of(kept.file.path)
        done = worker.read_lines(LineBatch(kept.source, kept.lines, kept.first_seq))
        return kept.mark == before == mark_of(kept.file.path) and done.refusal is None
    except OSError:
        return False


def _write_documents(worker: Worker, kept: Kept) -> bool:
    """Reads a large file, some documents at a time; whether it is what it was."""
    seq, found, held = kept.first_seq, list[Found](), 0
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


def put_down(piled: Piled, folder: Path) -> list[PiledFile]:
    """Puts all rows into files, so that nothing but their names goes back to the driver."""
    files = list(piled.files)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in piled.tables.items():
        path = folder / f"{name}-{uuid.uuid4().hex}.parquet"
        pq.write_table(rows, path, compression="lz4")
        files.append(PiledFile(name, path, rows.nbytes))
    return files


def mark_of(path: Path) -> Mark:
    """By which a file is known to be as it was."""
    found = path.stat(follow_symlinks=False)
    return (found.st_size, found.st_mtime_ns, found.st_ino)
