"""Ingest: decides, file by file, what becomes of the uploads, and has their documents kept."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from firmograph.engine.base import Appender, Engine
from firmograph.ingest.ingest_pool import IngestPool
from firmograph.ingest.known_files import KnownFiles, last_seq
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.worker import (
    Batch,
    FileScan,
    FoundDocument,
    IngestContext,
    LineBatch,
    SourceFile,
    Worker,
    found_in,
    source_file,
)
from firmograph.ingest.worker_process import few_collections
from firmograph.kernel.kernel import Kernel
from firmograph.kernel.result import Violation
from firmograph.sources.disposal import places_in, was_moved
from firmograph.sources.names import Unknown, Upload
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, open_upload
from firmograph.staging.batches import DocumentRef, entity_columns
from firmograph.staging.spill import SpillBuffer
from firmograph.staging.tables import StagingTables
from firmograph.storage.base import Storage

SMALL_BYTES = 8 << 20
"""A file up to so many bytes is opened by whoever reads its documents."""
SMALL_PACKED_BYTES = 1 << 20
"""The same of a compressed one."""
SUBMITTED_BYTES = 2 << 20
"""Small files of about so many bytes together are handed over at once."""
SUBMITTED_FILES = 200
STREAMED_BYTES = 1 << 20
"""Documents of a larger file are handed over by so many bytes."""
PARALLEL_BYTES = 64 << 20
"""So many bytes are worth starting processes for."""


class Bounds(NamedTuple):
    """What an ingest may use: the largest document in bytes, and how many processes."""

    max_document_bytes: int
    workers: int


class Ingest:
    """One run's way from uploads to ODS.

    Args:
        engine: where ODS lives.
        kernels: by document type.
        staging: readings go there too, so that no document is read twice in a run.
        known: files already in ODS.
        bounds: a file with a larger document is unreadable; so many processes may work.
        root: paths are kept relative to it.
        processed: folder of the files taken in.
    """

    def __init__(
        self,
        engine: Engine,
        kernels: Mapping[str, Kernel],
        staging: StagingTables,
        known: KnownFiles,
        bounds: Bounds,
        *,
        root: Path,
        processed: Storage,
    ) -> None:
        stamp = engine.stamp
        self._engine = engine
        self._kernels = kernels
        self._staging = staging
        self._known = known
        self._workers = bounds.workers
        self._task = IngestContext(
            stamp.run_id, stamp.now, known.settled, str(root), bounds.max_document_bytes
        )
        self._spill = engine.spill
        self._places = places_in(processed) if known.unsettled else []
        self._seq = last_seq(engine) + 1
        self._appenders: dict[str, Appender] = {
            kind: engine.appender(name) for kind, name in engine.lake.ods_tables.items()
        }
        self._taken: set[str] = set()
        self._outcomes: list[FileOutcome] = []
        self._tell: Callable[[FileOutcome], None] = lambda _: None

    def run(
        self, files: Sequence[Upload | Unknown], tell: Callable[[FileOutcome], None]
    ) -> list[FileOutcome]:
        """Reads all files and commits their documents, one act a table."""
        self._tell = tell
        with few_collections():
            return self._run(files)

    def _run(self, files: Sequence[Upload | Unknown]) -> list[FileOutcome]:
        self._pool = self._start(sum(file.size for file in files if isinstance(file, Upload)))
        try:
            for together in _grouped(files):
                if isinstance(together, list):
                    self._pool.open(together)
                else:
                    self._pool.decide_all()
                    self._end(self._large(together))
            finished = self._pool.finish()
        except BaseException:
            self._pool.discard()
            raise
        for kind, appender in self._appenders.items():
            appender.commit([file for _, written in finished for file in written[kind]])
        for spilled, _ in finished:
            self._staging.load(spilled)
        return self._outcomes

    def _start(self, total_bytes: int) -> IngestPool:
        """Takes on processes where there is enough to do for them."""
        count = self._workers if total_bytes >= PARALLEL_BYTES else 1
        own = self._worker(in_background=count == 1)
        return IngestPool(own, [self._worker() for _ in range(count - 1)], self._decide)

    def _worker(self, *, in_background: bool = False) -> Worker:
        writers = {
            kind: appender.in_background() if in_background else appender.new_writer()
            for kind, appender in self._appenders.items()
        }
        contracts = [kernel.contract for kernel in self._kernels.values()]
        return Worker(
            self._kernels, writers, SpillBuffer(self._spill, entity_columns(contracts)), self._task
        )

    def _decide(self, files: Sequence[Upload], opened: list[FileScan]) -> list[int | None]:
        """What becomes of small files: the first `ingest_seq` of each that is to be kept."""
        return [self._decide_one(file, facts) for file, facts in zip(files, opened, strict=True)]

    def _decide_one(self, file: Upload, facts: FileScan) -> int | None:
        outcome = FileOutcome.of(file)
        if facts.deferred is not None:
            outcome.status, outcome.message = "deferred", facts.deferred
            self._end(outcome)
            return None
        outcome.sha256, outcome.size = facts.sha256, facts.size
        outcome.document_count, outcome.refusals = facts.document_count, facts.refusals
        if self._was_taken(file, outcome):
            self._end(outcome)
            return None
        first_seq = self._seq
        self._seq += facts.seq_count
        self._settle(file, outcome)
        self._end(outcome)
        return first_seq

    def _end(self, outcome: FileOutcome) -> None:
        self._outcomes.append(outcome)
        self._tell(outcome)

    def _large(self, file: Upload | Unknown) -> FileOutcome:
        """Reads a file whose documents are handed over before its end is seen."""
        if isinstance(file, Unknown):
            return FileOutcome.of(file, "unknown", file.reason)
        outcome = FileOutcome.of(file)
        first_seq = self._seq
        self._pool.savepoint()
        if file.size >= PARALLEL_BYTES:
            self._pool.start()  # while the file is hashed
        try:
            with open_upload(file) as opened:
                outcome.sha256, outcome.size = opened.sha256, opened.size
                if self._is_known(opened, outcome):
                    return outcome
                if opened.ranges:
                    self._read_lines(opened, outcome)
                else:
                    self._read_documents(opened, outcome)
        except Deferred as reason:
            self._take_back(first_seq)
            return FileOutcome.of(file, "deferred", str(reason))
        except Unreadable as error:
            self._take_back(first_seq)
            outcome.document_count = 0
            outcome.refusals = [error.refusal]
        self._settle(file, outcome)
        return outcome

    def _settle(self, file: Upload, outcome: FileOutcome) -> None:
        """Decides whether a file that was read to its end held documents, and stages refusals."""
        if not outcome.document_count:
            outcome.status = "unreadable"
            if not outcome.refusals:
                outcome.refusals = [Refusal("empty", "the file holds no document")]
            outcome.message = "; ".join(refusal.reason for refusal in outcome.refusals)
        else:
            self._taken.add(outcome.sha256 or "")
        self._refuse(file, outcome)

    def _refuse(self, file: Upload, outcome: FileOutcome) -> None:
        """Stages the parts of a file that hold no document."""
        ref = DocumentRef(file.document_type, 0, outcome.sha256 or "", file.file_name, 0)
        for refusal in outcome.refusals:
            violation = Violation(refusal.rule, "$", refusal.part, refusal.reason)
            self._staging.refuse(ref, [violation])

    def _is_known(self, opened: OpenUpload, outcome: FileOutcome) -> bool:
        """Whether ODS holds a large file's bytes."""
        left = self._known.unsettled.get(opened.sha256)
        if left is not None and left.file_name == opened.upload.file_name:
            parts = opened.documents(self._task.max_document_bytes)
            outcome.refusals = [part for part in parts if isinstance(part, Refusal)]
        return self._was_taken(opened.upload, outcome)

    def _was_taken(self, file: Upload, outcome: FileOutcome) -> bool:
        """Whether ODS holds a file's bytes; what an ended run left behind is finished now."""
        sha256 = outcome.sha256 or ""
        left = self._known.unsettled.pop(sha256, None)
        if left is not None:
            self._taken.add(sha256)
            if left.file_name == file.file_name and not was_moved(self._places, file.name, sha256):
                outcome.document_count = left.document_count
                outcome.message = "read by a run that ended early; finished now"
                self._settle(file, outcome)
                return True
        if sha256 not in self._taken and sha256 not in self._known.settled:
            return False
        outcome.status = "duplicate"
        outcome.message = "its bytes are in ODS already"
        outcome.document_count = 0
        outcome.refusals = ()
        return True

    def _read_documents(self, opened: OpenUpload, outcome: FileOutcome) -> None:
        """Hands over the documents of a file as they are found."""
        file = source_file(opened.upload, opened.sha256, self._task.root)
        outcome.refusals = refusals = list[Refusal]()
        found: list[FoundDocument] = []
        held = 0
        for part in opened.documents(self._task.max_document_bytes):
            if isinstance(part, Refusal):
                refusals.append(part)
                continue
            found.append(found_in(part, opened.sha256, opened.size))
            held += len(part.raw)
            if held > STREAMED_BYTES:
                self._submit(file, found, outcome)
                found, held = [], 0
        self._submit(file, found, outcome)
        self._pool.wait()

    def _submit(self, file: SourceFile, found: list[FoundDocument], outcome: FileOutcome) -> None:
        self._pool.read(Batch(file, self._seq, found))
        self._seq += len(found)
        outcome.document_count += len(found)

    def _read_lines(self, opened: OpenUpload, outcome: FileOutcome) -> None:
        """Hands over a large file's ranges; each line has its `ingest_seq`, empty ones too."""
        file = source_file(opened.upload, opened.sha256, self._task.root)
        self._pool.document_count, self._pool.refusal, self._pool.deferred = 0, None, None
        for lines in opened.ranges:
            self._pool.read_lines(LineBatch(file, lines, self._seq))
            self._seq += lines.line_count
        self._pool.wait()
        outcome.document_count = self._pool.document_count
        if self._pool.deferred:
            raise Deferred(self._pool.deferred)
        if self._pool.refusal:
            raise Unreadable(self._pool.refusal.rule, self._pool.refusal.reason)

    def _take_back(self, first_seq: int) -> None:
        """Forgets a file that turned out not to be whole, or known."""
        self._pool.rollback_to_savepoint()
        self._seq = first_seq


def _grouped(files: Sequence[Upload | Unknown]) -> Iterator[list[Upload] | Upload | Unknown]:
    """Small files together, and others one by one, in their order."""
    together: list[Upload] = []
    held = 0
    for file in files:
        if isinstance(file, Unknown) or not _is_small(file):
            if together:
                yield together
            together, held = [], 0
            yield file
            continue
        together.append(file)
        held += file.size
        if held > SUBMITTED_BYTES or len(together) == SUBMITTED_FILES:
            yield together
            together, held = [], 0
    if together:
        yield together


def _is_small(file: Upload) -> bool:
    return file.size <= (SMALL_PACKED_BYTES if file.is_gzip or file.is_zip else SMALL_BYTES)
