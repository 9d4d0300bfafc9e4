"""`/runs` and `/runs/<id>`: what each run did, as an equation, and with which files."""

from typing import Any

from firmograph.engine.sql import literal
from firmograph.queries import runs as queries
from firmograph.queries.session import Row
from firmograph.sources.names import FileNames
from firmograph.web.pages.overview import equations
from firmograph.web.paging import all_rows
from firmograph.web.view import Answer, Missing, View

COLUMNS = (
    "run_id",
    "script",
    "status",
    "load_timestamp",
    "duration_seconds",
    "document_count",
    "row_count",
    "snapshot_id",
    "message",
)


def runs(view: View) -> Answer:
    """Shows the runs, newest first."""
    page, count = view.whole("page", 1, 1), queries.count_runs(view.session)
    found = [_with_equations(run) for run in queries.list_runs(view.session, page)]
    data = {
        "count": count,
        "runs": found,
        "page_number": page,
        "pages": -(-count // queries.PAGE_ROWS),
    }
    return Answer(
        "runs.html", data, all_rows(lambda *page: queries.list_runs(view.session, *page)), COLUMNS
    )


def run(view: View) -> Answer:
    """Shows one run: totals, files, warnings and refusals."""
    run_id, status = view.places["run_id"], view.query.get("status")
    found = queries.find_run(view.session, run_id)
    if found is None:
        raise Missing(f"no run {run_id}", hint="the page Runs lists them")
    counts = queries.count_files(view.session, run_id)
    page = view.whole("page", 1, 1)
    names = FileNames(view.session.contracts.values())
    listed = queries.list_files(view.session, run_id, status, page)
    count = counts.get(status, 0) if status else sum(counts.values())
    data = {
        "run": _with_equations(found),
        "statuses": counts,
        "status": status,
        "files": [_with_sql(view, names, run_id, file) for file in listed],
        "changed": queries.tables_changed(view.session, found["snapshot_id"]),
        "count": count,
        "page_number": page,
        "pages": -(-count // queries.PAGE_ROWS),
        "warnings": queries.warnings_of(view.session, run_id),
        "refusals": queries.refusals_of(view.session, run_id),
    }
    files = all_rows(lambda *page: queries.list_files(view.session, run_id, status, *page))
    return Answer("run.html", data, files, queries.FILE_COLUMNS)


def _with_sql(view: View, names: FileNames, run_id: str, file: Row) -> Row:
    """A file with the query for its documents; None if it has none that are kept."""
    contract = names.contract_of(file["file_name"])
    if contract is None or file["status"] != "ingested" or not view.session.has(contract.ods_table):
        return file | {"sql": None}
    return file | {
        "sql": f"SELECT * EXCLUDE (raw_data) FROM {contract.ods_table} WHERE run_id = "
        f"{literal(run_id)} AND file_path = {literal(file['file_path'])} ORDER BY ingest_seq"
    }


def _with_equations(run: Row) -> dict[str, Any]:
    totals = run.pop("totals")
    return run | {"equations": equations(totals) if totals else []}
