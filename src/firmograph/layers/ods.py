"""ODS: each document is kept as received, for ever."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from firmograph.contract.kernel import Kernel
from firmograph.contract.reading import Violation
from firmograph.engine.base import Appender, Engine
from firmograph.intake.folders import relative, was_moved
from firmograph.intake.names import Unknown, Upload, readable
from firmograph.intake.split import Refusal, Unreadable
from firmograph.intake.uploads import Deferred, OpenUpload, open_upload
from firmograph.layers.ods_batches import BATCH_BYTES, Batch, Done, Found, SourceFile, Worker
from firmograph.layers.ods_reading import KnownFiles, Unsettled, last_seq
from firmograph.layers.ods_workers import OneProcess, SeveralProcesses, Workers
from firmograph.readings import DocumentRef
from firmograph.staging import Staging
from firmograph.tables import ODS_TABLES

STREAMED_BYTES = 32 << 20
"""Documents of a file up to so many bytes are held until its end is seen."""
PARALLEL_BYTES = 256 << 20
"""So many bytes in large files are worth starting processes for.

Opening small files takes one process as long as reading what is in them takes another: handing
them over costs more than it gains.
"""


class Bounds(NamedTuple):
    """What an ingest may use: the largest document in bytes, and how many processes."""

    max_document_bytes: int
    workers: int


@dataclass(slots=True)
class FileOutcome:
    """What became of one upload.

    Attributes:
        path: where the upload lies.
        file_name: its name.
        status: ingested, duplicate, unreadable, unknown or deferred.
        sha256: of its bytes; None where it was not read.
        size: in bytes.
        document_count: documents kept in ODS.
        message: why, where it was not ingested.
        refusals: parts that held no document.
    """

    path: Path
    file_name: str
    status: str
    sha256: str | None = None
    size: int | None = None
    document_count: int = 0
    message: str | None = None
    document_type: str | None = None
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def moves_late(self) -> bool:
        """Whether the file stays until its refusals are published."""
        return self.status in ("ingested", "unreadable") and bool(self.refusals)


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
        staging: Staging,
        known: KnownFiles,
        bounds: Bounds,
        *,
        root: Path,
        processed: Path,
    ) -> None:
        self._stamp = engine.stamp
        self._kernels = kernels
        self._staging = staging
        self._known = known
        self._bounds = bounds
        self._root = root
        self._processed = processed
        self._seq = last_seq(engine) + 1
        self._appenders: dict[str, Appender] = {
            kind: engine.appender(name) for kind, name in ODS_TABLES.items()
        }
        self._batch = Batch("")
        self._taken = Done({}, 0)
        self._is_streamed = False

    def run(
        self, files: Sequence[Upload | Unknown], tell: Callable[[FileOutcome], None]
    ) -> list[FileOutcome]:
        """Reads all files and commits their documents, one act a table."""
        sizes = [file.size for file in files if isinstance(file, Upload)]
        self._workers = self._start(sum(size for size in sizes if size > BATCH_BYTES))
        outcomes = []
        try:
            for file in files:
                outcome = self._file(file)
                outcomes.append(outcome)
                tell(outcome)
            self._submit()
            written = self._workers.finish()
        except BaseException:
            self._workers.discard()
            raise
        for kind, appender in self._appenders.items():
            appender.commit(written.get(kind, []))
        return outcomes

    def _start(self, total_bytes: int) -> Workers:
        """Starts processes where there is enough to do for them, by the bytes of large files."""
        count = self._bounds.workers if total_bytes >= PARALLEL_BYTES else 1
        is_alone = count == 1
        writers = {
            kind: appender.in_background() if is_alone else appender.writer
            for kind, appender in self._appenders.items()
        }
        stamp, limit = self._stamp, self._bounds.max_document_bytes
        worker = Worker(self._kernels, writers, stamp.run_id, stamp.now, limit)
        if is_alone:
            return OneProcess(worker, self._take)
        return SeveralProcesses([worker] * count, self._take)

    def _take(self, done: Done) -> None:
        """Stages what came of a batch, and counts it."""
        self._staging.take_in(done.tables)
        count = self._taken.document_count + done.document_count
        self._taken = Done({}, count, self._taken.refusal or done.refusal)

    def _file(self, file: Upload | Unknown) -> FileOutcome:
        if isinstance(file, Unknown):
            return FileOutcome(file.path, file.file_name, "unknown", message=file.reason)
        outcome = FileOutcome(file.path, file.file_name, "ingested")
        outcome.document_type = file.document_type
        first_seq, self._is_streamed = self._seq, False
        found: list[Found] = []
        try:
            with open_upload(file) as opened:
                outcome.sha256, outcome.size = opened.sha256, opened.size
                if self._is_known(opened, outcome):
                    return outcome
                if opened.ranges:
                    self._read_ranges(opened, outcome)
                else:
                    found = self._read(opened, outcome)
        except Deferred as reason:
            self._take_back(first_seq)
            return FileOutcome(file.path, file.file_name, "deferred", message=str(reason))
        except Unreadable as error:
            self._take_back(first_seq)
            outcome.document_count = 0
            outcome.refusals = [error.refusal]
        self._add(found)
        if self._is_streamed:
            self._seal()
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
            self._known.settled.add(outcome.sha256 or "")
        ref = DocumentRef(file.document_type, 0, outcome.sha256 or "", file.file_name, 0)
        for refusal in outcome.refusals:
            violation = Violation(refusal.rule, "$", refusal.part, refusal.reason)
            self._staging.refuse(ref, [violation])

    def _is_known(self, opened: OpenUpload, outcome: FileOutcome) -> bool:
        """Whether ODS holds the file's bytes; what an ended run left behind is finished now."""
        left = self._known.unsettled.pop(opened.sha256, None)
        if left is not None:
            self._known.settled.add(opened.sha256)
            if self._was_left(opened, outcome, left):
                outcome.document_count = left.document_count
                outcome.message = "read by a run that ended early; finished now"
                self._settle(opened.upload, outcome)
                return True
        if opened.sha256 not in self._known.settled:
            return False
        outcome.status = "duplicate"
        outcome.message = "its bytes are in ODS already"
        outcome.refusals = []
        return True

    def _was_left(self, opened: OpenUpload, outcome: FileOutcome, left: Unsettled) -> bool:
        """Whether an ended run took the file in and did not move it."""
        file = opened.upload
        if left.file_name != file.file_name:
            return False
        if was_moved(file.path, self._processed, opened.sha256):
            return False
        parts = opened.documents(self._bounds.max_document_bytes)
        outcome.refusals = [part for part in parts if isinstance(part, Refusal)]
        return True

    def _read(self, opened: OpenUpload, outcome: FileOutcome) -> list[Found]:
        """Finds the documents of a file; a large one's are handed on before its end is seen."""
        file = _source_file(opened, self._root)
        found = []
        held = 0
        for part in opened.documents(self._bounds.max_document_bytes):
            if isinstance(part, Refusal):
                outcome.refusals.append(part)
                continue
            known_id = opened.sha256 if len(part.raw) == opened.size else None
            found.append(Found(file, self._seq, part.record_number, part.raw, known_id))
            self._seq += 1
            outcome.document_count += 1
            held += len(part.raw)
            if held > STREAMED_BYTES:
                self._begin_stream()
                self._add(found)
                found, held = [], STREAMED_BYTES - BATCH_BYTES
        return found

    def _read_ranges(self, opened: OpenUpload, outcome: FileOutcome) -> None:
        """Hands on a large file's ranges; each line has its `ingest_seq`, empty ones too."""
        file = _source_file(opened, self._root)
        self._begin_stream()
        self._taken = Done({}, 0)
        for part in opened.ranges:
            self._workers.submit(Batch(file.document_type, range=(file, part, self._seq)))
            self._seq += part.line_count
        self._workers.wait()
        outcome.document_count = self._taken.document_count
        if self._taken.refusal:
            raise Unreadable(self._taken.refusal.rule, self._taken.refusal.reason)

    def _begin_stream(self) -> None:
        """Keeps what was read so far, whatever becomes of the file at hand."""
        if not self._is_streamed:
            self._seal()
        self._is_streamed = True

    def _add(self, found: list[Found]) -> None:
        for document in found:
            if self._batch.document_type != document.file.document_type or self._batch.is_full:
                self._submit()
                self._batch = Batch(document.file.document_type)
            self._batch.add(document)

    def _submit(self) -> None:
        """Hands over the batch at hand."""
        batch, self._batch = self._batch, Batch("")
        if batch.documents:
            self._workers.submit(batch)

    def _seal(self) -> None:
        self._submit()
        self._workers.seal()

    def _take_back(self, first_seq: int) -> None:
        """Forgets a file that turned out not to be whole."""
        if self._is_streamed:
            self._batch = Batch("")
            self._workers.unseal()
            self._staging.discard_from(first_seq)
        self._seq = first_seq


def _source_file(opened: OpenUpload, root: Path) -> SourceFile:
    file = opened.upload
    path = readable(relative(file.path, root))
    names = (file.document_type, file.company_name, file.file_name, path, opened.sha256)
    return SourceFile(*names, file.ref_date, file.page)
