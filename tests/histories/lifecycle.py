"""The life of a lake in plain Python: which documents count after any sequence of commands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Standing(StrEnum):
    """What became of a document."""

    ACCEPTED = "accepted"
    REFUSED = "open"
    DISCARDED = "discarded"
    WITHDRAWN = "withdrawn"


@dataclass
class Delivered:
    """A document in ODS.

    Attributes:
        duns: the company; for a refused document, the one that it would be.
        name: of the company, by which rows are told apart.
        day: of the vendor's time.
        needs: the column without which a strict contract refuses it; it lacks it if `is_bare`.
        is_bad: whether every contract refuses it.
        is_bare: whether only the strict contract refuses it.
    """

    duns: str
    name: str
    day: int
    is_bad: bool = False
    is_bare: bool = False
    standing: Standing = Standing.ACCEPTED

    def judge(self, *, is_strict: bool) -> Standing:
        """Whether a contract accepts it."""
        is_refused = self.is_bad or (is_strict and self.is_bare)
        return Standing.REFUSED if is_refused else Standing.ACCEPTED


@dataclass
class Lake:
    """The documents of a lake and its snapshots.

    Attributes:
        documents: in the order of arrival.
        rolled_back: from which document on all are withdrawn by a rollback; None if none is.
        snapshots: by id, how many documents it has, and the standing of each.
        is_strict: whether the contract of the last publish is the strict one.
    """

    documents: list[Delivered] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    snapshots: dict[int, tuple[list[Standing], set[int], bool]] = field(default_factory=dict)
    is_strict: bool = False

    def counting(self) -> Iterator[tuple[int, Delivered]]:
        """Yields the documents that count."""
        for place, one in enumerate(self.documents):
            if one.standing is Standing.ACCEPTED and place not in self.hidden:
                yield place, one

    def companies(self) -> set[tuple[str, str]]:
        """DUNS and name of each company: those of its newest document, of equals the last."""
        heads: dict[str, tuple[int, int]] = {}
        for place, one in self.counting():
            heads[one.duns] = max(heads.get(one.duns, (0, 0)), (one.day, place))
        return {(duns, self.documents[place].name) for duns, (_, place) in heads.items()}

    def standing(self, standing: Standing) -> list[int]:
        """The places of documents with a standing that no rollback hides."""
        return [
            place
            for place, one in enumerate(self.documents)
            if one.standing is standing and place not in self.hidden
        ]

    def publish(self, snapshot_id: int) -> None:
        """Keeps what a snapshot holds."""
        kept = [one.standing for one in self.documents]
        self.snapshots[snapshot_id] = (kept, set(self.hidden), self.is_strict)
