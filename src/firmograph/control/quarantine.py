"""The quarantine, ``tb_quarantine_files``: every reason of every refusal, append-only.

What was refused (a file, a document, elements of a document) is a *case*. Each attempt appends the
case's rows again; the rows of the latest attempt hold its status. `marks` writes the statuses that
are decided rather than found, for accepted documents, too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Engine, Relation
from firmograph.engine.sql import RUN_STAMP, listed, literal, quoted
from firmograph.errors import UsageError
from firmograph.lake.tables import CONTROL
from firmograph.staging.schema import REFUSALS

QUARANTINE = "tb_quarantine_files"

CASE = ("document_id", "scope", "file_name", "record_number", "ingest_seq")
SET_ASIDE = ("discarded", "withdrawn", "superseded")
"""The statuses of documents that no run publishes, until they are reinstated."""
_SCHEMA = CONTROL[QUARANTINE].schema
_CASES = pa.schema(
    [
        *(_SCHEMA.field(name) for name in CASE),
        _SCHEMA.field("status"),
        _SCHEMA.field("attempt"),
        ("marks", pa.string()),
    ]
)
CASES_BEFORE = Relation("cases_before", _CASES)
CASES_NOW = Relation("cases_now", _CASES)
LATEST = Relation("latest_cases", _SCHEMA)


def latest(source: str = QUARANTINE) -> str:
    """A query: the rows of the latest attempt of each case.

    Attempts are counted for each case, so clocks do not matter; a discard of an earlier release
    has the number of the attempt that it closes.
    """
    place = "attempt * 2 + CASE WHEN status = 'open' THEN 0 ELSE 1 END"
    return f"""
        SELECT {listed(_SCHEMA.names)}
        FROM (
          SELECT *, {place} AS place, max({place}) OVER (PARTITION BY {listed(CASE)}) AS last_place
          FROM {source}
        )
        WHERE place = last_place
    """


def query_latest(engine: Engine, sql: str, tables: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Runs a query over `LATEST`, in DuckDB's dialect, and returns its rows.

    The relation is made once for several queries, as long as no row is appended.

    Args:
        engine: of the lake.
        sql: the query.
        tables: of the lake that it reads, too.
    """
    engine.derive_local(LATEST, latest(), [QUARANTINE])
    rows: list[dict[str, Any]] = engine.query_local(sql, tables).to_pylist()
    return rows


_SET_ASIDE = ", ".join(map(literal, SET_ASIDE))


def _cases(rows: str) -> str:
    """A query: the cases of some rows, with marks that show whether a case changed."""
    return f"""
        SELECT
          {listed(CASE)},
          any_value(status) AS status,
          max(attempt) AS attempt,
          md5(CAST(
            array_sort(array_agg(rule || ' ' || json_path || ' ' || coalesce(value, '')))
            AS STRING
          )) AS marks
        FROM ({rows})
        GROUP BY {listed(CASE)}
    """


@dataclass(frozen=True)
class Selection:
    """Selects refused documents; all open ones if nothing is given.

    Attributes:
        document_ids: the beginning of an id each; all documents if there is none.
        rule: documents refused by this rule.
        document_type: documents of this type.
    """

    document_ids: Sequence[str] = ()
    rule: str | None = None
    document_type: str | None = None


def write_refusals(engine: Engine, documents: Iterable[Relation], *, is_retry: bool = False) -> int:
    """Appends the cases of this run: new ones, those whose status changed, and those redriven.

    Args:
        engine: holds the staged refusals.
        documents: the staged documents, by type.
        is_retry: whether an unchanged case is recorded as another attempt.

    Returns:
        How many rows report a refusal that was not known before.
    """
    if not engine.has_rows(REFUSALS) and not _has_open(engine):
        return 0
    engine.create_temp(CASES_BEFORE, _cases(latest()), [QUARANTINE])
    engine.create_temp(CASES_NOW, _cases(f"SELECT * FROM {REFUSALS}"))
    count = engine.insert_into(QUARANTINE, _refused(is_retry=is_retry))
    engine.insert_into(QUARANTINE, _redriven(documents), [QUARANTINE])
    return count


def _refused(*, is_retry: bool) -> str:
    """A query: the rows of cases that are new or have changed."""
    return f"""
        SELECT {_stamped(attempt="coalesce(c.attempt, 0) + 1")}
        FROM {REFUSALS} r
        CROSS JOIN {RUN_STAMP} s
        JOIN {CASES_NOW} n
          ON {_same_case("n", "r")}
        LEFT JOIN {CASES_BEFORE} c
          ON {_same_case("c", "r")}
        WHERE ({is_retry} OR c.status IS DISTINCT FROM 'open' OR c.marks <> n.marks)
          AND NOT (r.scope <> 'file' AND coalesce(c.status IN ({_SET_ASIDE}), false))
        ORDER BY r.file_name, r.record_number, r.ingest_seq, r.scope, r.json_path
    """


def _redriven(documents: Iterable[Relation]) -> str:
    """A query: the rows of open cases whose document is staged and not refused again."""
    staged = " UNION ALL ".join(f"SELECT ingest_seq FROM {relation}" for relation in documents)
    return f"""
        SELECT {_stamped(attempt="r.attempt + 1", status="'redriven'")}
        FROM ({latest()}) r
        CROSS JOIN {RUN_STAMP} s
        SEMI JOIN ({staged}) d
          ON d.ingest_seq = r.ingest_seq
        ANTI JOIN {CASES_NOW} c
          ON {_same_case("c", "r")}
        WHERE r.status = 'open'
    """


def _same_case(one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} IS NOT DISTINCT FROM {other}.{name}" for name in CASE)


def _has_open(engine: Engine) -> bool:
    return bool(query_latest(engine, f"SELECT 1 FROM {LATEST} WHERE status = 'open' LIMIT 1"))


def _stamped(**changed: str) -> str:
    """The columns of the quarantine, from rows ``r`` and the stamp ``s`` of this run."""
    changed |= {"load_timestamp": "s.now_utc", "run_id": "s.this_run"}
    return ", ".join(
        f"{changed.get(name, f'r.{quoted(name)}')} AS {quoted(name)}" for name in _SCHEMA.names
    )


def open_seqs(engine: Engine, selection: Selection) -> list[int]:
    """The `ingest_seq` of the selected refused documents that are open."""
    rows = query_latest(
        engine,
        f"""
        SELECT ingest_seq, document_id, document_type, list(rule) AS rules
        FROM {LATEST}
        WHERE status = 'open' AND scope = 'document'
        GROUP BY ALL
        ORDER BY ingest_seq
        """,
    )
    if selection.document_ids:
        found = {find_case(engine, one)[0]["document_id"] for one in selection.document_ids}
        rows = [row for row in rows if row["document_id"] in found]
    return [
        row["ingest_seq"]
        for row in rows
        if (selection.rule is None or selection.rule in row["rules"])
        and selection.document_type in (None, row["document_type"])
    ]


def seqs_of(engine: Engine, statuses: Iterable[str]) -> list[int]:
    """The `ingest_seq` of the documents that have one of some statuses."""
    wanted = ", ".join(map(literal, statuses))
    rows = query_latest(
        engine,
        f"""
        SELECT DISTINCT ingest_seq
        FROM {LATEST}
        WHERE status IN ({wanted}) AND scope = 'document'
        ORDER BY ingest_seq
        """,
    )
    return [row["ingest_seq"] for row in rows]


def list_cases(engine: Engine, status: str = "open") -> list[dict[str, Any]]:
    """The cases with a status, newest first, each with its violations counted."""
    return query_latest(
        engine,
        f"""
        SELECT
          {listed(CASE)},
          document_type,
          entity_id,
          count(*) AS violations,
          min_by(reason, json_path) AS reason,
          list(DISTINCT rule ORDER BY rule) AS rules,
          max(load_timestamp) AS load_timestamp,
          max(run_id) AS run_id,
          max(attempt) AS attempt,
          any_value(status) AS status
        FROM {LATEST}
        WHERE status = '{status}'
        GROUP BY ALL
        ORDER BY load_timestamp DESC, file_name, record_number, scope
        """,
    )


def find_case(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    """The latest rows of the one document whose id begins with `document_id`.

    Raises:
        UsageError: if no document or several match.
    """
    check_id(document_id)
    rows = query_latest(
        engine,
        f"""
        SELECT *
        FROM {LATEST}
        WHERE starts_with(document_id, '{document_id.lower()}')
        ORDER BY file_name, record_number, scope, json_path
        """,
    )
    if not rows:
        raise UsageError(
            f"no refused document has an id that begins with {document_id!r}",
            hint="`firmograph quarantine list` shows them",
        )
    check_is_one(rows, document_id, "refused documents")
    return rows


def check_is_one(rows: Iterable[Mapping[str, Any]], document_id: str, what: str) -> None:
    """Checks that rows are all of one document, whose id begins with `document_id`.

    Raises:
        UsageError: if they are of several.
    """
    ids = sorted({row["document_id"] for row in rows})
    if len(ids) > 1:
        shown = ", ".join(name[:16] for name in ids[:5])
        raise UsageError(
            f"{len(ids)} {what} have ids that begin with {document_id!r}: {shown}",
            hint="give more digits",
        )


def check_id(document_id: str) -> None:
    """Checks that a text may be the beginning of a document's id.

    Raises:
        UsageError: if it is not hexadecimal.
    """
    if not document_id or not set(document_id.lower()) <= set("0123456789abcdef"):
        raise UsageError(
            f"{document_id!r} is not a document id; ids are hexadecimal",
            hint="`firmograph quarantine list` shows those of refused documents",
        )
