"""Decides on each upload, in their order; reads no files."""

from collections.abc import Callable, Collection, Container, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from firmograph.ingest.exchange import FileScan, delivery_key
from firmograph.ingest.outcome import FileOutcome
from firmograph.ingest.outcomes import Outcomes
from firmograph.sources.names import Unknown, Upload
from firmograph.sources.split import Refusal

WasMoved = Callable[[str, str], bool]
"""Whether a file with this name and this SHA-256 is among those that were moved."""


class Reading(NamedTuple):
    """How bytes in ODS were read the last time.

    Attributes:
        upload: the delivery.
        may_lack_time: whether a document of it may have no time but the date in the file name.
    """

    upload: Upload
    may_lack_time: bool = True


class LeftOver(NamedTuple):
    """A file of which ODS has documents, and which an interrupted run may not have moved.

    Attributes:
        document_count: how many documents.
        deliveries: how many runs put the file into ODS.
        counted: how many of these the ledger has.
    """

    document_count: int
    deliveries: int = 1
    counted: int = 0

    @property
    def is_counted(self) -> bool:
        """Whether the ledger has all deliveries."""
        return self.counted >= self.deliveries

    @property
    def may_be_moved(self) -> bool:
        """Whether a file that was moved can be the last delivery.

        A delivery is counted before it is moved, so one that was moved and is not in the ledger is
        an earlier one. If the ledger has none at all, it was lost.
        """
        return self.is_counted or not self.counted


FindReading = Callable[[str], Reading | None]
"""Finds how bytes in ODS, given by their SHA-256, were read the last time."""
NeedsDate = Callable[[Upload, Upload], bool]
"""Whether the bytes of a file are read otherwise under the date of another."""
Recognise = Callable[[str], Upload | Unknown]
"""What the name of an upload says."""


@dataclass(frozen=True)
class KnownFiles:
    """The files in ODS when an ingest begins.

    Attributes:
        settled: hashes of files that have certainly been moved.
        repeated: the last deliveries of these, as `delivery_key` names them; the same again is a
            duplicate.
        unsettled: files that an interrupted run may have left in the upload folder, by hash and
            name.
        find_reading: finds the last delivery of bytes that are in ODS.
        recognise: parses the name of an upload.
        refused: names of files that could not be read, by hash.
    """

    settled: Container[str]
    repeated: Container[str]
    unsettled: Mapping[tuple[str, str], LeftOver]
    find_reading: FindReading
    recognise: Recognise
    refused: Mapping[str, str] = field(default_factory=dict)


class Decision(NamedTuple):
    """The outcome of a file, and the first `ingest_seq` of its documents if it is new."""

    outcome: FileOutcome
    first_seq: int | None = None


class Decisions:
    """Decides which file is new, a duplicate, left by an interrupted run, unreadable or deferred.

    A delivery is its bytes and what its name says that matters: the document type, the compression,
    the page, and the date where a document has no time of its own. Known bytes under a name that
    means something else are new, and supersede what was read before.

    Args:
        known: files that are in ODS already.
        next_seq: the `ingest_seq` of the next new document.
        was_moved: looks for a file among those that were moved.
        needs_date: reads a file under two dates.

    Attributes:
        next_seq: the `ingest_seq` of the next new document.
        outcomes: of the files decided on, in their order.
    """

    def __init__(
        self, known: KnownFiles, next_seq: int, was_moved: WasMoved, needs_date: NeedsDate
    ) -> None:
        self.next_seq = next_seq
        self.outcomes = Outcomes()
        self._known = known
        self._unsettled = dict(known.unsettled)
        self._hashes = {sha256 for sha256, _ in known.unsettled}
        self._was_moved = was_moved
        self._needs_date = needs_date
        # by hash the name: numbers take half the memory of text, and names a fifth of uploads
        self._kept: dict[int, str] = {}

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

    def is_left_over(self, file: Upload, sha256: str) -> bool:
        """Whether an interrupted run may have left this file, so that its refusals are needed."""
        return (sha256, file.file_name) in self._unsettled

    def repeats(self, file: Upload, sha256: str) -> Upload | None:
        """The delivery that a file repeats; None if it is new."""
        if delivery_key(sha256, file.file_name) in self._known.repeated:
            return file
        earlier = self._find_earlier(sha256)
        if earlier is None or file.meaning != earlier.upload.meaning:
            return None
        is_dated = file.ref_date != earlier.upload.ref_date and earlier.may_lack_time
        if is_dated and self._needs_date(file, earlier.upload):
            return None
        return earlier.upload

    def find_known(self, file: Upload, scan: FileScan) -> Decision | None:
        """Decides on a file that is deferred, or repeats an earlier delivery; None if it is new.

        Args:
            file: the file.
            scan: its hash and its refusals; its documents need not be counted.
        """
        outcome = FileOutcome.of(file)
        if scan.deferred is not None:
            outcome.status, outcome.message = "deferred", scan.deferred
            outcome.is_inaccessible = scan.is_inaccessible
            return self._end(outcome)
        sha256 = scan.sha256 or ""
        left = self._unsettled.pop((sha256, file.file_name), None)
        if left is not None and not (left.may_be_moved and self._was_moved(file.name, sha256)):
            return self.settle(file, scan._replace(document_count=left.document_count), left)
        earlier = self.repeats(file, sha256)
        if earlier is None:
            return None
        outcome.sha256, outcome.size, outcome.status = sha256, scan.size, "duplicate"
        outcome.message = f"its bytes are in ODS already, delivered as {earlier.file_name}"
        return self._end(outcome)

    def _came_before(self, sha256: str) -> bool:
        """Whether bytes were read or refused before, also under a name that nothing knows now."""
        known = self._known
        places = (self._hashes, known.settled, known.refused)
        return _number(sha256) in self._kept or any(sha256 in place for place in places)

    def _find_earlier(self, sha256: str) -> Reading | None:
        name = self._kept.get(_number(sha256))
        upload = self._known.recognise(name) if name is not None else None
        if isinstance(upload, Upload):
            return Reading(upload)
        if sha256 in self._hashes or sha256 in self._known.settled:
            return self._known.find_reading(sha256)
        return None

    def _supersedes(self, file: Upload, sha256: str) -> str | None:
        """Says which earlier delivery of the same bytes a new one supersedes, if there is one."""
        earlier = self._find_earlier(sha256)
        if earlier is not None:
            return f"supersedes the delivery of the same bytes as {earlier.upload.file_name}"
        refused = self._known.refused.get(sha256, file.file_name)
        if refused != file.file_name:
            return f"supersedes the refused delivery of the same bytes as {refused}"
        return None

    def settle(self, file: Upload, scan: FileScan, left: LeftOver | None = None) -> Decision:
        """Decides on a file that was read: it is ingested if it holds a document.

        Args:
            file: the file.
            scan: of all its documents.
            left: what ODS has of it, if an interrupted run left it.
        """
        sha256 = scan.sha256 or ""
        message = "read by an interrupted run; completed now" if left is not None else None
        outcome = FileOutcome.of(file, message=message)
        outcome.is_left_over = left is not None
        outcome.is_counted = left is not None and left.is_counted
        outcome.is_repeated = outcome.is_left_over or self._came_before(sha256)
        outcome.sha256, outcome.size = sha256, scan.size
        outcome.document_count, outcome.refusals = scan.document_count, scan.refusals
        if scan.document_count:
            outcome.message = message or self._supersedes(file, sha256)
            if not outcome.is_left_over:  # ODS has the order of those that are left over
                self._kept[_number(sha256)] = file.name
        else:
            outcome.status = "unreadable"
            if not outcome.refusals:
                outcome.refusals = [Refusal("empty", "the file contains no document")]
            outcome.message = "; ".join(refusal.reason for refusal in outcome.refusals)
        return self._end(outcome)

    def defer(self, locations: Collection[str], reason: str) -> None:
        """Defers files that changed after the decision, and their supposed duplicates."""
        if not locations:
            return
        lost = {outcome.sha256 for outcome in self.outcomes if outcome.location in locations}
        before, self.outcomes = self.outcomes, Outcomes()
        for outcome in before:
            is_copy = outcome.status == "duplicate" and outcome.sha256 in lost
            if outcome.location in locations or is_copy:
                outcome.status, outcome.message = "deferred", reason
                outcome.sha256, outcome.document_count, outcome.refusals = None, 0, ()
            self.outcomes.append(outcome)

    def _end(self, outcome: FileOutcome) -> Decision:
        self.outcomes.append(outcome)
        return Decision(outcome)


def _number(sha256: str) -> int:
    return int(sha256 or "0", 16)
