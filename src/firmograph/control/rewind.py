"""Rewind: a rollback gives documents the status they had then, and a reinstatement undoes that.

The quarantine is append-only and is not rolled back itself: new refusals and discards stay.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

from firmograph.control.marks import append, is_set_aside, marked
from firmograph.control.quarantine import CASE, QUARANTINE, latest
from firmograph.engine.base import Engine
from firmograph.engine.sql import literal

Rows = list[dict[str, Any]]


class Moved(NamedTuple):
    """Documents whose standing changed: those that leave the tables, and those that return."""

    leaving: Rows
    returning: Rows


def rewind(engine: Engine, undone: Collection[str], snapshot_id: int, ingest_seq: int) -> None:
    """Gives each case the status it had at a snapshot; discards and new refusals of files stay.

    Args:
        engine: of the lake.
        undone: the runs since that snapshot.
        snapshot_id: of the snapshot.
        ingest_seq: its last document; later ones are withdrawn as a whole.
    """
    back: Rows = []
    before = _cases(engine, undone)
    reason = f"as at snapshot {snapshot_id}, to which the lake was rolled back"
    for case, rows in _cases(engine, ()).items():
        last, earlier = rows[0], before.get(case)
        is_later = last["ingest_seq"] is not None and last["ingest_seq"] > ingest_seq
        is_same = earlier is not None and earlier[0]["status"] == last["status"]
        is_closed = last["status"] == "discarded" and (earlier is None or is_set_aside(earlier[0]))
        if is_later or is_same or is_closed:
            continue
        if earlier is not None:
            back += _next_attempt(earlier, last)
        elif last["ingest_seq"] is not None:
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


def _cases(engine: Engine, without: Collection[str]) -> dict[tuple[Any, ...], Rows]:
    """The latest rows of each case, without those of some runs."""
    runs = ", ".join(map(literal, without)) or "''"
    source = f"(SELECT * FROM {QUARANTINE} WHERE run_id NOT IN ({runs}))"
    found: dict[tuple[Any, ...], Rows] = {}
    for row in engine.query_local(latest(source), [QUARANTINE]).to_pylist():
        found.setdefault(tuple(row[name] for name in CASE), []).append(row)
    return found


def _next_attempt(rows: Rows, last: dict[str, Any]) -> Rows:
    """Rows of an earlier attempt, to be appended after the last one."""
    return [{**row, "attempt": last["attempt"]} for row in rows]
