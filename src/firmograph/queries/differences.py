"""What changed in a table between two snapshots."""

from dataclasses import dataclass
from typing import Any

from firmograph.control.snapshots import list_snapshots
from firmograph.engine.sql import listed, literal, quoted
from firmograph.errors import UsageError
from firmograph.lake.tables import CHANGED_BY
from firmograph.queries.session import Row, Session

ROWS_SHOWN = 100
_OLD, _NEW = "rows_before", "rows_after"
_STAMPS = {field.name for field in CHANGED_BY}


@dataclass(frozen=True)
class Version:
    """A version of a table, and the first snapshot that published it."""

    version: int
    snapshot_id: int
    run_id: str
    published_at: object


@dataclass(frozen=True)
class ChangedRow:
    """A row that differs.

    Attributes:
        what: ``inserted``, ``changed`` or ``deleted``.
        key: its key.
        values: by column that differs, the value before and after; those of the whole row if it
            was inserted or deleted.
    """

    what: str
    key: Row
    values: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class Difference:
    """What changed: how many rows, and the first of them in the order of the key."""

    counts: dict[str, int]
    rows: list[ChangedRow]


def versions_of(session: Session, table: str) -> list[Version]:
    """The versions of a table that snapshots published, newest first."""
    with session.reader() as reader:
        snapshots = list_snapshots(reader.engine)
    found: dict[int, Version] = {}
    for one in snapshots:  # newest first, so that the oldest stays
        version = one.table_versions.get(table)
        if version is not None and one.snapshot_id <= session.snapshot_id:
            found[version] = Version(version, one.snapshot_id, one.run_id, one.published_at)
    return list(found.values())


def compare(
    session: Session, table: str, before: int, after: int, what: str | None = None
) -> Difference:
    """Compares two versions of a table that has a key.

    Only the files that one of them lacks are read.

    Args:
        session: of a snapshot.
        table: the table.
        before: the one version.
        after: the other.
        what: ``inserted``, ``changed`` or ``deleted``, to have the rows of that alone.

    Raises:
        UsageError: if one of the versions is no longer there.
    """
    spec = session.spec(table)
    columns = [name for name in spec.schema.names if name not in _STAMPS]
    sql = _joined(spec.key, columns)
    with session.reader() as reader:
        engine, sides = reader.engine, {_OLD: before, _NEW: after}
        files = {view: engine.store.files_at(table, version) for view, version in sides.items()}
        held = {entry.name for entry in engine.lake.table(table).files()}
        for view, listed_files in files.items():
            if listed_files is None or not held.issuperset(f.path for f in listed_files):
                raise UsageError(
                    f"version {sides[view]} of {table} is no longer there",
                    hint="a vacuum deletes what no kept snapshot needs",
                )
        shared = {f.path for f in files[_OLD] or ()} & {f.path for f in files[_NEW] or ()}
        for view, listed_files in files.items():
            engine.see_files(view, table, [f for f in listed_files or () if f.path not in shared])
        counts = session.rows(f"SELECT what, count(*) AS n FROM ({sql}) GROUP BY what", [])
        where = f"WHERE what = {literal(what)}" if what else ""
        order = ", ".join(f"coalesce(after.{quoted(k)}, before.{quoted(k)})" for k in spec.key)
        rows = session.rows(
            f"SELECT * FROM ({sql}) {where} ORDER BY {order} LIMIT {ROWS_SHOWN}", []
        )
    return Difference(
        {row["what"]: row["n"] for row in counts}, [_changed(row, spec.key) for row in rows]
    )


def _joined(key: tuple[str, ...], columns: list[str]) -> str:
    """A query: the rows that differ, both sides of each as structs; None where it is absent."""
    same = " AND ".join(f"b.{quoted(k)} IS NOT DISTINCT FROM a.{quoted(k)}" for k in key)
    struct = "struct_pack({})".format(", ".join(f"{quoted(c)} := {quoted(c)}" for c in columns))
    return f"""
        SELECT
          CASE WHEN b.whole IS NULL THEN 'inserted' WHEN a.whole IS NULL THEN 'deleted'
            ELSE 'changed' END AS what,
          b.whole AS before,
          a.whole AS after
        FROM (SELECT {listed(key)}, {struct} AS whole FROM {_OLD}) b
        FULL JOIN (SELECT {listed(key)}, {struct} AS whole FROM {_NEW}) a
          ON {same}
        WHERE b.whole IS DISTINCT FROM a.whole
    """


def _changed(row: Row, key: tuple[str, ...]) -> ChangedRow:
    before, after = row["before"] or {}, row["after"] or {}
    whole = after or before
    values = {
        name: (before.get(name), after.get(name))
        for name in whole
        if name not in key and before.get(name) != after.get(name)
    }
    return ChangedRow(row["what"], {name: whole[name] for name in key}, values)
