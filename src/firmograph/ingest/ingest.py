"""Ingest on one machine: uploads are opened and decided on, and their documents kept."""

from collections.abc import Callable, Iterable, Iterator

from firmograph.ingest.decisions import Decisions
from firmograph.ingest.exchange import (
    FileScan,
    FoundDocument,
    SourceFile,
    deferred_if_young,
    found_in,
    scan_of_deferred,
    source_file,
)
from firmograph.ingest.found_files import FoundFiles
from firmograph.ingest.ingest_pool import IngestPool
from firmograph.ingest.ods import OdsLoad
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.outcomes import Outcomes
from firmograph.ingest.requests import ReadBatch, ReadLines
from firmograph.ingest.worker_process import few_collections
from firmograph.lake.tuning import Tuning
from firmograph.sources.names import Unknown, Upload
from firmograph.sources.ranges import Block, Range
from firmograph.sources.split import Refusal, Unreadable
from firmograph.sources.uploads import Deferred, OpenUpload, open_upload


class Ingest:
    """Reads uploads into ODS, by this process and others on this machine.

    Args:
        load: writes to ODS and to staging.
        decisions: decides on each file.
        workers: how many processes may be used.
    """

    def __init__(self, load: OdsLoad, decisions: Decisions, workers: int) -> None:
        self._load = load
        self._decisions = decisions
        self._workers = workers
        self._context = load.context
        self._tuning = load.context.tuning

    def run(self, files: FoundFiles, tell: Callable[[FileOutcome], None]) -> Outcomes:
        """Reads all files, and commits their documents with one commit per table.

        Args:
            files: in the order in which they are decided on.
            tell: called with the outcome of each.

        Returns:
            The outcomes, in the order of the files.
        """
        self._tell = tell
        with few_collections():
            self._pool = self._start(files.total_bytes)
            try:
                for group in _grouped(files.take(), self._tuning):
                    if isinstance(group, list):
                        self._pool.open(group)
                    else:
                        self._pool.decide_all()
                        self._end(self._large(group))
                finished = self._pool.finish_all()
            except BaseException:
                self._pool.discard()
                raise
            self._load.commit([ods for _, ods in finished], [spilled for spilled, _ in finished])
            return self._decisions.outcomes

    def _start(self, total_bytes: int) -> IngestPool:
        """Creates the pool, with other processes if there is enough to do for them."""
        count = self._workers if total_bytes >= self._tuning.parallel_bytes else 1
        own = self._load.new_worker(in_background=count == 1)
        others = [self._load.new_worker() for _ in range(count - 1)]
        return IngestPool(own, others, self._decide)

    def _decide(self, file: Upload, scan: FileScan) -> int | None:
        outcome, first_seq = self._decisions.decide(file, scan)
        self._end(outcome)
        return first_seq

    def _end(self, outcome: FileOutcome) -> None:
        self._load.refuse([outcome])
        self._tell(outcome)

    def _large(self, file: Upload | Unknown) -> FileOutcome:
        """Reads a file whose documents are submitted before its end is reached."""
        decisions = self._decisions
        if isinstance(file, Unknown):
            return decisions.decide(file).outcome
        first_seq = decisions.next_seq
        self._pool.savepoint()
        if file.size >= self._tuning.parallel_bytes:
            self._pool.start()  # while the file is hashed
        try:
            with open_upload(file, self._tuning.range_bytes) as opened:
                scan = deferred_if_young(self._scan(opened), file, self._context)
            if scan.deferred is not None:
                self._roll_back(first_seq)
        except Deferred as reason:
            self._roll_back(first_seq)
            scan = scan_of_deferred(file, reason)
        # decided only now: the file was closed, so it is certain that it did not change
        return (decisions.find_known(file, scan) or decisions.settle(file, scan)).outcome

    def _scan(self, opened: OpenUpload) -> FileScan:
        """Reads a file, unless its bytes are known; returns its scan."""
        scan = FileScan(opened.sha256, opened.size)
        first_seq = self._decisions.next_seq
        if self._decisions.is_left_over(opened.upload, opened.sha256):
            parts = opened.documents(self._context.max_document_bytes, self._context.ignored)
            refusals = tuple(part for part in parts if isinstance(part, Refusal))
            return scan._replace(refusals=refusals)
        if self._decisions.repeats(opened.upload, opened.sha256):
            return scan
        try:
            limit = self._context.max_document_bytes
            lines = opened.lines(self._tuning.streamed_bytes, limit)
            return self._read_lines(opened, scan, lines) if lines else self._read(opened, scan)
        except Unreadable as error:
            self._roll_back(first_seq)
            return scan._replace(refusals=(error.refusal,))

    def _read(self, opened: OpenUpload, scan: FileScan) -> FileScan:
        """Submits the documents of a file as they are found."""
        file = source_file(opened.upload, opened.sha256, self._context.root)
        refusals: list[Refusal] = []
        found: list[FoundDocument] = []
        held = 0
        for part in opened.documents(self._context.max_document_bytes, self._context.ignored):
            if isinstance(part, Refusal):
                refusals.append(part)
                continue
            found.append(found_in(part, opened.sha256, opened.size))
            held += len(part.raw)
            if held > self._tuning.streamed_bytes:
                self._submit(file, found)
                found, held = [], 0
        self._submit(file, found)
        count = self._pool.take_result().document_count
        return scan._replace(document_count=count, refusals=tuple(refusals))

    def _submit(self, file: SourceFile, found: list[FoundDocument]) -> None:
        self._pool.read(ReadBatch(file, self._decisions.take_seqs(len(found)), found))

    def _read_lines(
        self, opened: OpenUpload, scan: FileScan, parts: Iterable[Range | Block]
    ) -> FileScan:
        """Submits the lines of a file; each line has an `ingest_seq`, even an empty one."""
        file = source_file(opened.upload, opened.sha256, self._context.root)
        first_seq = self._decisions.next_seq
        for lines in parts:
            seq = self._decisions.take_seqs(lines.line_count)
            self._pool.read_lines(ReadLines(file, seq, lines))
        result = self._pool.take_result()
        if result.deferred is not None:
            raise Deferred(result.deferred, is_inaccessible=result.is_inaccessible)
        if result.has_odd_lines:
            self._roll_back(first_seq)
            return self._read(opened, scan)
        if result.refusal is not None:
            raise Unreadable(result.refusal.rule, result.refusal.reason)
        return scan._replace(document_count=result.document_count)

    def _roll_back(self, first_seq: int) -> None:
        """Discards what was read of a file that is not kept."""
        self._pool.rollback_to_savepoint()
        self._pool.take_result()
        self._decisions.next_seq = first_seq


def _grouped(
    files: Iterable[Upload | Unknown], tuning: Tuning
) -> Iterator[list[Upload] | Upload | Unknown]:
    """Yields groups of small files, and other files one by one, in their order."""
    group: list[Upload] = []
    held = 0
    for file in files:
        if isinstance(file, Unknown) or not _is_small(file, tuning):
            if group:
                yield group
            group, held = [], 0
            yield file
            continue
        group.append(file)
        held += file.size
        if held > tuning.submitted_bytes or len(group) == tuning.submitted_files:
            yield group
            group, held = [], 0
    if group:
        yield group


def _is_small(file: Upload, tuning: Tuning) -> bool:
    is_packed = file.is_gzip or file.is_zip
    return file.size <= (tuning.small_packed_bytes if is_packed else tuning.small_bytes)
