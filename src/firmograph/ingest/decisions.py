"""Decides on each upload, in their order; reads no files."""

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from firmograph.ingest.exchange import FileScan
from firmograph.ingest.outcome import FileOutcome
from firmograph.sources.names import Unknown, Upload
from firmograph.sources.split import Refusal

WasMoved = Callable[[str, str], bool]
"""Whether a file with this name and this SHA-256 is among those that were moved."""


class Unsettled(NamedTuple):
    """A file in ODS that an interrupted run may have left in the upload folder."""

    file_name: str
    document_count: int


@dataclass(frozen=True)
class KnownFiles:
    """The files in ODS when an ingest begins.

    Attributes:
        settled: hashes of files that have certainly been moved.
        unsettled: files of interrupted runs, by hash.
    """

    settled: Container[str]
    unsettled: Mapping[str, Unsettled]


class Decision(NamedTuple):
    """The outcome of a file, and the first `ingest_seq` of its documents if it is new."""

    outcome: FileOutcome
    first_seq: int | None = None


class Decisions:
    """Decides which file is new, a duplicate, left by an interrupted run, unreadable or deferred.

    Args:
        known: files that are in ODS already.
        next_seq: the `ingest_seq` of the next new document.
        was_moved: looks for a file among those that were moved.

    Attributes:
        next_seq: the `ingest_seq` of the next new document.
        outcomes: of the files decided on, in their order.
    """

    def __init__(self, known: KnownFiles, next_seq: int, was_moved: WasMoved) -> None:
        self.next_seq = next_seq
        self.outcomes: list[FileOutcome] = []
        self._settled = known.settled
        self._unsettled = dict(known.unsettled)
        self._was_moved = was_moved
        self._kept: set[str] = set()

    def decide(self, file: Upload | Unknown, scan: FileScan | None = None) -> Decision:
        """Decides on a file that was scanned completely, or whose name is unknown."""
        if isinstance(file, Unknown):
            return self._end(FileOutcome.of(file, "unknown", file.reason))
        scan = scan or FileScan(None, file.size, deferred="it was not read")
        if known := self.find_known(file, scan):
            return known
        first_seq = self.take_seqs(scan.seq_count)
        return Decision(self.settle(file, scan).outcome, first_seq)

    def take_seqs(self, count: int) -> int:
        """Assigns `ingest_seq` values to the next documents; returns the first."""
        first_seq = self.next_seq
        self.next_seq += count
        return first_seq

    def is_known(self, sha256: str) -> bool:
        """Whether these bytes are in ODS, or were decided on already."""
        return sha256 in self._unsettled or sha256 in self._kept or sha256 in self._settled

    def is_left_over(self, file: Upload, sha256: str) -> bool:
        """Whether an interrupted run may have left this file, so that its refusals are needed."""
        left = self._unsettled.get(sha256)
        return left is not None and left.file_name == file.file_name

    def find_known(self, file: Upload, scan: FileScan) -> Decision | None:
        """Decides on a file that is deferred, or whose bytes are known; None if it is new.

        Args:
            file: the file.
            scan: its hash and its refusals; its documents need not be counted.
        """
        outcome = FileOutcome.of(file)
        if scan.deferred is not None:
            outcome.status, outcome.message = "deferred", scan.deferred
            return self._end(outcome)
        sha256 = scan.sha256 or ""
        is_left_over = self.is_left_over(file, sha256)
        left = self._unsettled.pop(sha256, None)
        if left is not None:
            self._kept.add(sha256)
            if is_left_over and not self._was_moved(file.name, sha256):
                message = "read by an interrupted run; completed now"
                return self.settle(file, scan._replace(document_count=left.document_count), message)
        if not self.is_known(sha256):
            return None
        outcome.sha256, outcome.size = sha256, scan.size
        outcome.status, outcome.message = "duplicate", "its bytes are in ODS already"
        return self._end(outcome)

    def settle(self, file: Upload, scan: FileScan, message: str | None = None) -> Decision:
        """Decides on a file that was read: it is ingested if it holds a document."""
        outcome = FileOutcome.of(file, message=message)
        outcome.sha256, outcome.size = scan.sha256, scan.size
        outcome.document_count, outcome.refusals = scan.document_count, scan.refusals
        if scan.document_count:
            self._kept.add(scan.sha256 or "")
        else:
            outcome.status = "unreadable"
            if not outcome.refusals:
                outcome.refusals = [Refusal("empty", "the file contains no document")]
            outcome.message = "; ".join(refusal.reason for refusal in outcome.refusals)
        return self._end(outcome)

    def defer(self, names: Collection[str], reason: str) -> None:
        """Defers files that changed after the decision, and their supposed duplicates."""
        lost = {outcome.sha256 for outcome in self.outcomes if outcome.name in names}
        for outcome in self.outcomes:
            is_copy = outcome.status == "duplicate" and outcome.sha256 in lost
            if outcome.name in names or is_copy:
                outcome.status, outcome.message = "deferred", reason
                outcome.sha256, outcome.document_count, outcome.refusals = None, 0, ()

    def _end(self, outcome: FileOutcome) -> Decision:
        self.outcomes.append(outcome)
        return Decision(outcome)
