"""How the model of a lake publishes: documents are judged, superseded and corrected."""

from collections.abc import Collection, Iterable
from datetime import datetime

from cases import SET_ASIDE, Attempt, Contract, Document, Row
from made import TREE
from tables_model import Tables


class Publishing(Tables):
    """Publishes documents, as all commands do."""

    def publish(
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
        later = [one for seq, one in self.documents.items() if seq > published_seq]
        read = {one.file_name for one in later if one.status not in SET_ASIDE}
        fresh = [one for one in later if not one.is_absent]
        for case in self.cases().values():
            if case.status != "open":
                continue
            if isinstance(case, Document):
                is_closed = self._is_corrected(case, fresh, published_seq)
            else:
                is_closed = case.file_name in read and case.file_name not in still_refused
            if is_closed:
                case.attempts.append(Attempt(self.step, "superseded"))

    def _is_corrected(self, refused: Document, fresh: list[Document], published_seq: int) -> bool:
        for one in fresh:
            is_same = one.made.document_id == refused.made.document_id
            has_place = (one.file_name, one.record) == (refused.file_name, refused.record)
            is_later = one.seq > refused.seq and refused.entity in (None, one.entity)
            if is_later and (is_same or has_place):
                return True
        if refused.entity is None:
            return False
        if refused.token == TREE:
            page = self.complete_tree(refused.entity)
            return page is not None and self._is_later(page, refused)
        head, wide = (self.heads(wide).get(refused.entity) for wide in (False, True))
        if head is None or not self._is_later(head, refused):
            return False
        if wide is not None and self._is_later(wide, refused):
            return True
        return not refused.made.is_wide and head.seq > published_seq

    @staticmethod
    def _is_later(head: Document, refused: Document) -> bool:
        return head.seq > refused.seq and head.time >= refused.time
