"""The open refusals: grouped by rule and path, listed, and each with its document around it."""

from collections.abc import Sequence
from dataclasses import dataclass

from firmograph.control.quarantine import QUARANTINE, latest
from firmograph.engine.base import Relation
from firmograph.lake.tables import CONTROL
from firmograph.queries.session import Row, Session

CASE_COLUMNS = (
    "document_id",
    "scope",
    "file_name",
    "record_number",
    "document_type",
    "entity_id",
    "violations",
    "rules",
    "reason",
    "load_timestamp",
    "run_id",
    "attempt",
)
PAGE_ROWS = 100
_OPEN = Relation("open_refusals", CONTROL[QUARANTINE].schema)
_ANY_PLACE = "regexp_replace(json_path, '\\[\\d+\\]', '[]', 'g')"
"""A path without the positions in lists."""


@dataclass(frozen=True)
class Group:
    """Violations of one rule at one path.

    Attributes:
        rule: the rule.
        path: where, with ``[]`` for any place in a list.
        cases: how many files, documents and sets of elements it is found in.
        violations: how many there are.
        example: the reason of one of them.
        newest: when the newest was refused.
    """

    rule: str
    path: str
    cases: int
    violations: int
    example: str
    newest: object


def find_groups(session: Session) -> list[Group]:
    """The open violations by rule and path, the most frequent first."""
    _hold_open(session)
    rows = session.rows(
        f"""
        SELECT
          rule,
          {_ANY_PLACE} AS path,
          count(DISTINCT (document_id, scope, file_name, record_number, ingest_seq)) AS cases,
          count(*) AS violations,
          min(reason) AS example,
          max(load_timestamp) AS newest
        FROM {_OPEN}
        GROUP BY ALL
        ORDER BY cases DESC, violations DESC, rule, path
        """,
        [],
    )
    return [Group(**row) for row in rows]


def count_cases(session: Session, rule: str | None = None, path: str | None = None) -> int:
    """How many open cases violate a rule at a path; all if neither is given."""
    _hold_open(session)
    sql = f"SELECT count(*) AS n FROM ({_cases(rule, path)})"
    count: int = session.row(sql, [], **_given(rule, path))["n"]
    return count


def newest_time(session: Session) -> str:
    """When the newest refusal that is open was made; an empty text if nothing is open."""
    _hold_open(session)
    sql = f"SELECT coalesce(CAST(max(load_timestamp) AS VARCHAR), '') AS newest FROM {_OPEN}"
    newest: str = session.row(sql, [])["newest"]
    return newest


def count_since(session: Session, time: str, without: Sequence[str]) -> int:
    """How many documents and files were refused after a time, some of them left out.

    Args:
        session: of a snapshot.
        time: as `newest_time` gave it; an empty text counts all, any other text none.
        without: ids of documents.
    """
    _hold_open(session)
    sql = f"""
        SELECT count(DISTINCT document_id) AS n
        FROM {_OPEN}
        WHERE NOT list_contains($without, document_id)
          AND ($time = '' OR load_timestamp > TRY_CAST($time AS TIMESTAMPTZ))
    """
    count: int = session.row(sql, [], time=time, without=list(without))["n"]
    return count


def list_cases(
    session: Session,
    rule: str | None = None,
    path: str | None = None,
    page: int = 1,
    page_rows: int = PAGE_ROWS,
) -> list[Row]:
    """A page of the open cases that violate a rule at a path, newest first."""
    _hold_open(session)
    sql = f"""
        SELECT *
        FROM ({_cases(rule, path)})
        ORDER BY load_timestamp DESC, file_name, record_number, scope, document_id
        LIMIT {page_rows} OFFSET {(page - 1) * page_rows}
    """
    return session.rows(sql, [], **_given(rule, path))


def list_cases_about(session: Session, duns: str) -> list[Row]:
    """The open cases of a company, newest first, at most as many as a page has."""
    if not session.has(QUARANTINE):
        return []
    _hold_open(session)
    sql = f"""
        SELECT *
        FROM ({_cases(None, None)})
        WHERE entity_id = $duns
        ORDER BY load_timestamp DESC, file_name, record_number, scope, document_id
        LIMIT {PAGE_ROWS}
    """
    return session.rows(sql, [], duns=duns)


def _hold_open(session: Session) -> None:
    """Holds the open rows in memory, once for a snapshot: a page asks for them several times."""

    def hold() -> None:
        sql = f"SELECT * FROM ({latest()}) WHERE status = 'open'"
        with session.reader() as reader:
            reader.engine.create_temp(_OPEN, sql, [QUARANTINE])

    session.derived(_OPEN.name, hold)


def _cases(rule: str | None, path: str | None) -> str:
    conditions = ["true"]
    if rule is not None:
        conditions.append("rule = $rule")
    if path is not None:
        conditions.append(f"{_ANY_PLACE} = $path")
    return f"""
        SELECT
          document_id,
          scope,
          file_name,
          record_number,
          ingest_seq,
          any_value(document_type) AS document_type,
          any_value(entity_id) AS entity_id,
          count(*) AS violations,
          list(DISTINCT rule ORDER BY rule) AS rules,
          min_by(reason, json_path) AS reason,
          max(load_timestamp) AS load_timestamp,
          max(run_id) AS run_id,
          max(attempt) AS attempt
        FROM {_OPEN}
        GROUP BY document_id, scope, file_name, record_number, ingest_seq
        HAVING bool_or({" AND ".join(conditions)})
    """


def _given(rule: str | None, path: str | None) -> dict[str, str]:
    given = {"rule": rule, "path": path}
    return {name: value for name, value in given.items() if value is not None}


def history(session: Session, document_id: str) -> list[Row]:
    """What became of a refusal: each attempt and decision, the newest first."""
    return session.rows(
        f"""
        SELECT load_timestamp, run_id, attempt, status, scope, count(*) AS violations
        FROM {QUARANTINE}
        WHERE document_id = $document_id
        GROUP BY ALL
        ORDER BY load_timestamp DESC, attempt DESC
        """,
        [QUARANTINE],
        document_id=document_id,
    )
