"""The cases of the quarantine, in plain Python: documents and files with their statuses."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from made import BLOCKS, TREE, Made

SET_ASIDE = ("discarded", "withdrawn", "superseded")
Marks = frozenset[str]


class Contract(NamedTuple):
    """The contract of a project: whether `registered_name` is mandatory; one column more."""

    is_strict: bool = False
    has_style: bool = False

    def breaks(self, after: "Contract") -> bool:
        """Whether a change to another contract requires a rebuild."""
        return (after.is_strict and not self.is_strict) or (self.has_style and not after.has_style)


class Attempt(NamedTuple):
    """A status of a case, the command that gave it, and the reasons of a refusal."""

    step: int
    status: str
    reasons: Marks = frozenset()


@dataclass(kw_only=True)
class Case:
    """What may be refused: a file, or a document in ODS."""

    file_name: str
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def status(self) -> str | None:
        """The latest one; None if it has none."""
        return self.attempts[-1].status if self.attempts else None


@dataclass(kw_only=True)
class Document(Case):
    """A document in ODS.

    Attributes:
        made: what it says.
        seq: its place in the order of arrival.
        token: the type that its file's name tells.
        record: its number in the file.
        sha256: of the file.
        ref_time: the date in the file's name, ISO 8601.
        loaded_at: when it was loaded.
        step: the command that loaded it.
    """

    made: Made
    seq: int
    token: str
    record: int
    sha256: str
    ref_time: str
    loaded_at: datetime
    step: int

    @property
    def time(self) -> str:
        """The one that counts."""
        return self.made.time or self.ref_time

    @property
    def entity(self) -> str | None:
        """The company or tree, under the contract that reads it."""
        return self.made.entity if self.token == self.made.kind else None

    @property
    def is_absent(self) -> bool:
        """Whether its status keeps it out of the tables."""
        return self.status in ("open", *SET_ASIDE)

    def reasons(self, contract: Contract, now: datetime) -> Marks:
        """Why a contract refuses it; empty if it does not."""
        found = set()
        if self.token != self.made.kind:
            found.add("type")
        elif self.made.is_bad:
            found.add("bad")
        lacks_name = self.made.is_bare or self.made.kind == TREE
        if lacks_name and contract.is_strict and self.token == BLOCKS:
            found.add("bare")
        limit = max(now, self.loaded_at) + timedelta(days=1)
        if datetime.fromisoformat(self.time) > limit:
            found.add("future")
        return frozenset(found)


class Row(NamedTuple):
    """A company's row: the document that it is of, and whether it has the additional column."""

    seq: int
    has_style: bool


class Published(NamedTuple):
    """What a snapshot holds."""

    step: int
    ingest_seq: int
    contract: Contract
    withdrawn: set[int]
    rows: dict[str, Row]
    statuses: dict[object, list[Attempt]]


def follows(one: Document, other: Document) -> bool:
    """Whether the same place of the same bytes was delivered later."""
    is_same = (one.sha256, one.record) == (other.sha256, other.record)
    return is_same and other.seq > one.seq
