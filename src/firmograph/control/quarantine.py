"""The quarantine, ``tb_quarantine_files``: every reason of every refusal, append-only.

What was refused (a file, a document, elements of a document) is a *case*. Each attempt appends the
case's rows anew; the rows of the latest one say how the case stands.
"""

from dataclasses import dataclass
from typing import Any

from firmograph.engine.base import Engine
from firmograph.engine.duckdb.connection import quoted
from firmograph.errors import UsageError
from firmograph.lake.tables import CONTROL

QUARANTINE = "tb_quarantine_files"
REDRIVEN = "'redriven'"

_CASE = ("document_id", "scope", "file_name", "record_number", "ingest_seq")
_COLUMNS = CONTROL[QUARANTINE].schema.names
_LATEST = (
    f"SELECT {', '.join(quoted(name) for name in _COLUMNS)} FROM "
    f"(SELECT *, max(load_timestamp) OVER (PARTITION BY {', '.join(_CASE)}) AS latest "
    f"FROM {QUARANTINE}) WHERE load_timestamp = latest"
)
_CASES = (
    f"SELECT {', '.join(_CASE)}, any_value(status) AS status, max(attempt) AS attempt, "
    "array_sort(array_agg(rule || ' ' || json_path || ' ' || coalesce(value, ''))) AS marks "
    f"FROM ({{rows}}) GROUP BY {', '.join(_CASE)}"
)


@dataclass(frozen=True)
class Selection:
    """Which refused documents are meant; all open ones where nothing is given.

    Attributes:
        document_id: the beginning of an id.
        rule: documents refused by this rule.
        document_type: documents of this type.
    """

    document_id: str | None = None
    rule: str | None = None
    document_type: str | None = None


def write_refusals(engine: Engine, *, is_retry: bool = False) -> int:
    """Appends the cases of this run: new ones, those that stand otherwise now, those redriven.

    Args:
        engine: holds the staged refusals.
        is_retry: whether a case that stands as it did is an attempt to be kept, too.

    Returns:
        How many rows say that something is refused that was not known before.
    """
    is_refused = engine.query("SELECT count(*) AS n FROM refusals")["n"][0].as_py()
    if not is_refused and not _has_open(engine):
        return 0
    same = " AND ".join(f"c.{name} IS NOT DISTINCT FROM r.{name}" for name in _CASE)
    staged = " UNION ALL ".join(
        f"SELECT ingest_seq FROM documents_{kind}" for kind in engine.lake.ods_tables
    )
    engine.create_temp("cases_before", _CASES.format(rows=_LATEST), [QUARANTINE])
    engine.create_temp("cases_now", _CASES.format(rows="SELECT * FROM refusals"))
    refused = (
        f"SELECT {_stamped(attempt='coalesce(c.attempt, 0) + 1')} "
        "FROM refusals r CROSS JOIN run_stamp s "
        f"JOIN cases_now n ON {same.replace('c.', 'n.')} LEFT JOIN cases_before c ON {same} "
        f"WHERE ({is_retry} OR c.status IS DISTINCT FROM 'open' OR c.marks <> n.marks) "
        "AND NOT (r.scope = 'element' AND c.status IS NOT DISTINCT FROM 'discarded') "
        "ORDER BY r.file_name, r.record_number, r.ingest_seq, r.scope, r.json_path"
    )
    redriven = (
        f"SELECT {_stamped(attempt='r.attempt + 1', status=REDRIVEN)} "
        f"FROM ({_LATEST}) r CROSS JOIN run_stamp s SEMI JOIN ({staged}) d "
        f"ON d.ingest_seq = r.ingest_seq ANTI JOIN cases_now c ON {same} "
        "WHERE r.status = 'open'"
    )
    count = engine.insert(QUARANTINE, refused)
    engine.insert(QUARANTINE, redriven, [QUARANTINE])
    return count


def _has_open(engine: Engine) -> bool:
    found = engine.query_local(
        f"SELECT 1 FROM ({_LATEST}) WHERE status = 'open' LIMIT 1", [QUARANTINE]
    )
    return bool(found.num_rows)


def _stamped(**changed: str) -> str:
    """The columns of the quarantine from rows ``r``, with the stamp ``s`` of this run."""
    changed |= {"load_timestamp": "s.now_utc", "run_id": "s.this_run"}
    return ", ".join(
        f"{changed.get(name, f'r.{quoted(name)}')} AS {quoted(name)}" for name in _COLUMNS
    )


def write_discard(engine: Engine, document_id: str, why: str) -> list[str]:
    """Closes the open cases of one document for good; returns the names of their files."""
    cases = {tuple(row[name] for name in _CASE): row for row in find_case(engine, document_id)}
    rows = [row for row in cases.values() if row["status"] == "open"]
    if not rows:
        raise UsageError(f"document {document_id} is not open in the quarantine")
    schema = engine.lake.specs[QUARANTINE].schema
    stamp = engine.stamp
    changed = {
        "reason": why,
        "rule": "discarded",
        "json_path": "$",
        "value": None,
        "line": None,
        "column": None,
        "status": "discarded",
        "run_id": stamp.run_id,
        "load_timestamp": stamp.now,
    }
    engine.append(QUARANTINE, schema.empty_table().from_pylist([r | changed for r in rows], schema))
    return [str(row["file_name"]) for row in rows]


def open_seqs(engine: Engine, selection: Selection) -> list[int]:
    """`ingest_seq` of the refused documents that are open and selected."""
    rows = engine.query_local(
        f"SELECT ingest_seq, document_id, document_type, list(rule) AS rules FROM ({_LATEST}) "
        "WHERE status = 'open' AND scope = 'document' GROUP BY ALL ORDER BY ingest_seq",
        [QUARANTINE],
    ).to_pylist()
    if selection.document_id is not None:
        found = find_case(engine, selection.document_id)[0]["document_id"]
        rows = [row for row in rows if row["document_id"] == found]
    return [
        row["ingest_seq"]
        for row in rows
        if (selection.rule is None or selection.rule in row["rules"])
        and selection.document_type in (None, row["document_type"])
    ]


def discarded_seqs(engine: Engine) -> list[int]:
    """`ingest_seq` of the documents that were discarded."""
    rows = engine.query_local(
        f"SELECT DISTINCT ingest_seq FROM ({_LATEST}) "
        "WHERE status = 'discarded' AND scope = 'document' ORDER BY ingest_seq",
        [QUARANTINE],
    )
    seqs: list[int] = rows["ingest_seq"].to_pylist()
    return seqs


def list_cases(engine: Engine, status: str = "open") -> list[dict[str, Any]]:
    """The cases that stand as `status`, newest first, each with its violations counted."""
    rows: list[dict[str, Any]] = engine.query_local(
        f"SELECT {', '.join(_CASE)}, document_type, entity_id, count(*) AS violations, "
        "min_by(reason, json_path) AS reason, list(DISTINCT rule ORDER BY rule) AS rules, "
        "max(load_timestamp) AS load_timestamp, max(run_id) AS run_id, max(attempt) AS attempt, "
        f"any_value(status) AS status FROM ({_LATEST}) WHERE status = '{status}' GROUP BY ALL "
        "ORDER BY load_timestamp DESC, file_name, record_number, scope",
        [QUARANTINE],
    ).to_pylist()
    return rows


def find_case(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    """How the one document stands whose id begins with `document_id`: its latest rows.

    Raises:
        UsageError: where none or several begin so.
    """
    if not document_id or not set(document_id.lower()) <= set("0123456789abcdef"):
        raise UsageError(
            f"{document_id!r} is no document id; ids are hexadecimal",
            hint="`firmograph quarantine list` shows them",
        )
    rows: list[dict[str, Any]] = engine.query_local(
        f"SELECT * FROM ({_LATEST}) WHERE starts_with(document_id, '{document_id.lower()}') "
        "ORDER BY file_name, record_number, scope, json_path",
        [QUARANTINE],
    ).to_pylist()
    ids = sorted({row["document_id"] for row in rows})
    if not ids:
        raise UsageError(
            f"no refused document has an id that begins with {document_id!r}",
            hint="`firmograph quarantine list` shows them",
        )
    if len(ids) > 1:
        shown = ", ".join(name[:16] for name in ids[:5])
        raise UsageError(
            f"{len(ids)} refused documents have ids that begin with {document_id!r}: {shown}",
            hint="give more digits",
        )
    return rows
