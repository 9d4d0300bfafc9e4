"""The sums of a run: everything that came in went somewhere, or the run fails."""

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any

from firmograph.errors import TotalsError


@dataclass
class DocumentTotals:
    """Documents: received + waiting before + retried = where they went."""

    received: int = 0
    waiting_before: int = 0
    retried: int = 0
    published: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0
    waiting: int = 0

    def add(self, other: "DocumentTotals") -> None:
        """Adds the sums of another document type."""
        for name, value in asdict(other).items():
            setattr(self, name, getattr(self, name) + value)


@dataclass
class ElementTotals:
    """Elements of lists: elements = rows + collapsed + rejected."""

    elements: int = 0
    rows: int = 0
    collapsed: int = 0
    rejected: int = 0


@dataclass
class Totals:
    """All sums of a run."""

    files: Counter[str] = field(default_factory=Counter)
    files_seen: int = 0
    documents: DocumentTotals = field(default_factory=DocumentTotals)
    elements: ElementTotals = field(default_factory=ElementTotals)

    def check(self) -> None:
        """Checks that the sums close.

        Raises:
            SumsError: naming those that do not; the run must not publish.
        """
        d, e = self.documents, self.elements
        sums = {
            "files": (self.files_seen, self.files.total()),
            "documents": (
                d.received + d.waiting_before + d.retried,
                d.published + d.unchanged + d.superseded + d.quarantined + d.waiting,
            ),
            "list elements": (e.elements, e.rows + e.collapsed + e.rejected),
        }
        open_sums = [
            f"{name}: {left} came in, {right} accounted for"
            for name, (left, right) in sums.items()
            if left != right
        ]
        if open_sums:
            raise TotalsError(
                f"the run's sums do not close: {'; '.join(open_sums)}",
                hint="nothing was published; this is a defect of the program, please report it",
            )

    def as_dict(self) -> dict[str, Any]:
        """The sums as plain data."""
        return {
            "files": {"seen": self.files_seen, **self.files},
            "documents": asdict(self.documents),
            "elements": asdict(self.elements),
        }
