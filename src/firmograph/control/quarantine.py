"""The quarantine, ``tb_quarantine_files``: every reason of every refusal, append-only."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from firmograph.engine.base import Engine
from firmograph.errors import UsageError

QUARANTINE = "tb_quarantine_files"

_SAME = (
    "q.document_id = r.document_id AND q.scope = r.scope AND q.rule = r.rule "
    "AND q.json_path = r.json_path AND q.ingest_seq IS NOT DISTINCT FROM r.ingest_seq "
    "AND q.value IS NOT DISTINCT FROM r.value AND q.file_name = r.file_name"
)


def write_refusals(engine: Engine) -> int:
    """Appends the staged refusals that do not stand there yet; returns how many rows."""
    rows: pa.Table = engine.query(
        "SELECT r.*, s.now_utc AS load_timestamp, s.this_run AS run_id FROM refusals r "
        f"CROSS JOIN run_stamp s WHERE NOT EXISTS (SELECT 1 FROM {QUARANTINE} q WHERE {_SAME}) "
        "ORDER BY r.file_name, r.record_number, r.ingest_seq, r.scope, r.json_path",
        [QUARANTINE],
    )
    engine.append(QUARANTINE, rows)
    return int(rows.num_rows)


def list_refusals(engine: Engine) -> list[dict[str, Any]]:
    """Open refusals, a row a document (or file, or element's document), newest first."""
    rows: list[dict[str, Any]] = engine.query(
        "SELECT document_id, scope, document_type, file_name, record_number, entity_id, "
        "count(*) AS violations, min_by(reason, json_path) AS reason, "
        "list(DISTINCT rule ORDER BY rule) AS rules, max(load_timestamp) AS load_timestamp, "
        "max(run_id) AS run_id, max(attempt) AS attempt, any_value(status) AS status "
        f"FROM {QUARANTINE} WHERE status = 'open' "
        "GROUP BY document_id, scope, document_type, file_name, record_number, entity_id "
        "ORDER BY load_timestamp DESC, file_name, record_number, scope",
        [QUARANTINE],
    ).to_pylist()
    return rows


def find_refusals(engine: Engine, document_id: str) -> list[dict[str, Any]]:
    """All violations of the one document whose id begins with `document_id`.

    Raises:
        UsageError: where none or several do.
    """
    if not document_id or not set(document_id.lower()) <= set("0123456789abcdef"):
        raise UsageError(
            f"{document_id!r} is no document id; ids are hexadecimal",
            hint="`firmograph quarantine list` shows them",
        )
    rows: list[dict[str, Any]] = engine.query(
        f"SELECT * FROM {QUARANTINE} WHERE starts_with(document_id, '{document_id.lower()}') "
        "ORDER BY load_timestamp, file_name, record_number, scope, json_path",
        [QUARANTINE],
    ).to_pylist()
    ids = sorted({row["document_id"] for row in rows})
    if not ids:
        raise UsageError(
            f"no refused document has an id that begins with {document_id!r}",
            hint="`firmograph quarantine list` shows them",
        )
    if len(ids) > 1:
        shown = ", ".join(name[:16] for name in _some(ids))
        raise UsageError(
            f"{len(ids)} refused documents have ids that begin with {document_id!r}: {shown}",
            hint="give more digits",
        )
    return rows


def _some(ids: Sequence[str]) -> Sequence[str]:
    return ids[:5]
