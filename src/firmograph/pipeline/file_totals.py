"""What a run must know of its files together; about each of them the ledger tells."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from firmograph.ingest.outcome import FileOutcome

NOTED = 5
"""How many files of a status a run names; the ledger has all."""


@dataclass
class FileTotals:
    """The outcomes of a run's files, added up.

    Attributes:
        files: how many by status.
        documents: how many new ones are in ODS, by document type.
        duplicates: the hashes of files that repeat a delivery.
        left: by status, the first files that stay in the upload folder.
        inaccessible_count: how many files something keeps from being read.
        is_repeated: whether the bytes of an ingested file came before.
        moves_late: whether a file stays until the run is committed.
    """

    files: Counter[str] = field(default_factory=Counter)
    documents: Counter[str | None] = field(default_factory=Counter)
    duplicates: set[str] = field(default_factory=set)
    left: dict[str, list[FileOutcome]] = field(
        default_factory=lambda: {"unknown": [], "deferred": []}
    )
    inaccessible_count: int = 0
    is_repeated: bool = False
    moves_late: bool = False

    def add(self, outcomes: Iterable[FileOutcome]) -> None:
        """Adds some outcomes."""
        for outcome in outcomes:
            status = outcome.status
            self.files[status] += 1
            if status == "ingested" and not outcome.is_left_over:
                self.documents[outcome.document_type] += outcome.document_count
            elif status == "duplicate" and outcome.sha256:
                self.duplicates.add(outcome.sha256)
            elif status in self.left and len(self.left[status]) < NOTED:
                self.left[status].append(outcome)
            self.inaccessible_count += outcome.is_inaccessible
            self.is_repeated |= outcome.is_repeated
            self.moves_late |= outcome.moves_late
