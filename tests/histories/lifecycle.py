"""The life of a lake in plain Python: which documents count after any sequence of commands."""

from collections.abc import Collection, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from made import BLOCKS, TREE, Content, Made, members_of

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


def _follows(one: Document, other: Document) -> bool:
    """Whether the same place of the same bytes was delivered later."""
    is_same = (one.sha256, one.record) == (other.sha256, other.record)
    return is_same and other.seq > one.seq


@dataclass
class Lake:
    """The documents of a lake and its snapshots.

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

    def with_id(self, document_id: str) -> list[Document]:
        """The documents of ODS with an id."""
        return [one for one in self.documents.values() if one.made.document_id == document_id]

    def keep(self, snapshot_id: int) -> None:
        """Keeps what a new snapshot holds."""
        statuses = {key: list(case.attempts) for key, case in self.cases().items()}
        self.snapshots[snapshot_id] = deepcopy(
            Published(
                self.step, self.ingest_seq, self.contract, self.withdrawn, self.rows, statuses
            )
        )

    # what the commands do

    def run(
        self,
        files: dict[str, Content],
        repeated: Collection[str],
        contract: Contract,
        now: datetime,
    ) -> None:
        """Publishes what is new in ODS, and what a rollback withdrew and came again.

        Args:
            files: the uploads, by name.
            repeated: the hashes of those that are duplicates.
            contract: of the project.
            now: the time.
        """
        staged = {seq for seq in self.documents if seq > self.ingest_seq}
        for seq, one in self.documents.items():
            if one.sha256 in repeated and seq in self.withdrawn:
                self.withdrawn.discard(seq)
                staged.add(seq)
        refused = [
            (content.sha256, name) for name, content in files.items() if not content.documents
        ]
        for key in sorted(refused):
            case = self.files.setdefault(key, Case(file_name=key[1]))
            if case.status != "open":
                case.attempts.append(Attempt(self.step, "open"))
        still = {name for _, name in refused}
        self._publish(staged, contract, now, is_retry=False, still_refused=still)

    def rebuild(self, contract: Contract, now: datetime) -> None:
        """Publishes everything in ODS that is not set aside."""
        self._publish(set(self.documents), contract, now, is_retry=False, is_full=True)

    def retry(self, chosen: Iterable[int], contract: Contract, now: datetime) -> None:
        """Judges refused documents again."""
        self._publish(set(chosen), contract, now)

    def discard(self, document_id: str) -> None:
        """Closes the refusals of a document."""
        for case in self._with_id(document_id):
            if case.status == "open":
                case.attempts.append(Attempt(self.step, "discarded"))

    def can_withdraw(self, document_id: str) -> list[Document]:
        """The documents with an id that can be withdrawn."""
        return [
            one
            for one in self.with_id(document_id)
            if one in self.counting()
        ]

    def withdraw(self, document_id: str, contract: Contract, now: datetime) -> None:
        """Takes a document out of the tables."""
        chosen = self.can_withdraw(document_id)
        for one in chosen:
            one.attempts.append(Attempt(self.step, "withdrawn"))
        self._publish(set(), contract, now, leaving=chosen)

    def can_reinstate(self, document_id: str) -> list[Document]:
        """The documents with an id that can be reinstated."""
        found = self.with_id(document_id)
        able = [
            one
            for one in found
            if one.status in ("withdrawn", "superseded") or one.seq in self.withdrawn
        ]
        present = [one for one in found if one in able or not one.is_absent]
        return [
            one
            for one in able
            if one.status != "superseded" or not any(map(partial(_follows, one), present))
        ]

    def reinstate_one(self, document_id: str, contract: Contract, now: datetime) -> None:
        """Publishes one document again."""
        chosen = self.can_reinstate(document_id)
        for one in chosen:
            if one.status in ("withdrawn", "superseded"):
                one.attempts.append(Attempt(self.step, "reinstated"))
            self.withdrawn.discard(one.seq)
        self._publish({one.seq for one in chosen}, contract, now)

    def rollback(self, snapshot_id: int) -> None:
        """Goes back to a snapshot; new refusals and discards stay."""
        wanted = self.snapshots[snapshot_id]
        for key, case in self.cases().items():
            before = wanted.statuses.get(key, [])
            was = before[-1].status if before else None
            counted = was not in ("open", *SET_ASIDE)
            is_later = isinstance(key, int) and key > wanted.ingest_seq
            is_new_file = not isinstance(key, int) and was is None
            stays_discarded = case.status == "discarded" and not (was and counted)
            if is_later or is_new_file or was == case.status or stays_discarded:
                continue
            reasons = before[-1].reasons if before else frozenset()
            case.attempts.append(Attempt(self.step, was or "reinstated", reasons))
        later = {seq for seq in self.documents if wanted.ingest_seq < seq <= self.ingest_seq}
        self.withdrawn = wanted.withdrawn | later
        self.rows, self.contract = dict(wanted.rows), wanted.contract
        self.rollbacks.add(self.step)

    def reinstate(self, contract: Contract, now: datetime) -> None:
        """Undoes rollbacks."""
        returning, leaving = set(self.withdrawn), []
        for case in self.cases().values():
            if not case.attempts or case.attempts[-1].step not in self.rollbacks:
                continue
            others = [one for one in case.attempts if one.step not in self.rollbacks]
            was_absent = isinstance(case, Document) and case.is_absent
            case.attempts.append(others[-1]._replace(step=self.step))
            if isinstance(case, Document) and case.is_absent != was_absent:
                if was_absent:
                    returning.add(case.seq)
                elif case.seq not in self.withdrawn:
                    leaving.append(case)
        self.withdrawn = set()
        self._publish(returning, contract, now, leaving=leaving)

    # what they have in common

    def _with_id(self, document_id: str) -> list[Case]:
        files = [case for (sha256, _), case in self.files.items() if sha256 == document_id]
        return [*self.with_id(document_id), *files]

    def _publish(
        self,
        seqs: set[int],
        contract: Contract,
        now: datetime,
        *,
        leaving: Iterable[Document] = (),
        is_retry: bool = True,
        is_full: bool = False,
        still_refused: Collection[str] = (),
    ) -> None:
        """Judges documents, and publishes what they and those that left amount to."""
        seqs = {seq for seq in seqs - self.withdrawn if self.documents[seq].status not in SET_ASIDE}
        left = {one.entity for one in [*leaving, *self._supersede(seqs, contract, now)]}
        again = {one.seq for one in self.counting() if one.entity in left}
        for seq in sorted(seqs | again):
            self._judge(self.documents[seq], contract, now, is_retry=is_retry)
        before = self.ingest_seq
        if not is_retry:
            self.ingest_seq = max(self.documents, default=0)
        best = self.heads()
        for duns in {*best, *self.rows}:
            if duns not in best:
                del self.rows[duns]
            elif (
                is_full
                or duns in left
                or duns not in self.rows
                or (self.rows[duns].seq != best[duns].seq)
            ):
                self.rows[duns] = Row(best[duns].seq, contract.has_style)
        self.contract = contract
        self._close(max(self.documents, default=0) if is_retry else before, still_refused)

    def _judge(self, one: Document, contract: Contract, now: datetime, *, is_retry: bool) -> None:
        reasons = one.reasons(contract, now)
        last = one.attempts[-1] if one.attempts else None
        if one.status in SET_ASIDE:
            return
        if reasons and (
            is_retry or last is None or (last.status, last.reasons) != ("open", reasons)
        ):
            one.attempts.append(Attempt(self.step, "open", reasons))
        elif not reasons and one.status == "open":
            one.attempts.append(Attempt(self.step, "redriven"))

    def _supersede(self, staged: set[int], contract: Contract, now: datetime) -> list[Document]:
        """Of bytes that came under names with several meanings the last sound delivery counts."""
        left = []
        for sha256 in {self.documents[seq].sha256 for seq in staged}:
            deliveries: dict[tuple[str, int], list[Document]] = {}
            for seq in sorted(self.documents, reverse=True):
                one = self.documents[seq]
                if one.sha256 == sha256:
                    deliveries.setdefault((one.file_name, one.step), []).append(one)
            listed = list(deliveries.values())
            present = [n for n, group in enumerate(listed) if not all(map(self._is_out, group))]
            sound = (
                place
                for place in present
                if not all(self._is_absent(one, staged, contract, now) for one in listed[place])
            )
            last = next(sound, present[0] if present else len(listed))
            for group in listed[last + 1 :]:
                for one in group:
                    if one.status in SET_ASIDE:
                        continue
                    was_published = not one.is_absent and one.seq <= self.ingest_seq
                    one.attempts.append(Attempt(self.step, "superseded"))
                    if was_published and one.seq not in self.withdrawn:
                        left.append(one)
        return left

    def _is_absent(
        self, one: Document, staged: set[int], contract: Contract, now: datetime
    ) -> bool:
        if one.seq in staged and not self._is_out(one):
            return bool(one.reasons(contract, now))
        return one.is_absent or self._is_out(one)

    def _is_out(self, one: Document) -> bool:
        return one.status in SET_ASIDE or one.seq in self.withdrawn

    def _close(self, published_seq: int, still_refused: Collection[str]) -> None:
        """Closes the refusals that later documents correct."""
        fresh = [
            one for seq, one in self.documents.items() if seq > published_seq and not one.is_absent
        ]
        for case in self.cases().values():
            if case.status != "open":
                continue
            if isinstance(case, Document):
                is_closed = self._is_corrected(case, fresh)
            else:
                names = {one.file_name for one in fresh}
                is_closed = case.file_name in names and case.file_name not in still_refused
            if is_closed:
                case.attempts.append(Attempt(self.step, "superseded"))

    def _is_corrected(self, refused: Document, fresh: list[Document]) -> bool:
        for one in fresh:
            is_same = one.made.document_id == refused.made.document_id
            has_place = (one.file_name, one.record) == (refused.file_name, refused.record)
            is_later = one.seq > refused.seq and refused.entity in (None, one.entity)
            if is_later and (is_same or has_place):
                return True
        if refused.token != BLOCKS or refused.entity is None:
            return False
        best = [self.heads(wide).get(refused.entity) for wide in (False, True)]
        return all(
            head is not None and head.seq > refused.seq and head.time >= refused.time
            for head in best
        )

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

    def _deliveries(self) -> dict[str, dict[str, set[int]]]:
        found: dict[str, dict[str, set[int]]] = {}
        for one in self.counting():
            if one.token == TREE and one.entity:
                found.setdefault(one.entity, {}).setdefault(one.time, set()).add(one.made.mark)
        return found
