"""`/runs` and `/runs/<id>`: what each run did, as an equation, and with which files."""

from typing import Any

from firmograph.queries import runs as queries
from firmograph.queries.session import Row
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
    count = counts.get(status, 0) if status else sum(counts.values())
    data = {
        "run": _with_equations(found),
        "statuses": counts,
        "status": status,
        "files": queries.list_files(view.session, run_id, status, page),
        "count": count,
        "page_number": page,
        "pages": -(-count // queries.PAGE_ROWS),
        "warnings": queries.warnings_of(view.session, run_id),
        "refusals": queries.refusals_of(view.session, run_id),
    }
    files = all_rows(lambda *page: queries.list_files(view.session, run_id, status, *page))
    return Answer("run.html", data, files, queries.FILE_COLUMNS)


def _with_equations(run: Row) -> dict[str, Any]:
    totals = run.pop("totals")
    return run | {"equations": equations(totals) if totals else []}
