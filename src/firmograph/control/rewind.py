"""Rewind: a rollback gives documents the status they had then, and a reinstatement undoes that.

The quarantine is append-only and is not rolled back itself: refusals of later files stay, and so do
discards of what the tables of that snapshot do not hold.
"""

from collections.abc import Collection
from typing import Any, NamedTuple, Self

from firmograph.control.marks import append, is_set_aside, marked
from firmograph.control.quarantine import CASE, QUARANTINE, latest
from firmograph.control.snapshots import Snapshot
from firmograph.engine.base import Engine
from firmograph.engine.sql import literal
from firmograph.lake.files import meeting

Rows = list[dict[str, Any]]
Cases = dict[tuple[Any, ...], Rows]


class Moved(NamedTuple):
    """Documents whose standing changed: those that leave the tables, and those that return."""

    leaving: Rows
    returning: Rows


class _Then(NamedTuple):
    """What counted at a snapshot.

    Attributes:
        cases: the latest rows of each case.
        absent: the documents that their status kept out of the tables.
        withdrawn: spans of the documents that rollbacks had withdrawn.
    """

    cases: Cases
    absent: set[int]
    withdrawn: list[tuple[int, int]]

    @classmethod
    def of(cls, cases: Cases, snapshot: Snapshot) -> Self:
        """What counted at a snapshot, given its cases."""
        aside = [rows[0] for rows in cases.values() if is_set_aside(rows[0])]
        absent = {row["ingest_seq"] for row in aside if row["scope"] == "document"}
        return cls(cases, absent, snapshot.state.withdrawn)

    def has_published(self, case: tuple[Any, ...], seq: int | None) -> bool:
        """Whether the tables held a document, or an element of it; files are in no table."""
        if seq is None or seq in self.absent or meeting(self.withdrawn, seq, seq):
            return False
        rows = self.cases.get(case)
        return rows is None or not is_set_aside(rows[0])


def rewind(engine: Engine, undone: Collection[str], snapshot: Snapshot) -> None:
    """Gives each case the status it had at a snapshot.

    A discard stays unless the tables of that snapshot hold what was discarded: else they would hold
    rows of a document that is set aside.

    Args:
        engine: of the lake.
        undone: the runs since that snapshot.
        snapshot: to which the lake is rolled back; later documents are withdrawn as a whole.
    """
    back: Rows = []
    then = _Then.of(_cases(engine, undone), snapshot)
    reason = f"as at snapshot {snapshot.snapshot_id}, to which the lake was rolled back"
    for case, rows in _cases(engine, ()).items():
        last, earlier = rows[0], then.cases.get(case)
        seq = last["ingest_seq"]
        is_later = seq is not None and seq > snapshot.ingest_seq
        is_same = earlier is not None and earlier[0]["status"] == last["status"]
        stays_closed = last["status"] == "discarded" and not then.has_published(case, seq)
        if is_later or is_same or stays_closed:
            continue
        if earlier is not None:
            back += _next_attempt(earlier, last)
        elif seq is not None:
            back.append(marked(last, "reinstated", reason))
    append(engine, back)


def undo_rewinds(engine: Engine, rollbacks: Collection[str]) -> Moved:
    """Gives each case that rollbacks changed the status it had without them.

    Args:
        engine: of the lake.
        rollbacks: the runs that rolled back.
    """
    moved, back = Moved([], []), []
    without = _cases(engine, rollbacks)
    for case, rows in _cases(engine, ()).items():
        last, wanted = rows[0], without.get(case)
        if last["run_id"] not in rollbacks or wanted is None:
            continue
        back += _next_attempt(wanted, last)
        if last["scope"] == "document" and is_set_aside(last) != is_set_aside(wanted[0]):
            side = moved.returning if is_set_aside(last) else moved.leaving
            side.append(last)
    append(engine, back)
    return moved


def _cases(engine: Engine, without: Collection[str]) -> Cases:
    """The latest rows of each case, without those of some runs."""
    runs = ", ".join(map(literal, without)) or "''"
    source = f"(SELECT * FROM {QUARANTINE} WHERE run_id NOT IN ({runs}))"
    found: Cases = {}
    for row in engine.query_local(latest(source), [QUARANTINE]).to_pylist():
        found.setdefault(tuple(row[name] for name in CASE), []).append(row)
    return found


def _next_attempt(rows: Rows, last: dict[str, Any]) -> Rows:
    """Rows of an earlier attempt, to be appended after the last one."""
    return [{**row, "attempt": last["attempt"]} for row in rows]
