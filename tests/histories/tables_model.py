"""What the tables of a lake must hold, in plain Python."""

from dataclasses import dataclass, field

from cases import Case, Contract, Document, Published, Row
from made import BLOCKS, TREE, members_of


@dataclass
class Tables:
    """The documents of a lake, what they amount to, and the snapshots.

    Attributes:
        documents: in ODS, by `ingest_seq`.
        files: the cases of files without documents, by hash and name.
        withdrawn: the documents that rollbacks withdrew, by `ingest_seq`.
        rows: of the companies, by DUNS.
        contract: of the last snapshot.
        ingest_seq: the last document of the last snapshot.
        snapshots: by id.
        rollbacks: the commands that rolled back.
        step: the command that is running.
    """

    documents: dict[int, Document] = field(default_factory=dict)
    files: dict[tuple[str, str], Case] = field(default_factory=dict)
    withdrawn: set[int] = field(default_factory=set)
    rows: dict[str, Row] = field(default_factory=dict)
    contract: Contract = field(default_factory=Contract)
    ingest_seq: int = 0
    snapshots: dict[int, Published] = field(default_factory=dict)
    rollbacks: set[int] = field(default_factory=set)
    step: int = 0

    def counting(self) -> list[Document]:
        """The documents that are in the tables."""
        return [
            one
            for seq, one in sorted(self.documents.items())
            if seq <= self.ingest_seq and seq not in self.withdrawn and not one.is_absent
        ]

    def cases(self) -> dict[object, Case]:
        """All cases, those of files and of documents."""
        return {**self.files, **self.documents}

    def heads(self, wide: bool = False) -> dict[str, Document]:
        """The head of each company for its own row, or the wide one for its linkage."""
        found: dict[str, Document] = {}
        for one in self.counting():
            if one.token == BLOCKS and one.entity and (one.made.is_wide or not wide):
                other = found.get(one.entity)
                if other is None or (one.time, one.seq) > (other.time, other.seq):
                    found[one.entity] = one
        return found

    def trees(self) -> dict[str, tuple[bool, set[str]]]:
        """Of each tree whether it is complete, and its members."""
        found = {}
        for root, deliveries in self._deliveries().items():
            time = max(deliveries, key=lambda time: (len(deliveries[time]) == 2, time))
            numbers = deliveries[time]
            members = {duns for n in numbers for duns, _ in members_of(root, n)}
            found[root] = (len(numbers) == 2, members)
        return found

    def waiting(self) -> set[str]:
        """The trees whose newest delivery lacks a page."""
        return {root for root, of in self._deliveries().items() if len(of[max(of)]) < 2}

    def complete_tree(self, root: str) -> Document | None:
        """The last page of a tree's newest complete delivery; None if there is none."""
        complete = [of for of in self._deliveries().get(root, {}).values() if len(of) == 2]
        pages = [one for of in complete for one in of.values()]
        return max(pages, key=lambda one: (one.time, one.seq), default=None)

    def _deliveries(self) -> dict[str, dict[str, dict[int, Document]]]:
        """The pages of each tree, by time and number."""
        found: dict[str, dict[str, dict[int, Document]]] = {}
        for one in self.counting():
            if one.token == TREE and one.entity:
                found.setdefault(one.entity, {}).setdefault(one.time, {})[one.made.mark] = one
        return found
