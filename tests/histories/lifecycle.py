"""The life of a lake in plain Python: which documents count after any sequence of commands."""

from collections.abc import Collection, Iterable
from copy import deepcopy
from datetime import datetime
from functools import partial

from cases import SET_ASIDE, Attempt, Case, Contract, Document, Published, follows
from made import Content
from publishing_model import Publishing


class Lake(Publishing):
    """Executes the commands."""

    def keep(self, snapshot_id: int) -> None:
        """Keeps what a new snapshot holds."""
        statuses = {key: list(case.attempts) for key, case in self.cases().items()}
        self.snapshots[snapshot_id] = deepcopy(
            Published(
                self.step, self.ingest_seq, self.contract, self.withdrawn, self.rows, statuses
            )
        )

    def with_id(self, document_id: str) -> list[Document]:
        """The documents of ODS with an id."""
        return [one for one in self.documents.values() if one.made.document_id == document_id]

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
        self.publish(staged, contract, now, is_retry=False, still_refused=still)

    def rebuild(self, contract: Contract, now: datetime) -> None:
        """Publishes everything in ODS that is not set aside."""
        self.publish(set(self.documents), contract, now, is_retry=False, is_full=True)

    def retry(self, chosen: Iterable[int], contract: Contract, now: datetime) -> None:
        """Judges refused documents again."""
        self.publish(set(chosen), contract, now)

    def discard(self, document_id: str) -> None:
        """Closes the refusals of a document."""
        for case in self._with_id(document_id):
            if case.status == "open":
                case.attempts.append(Attempt(self.step, "discarded"))

    def can_withdraw(self, document_id: str) -> list[Document]:
        """The documents with an id that can be withdrawn."""
        return [one for one in self.with_id(document_id) if one in self.counting()]

    def withdraw(self, document_id: str, contract: Contract, now: datetime) -> None:
        """Takes a document out of the tables."""
        chosen = self.can_withdraw(document_id)
        for one in chosen:
            one.attempts.append(Attempt(self.step, "withdrawn"))
        self.publish(set(), contract, now, leaving=chosen)

    def can_reinstate(self, document_id: str) -> list[Document]:
        """The documents with an id that can be reinstated."""
        found = self.with_id(document_id)
        able = [
            one
            for one in found
            if one.status in ("withdrawn", "superseded")
            or (one.status != "discarded" and one.seq in self.withdrawn)
        ]
        present = [one for one in found if one in able or not one.is_absent]
        return [
            one
            for one in able
            if one.status != "superseded" or not any(map(partial(follows, one), present))
        ]

    def reinstate_one(self, document_id: str, contract: Contract, now: datetime) -> None:
        """Publishes one document again."""
        chosen = self.can_reinstate(document_id)
        for one in chosen:
            if one.status in ("withdrawn", "superseded"):
                one.attempts.append(Attempt(self.step, "reinstated"))
            self.withdrawn.discard(one.seq)
        self.publish({one.seq for one in chosen}, contract, now)

    def rollback(self, snapshot_id: int) -> None:
        """Goes back to a snapshot; discards stay, except of what it had published."""
        wanted = self.snapshots[snapshot_id]
        for key, case in self.cases().items():
            before = wanted.statuses.get(key, [])
            was = before[-1].status if before else None
            is_document = isinstance(key, int)
            is_absent = was in ("open", *SET_ASIDE) or key in wanted.withdrawn
            is_later = isinstance(key, int) and key > wanted.ingest_seq
            is_new_file = not is_document and was is None
            stays_discarded = case.status == "discarded" and (is_absent or not is_document)
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
        self.publish(returning, contract, now, leaving=leaving)

    def _with_id(self, document_id: str) -> list[Case]:
        files = [case for (sha256, _), case in self.files.items() if sha256 == document_id]
        return [*self.with_id(document_id), *files]
