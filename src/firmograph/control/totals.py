"""Control totals of a run: all input is accounted for, or the run fails."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Self

from firmograph.errors import TotalsError


@dataclass
class DocumentTotals:
    """Documents: received + waiting before + retried = the sum of all outcomes."""

    received: int = 0
    waiting_before: int = 0
    retried: int = 0
    published: int = 0
    unchanged: int = 0
    superseded: int = 0
    quarantined: int = 0
    waiting: int = 0

    def add(self, other: "DocumentTotals") -> None:
        """Adds the totals of another document type."""
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
    """All totals of a run.

    Attributes:
        files: how many uploads ended in each status.
        files_seen: how many uploads there were.
        documents: by outcome.
        elements: of lists in accepted documents, by outcome.
    """

    files: Counter[str] = field(default_factory=Counter)
    files_seen: int = 0
    documents: DocumentTotals = field(default_factory=DocumentTotals)
    elements: ElementTotals = field(default_factory=ElementTotals)

    def check(self) -> None:
        """Checks that the totals balance.

        Raises:
            TotalsError: naming those that do not.
        """
        d, e = self.documents, self.elements
        balances = {
            "files": (self.files_seen, self.files.total()),
            "documents": (
                d.received + d.waiting_before + d.retried,
                d.published + d.unchanged + d.superseded + d.quarantined + d.waiting,
            ),
            "list elements": (e.elements, e.rows + e.collapsed + e.rejected),
        }
        unbalanced = [
            f"{name}: {left} came in, {right} accounted for"
            for name, (left, right) in balances.items()
            if left != right
        ]
        if unbalanced:
            raise TotalsError(
                f"the run's totals do not balance: {'; '.join(unbalanced)}",
                hint="nothing was published; this is a defect of the program, please report it",
            )

    def as_dict(self) -> dict[str, dict[str, int]]:
        """The totals as plain data."""
        return {
            "files": {"seen": self.files_seen, **self.files},
            "documents": asdict(self.documents),
            "elements": asdict(self.elements),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Mapping[str, int]]) -> Self:
        """Totals from the result of `as_dict`; a missing count is 0."""
        files = Counter(stored.get("files", {}))
        seen = files.pop("seen", 0)
        return cls(
            files,
            seen,
            DocumentTotals(**_known(DocumentTotals, stored.get("documents", {}))),
            ElementTotals(**_known(ElementTotals, stored.get("elements", {}))),
        )


def _known(kind: type, stored: Mapping[str, int]) -> dict[str, int]:
    """The stored counts that a class of totals has."""
    return {field.name: stored.get(field.name, 0) for field in fields(kind)}
