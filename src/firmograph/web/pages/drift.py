"""`/drift`: what documents hold and no contract names, and the line that would name it."""

import re
from dataclasses import asdict
from typing import Any

from firmograph.drift import DEFAULT_SAMPLE
from firmograph.drift.findings import Drift
from firmograph.web.view import Answer, View

COLUMNS = ("document_type", "what", "path", "documents", "share", "example")
ROWS_SHOWN = 300
_KEY = "drift"


def drift(view: View) -> Answer:
    """Shows paths that the contracts do not name, and named paths that vanished or changed.

    It takes seconds where there are many documents, so the page is there before its content.
    """
    is_measured = view.session.has_derived(_KEY) or "measure" in view.query or view.wants_data
    found = view.session.derived(_KEY, lambda: _measure(view)) if is_measured else []
    data = {
        "is_measured": is_measured,
        "drifts": [_shown(one) for one in found],
        "sample": DEFAULT_SAMPLE,
        "rows_shown": ROWS_SHOWN,
    }
    rows = (
        {"document_type": one.document_type, "what": what} | asdict(row)
        for one in found
        for what, listed in (
            ("unnamed", one.unnamed),
            ("vanished", one.vanished),
            ("changed", one.changed),
        )
        for row in listed
    )
    return Answer("drift.html", data, rows, COLUMNS)


def _measure(view: View) -> list[Drift]:
    """The drift of each document type of which there are documents."""
    found = view.project.drift(snapshot_id=view.session.snapshot_id or None)
    return [one for one in found if one.documents.stored]


def _shown(found: Drift) -> dict[str, Any]:
    facts = asdict(found)
    for row in facts["unnamed"]:
        row["line"] = contract_line(row["path"])
    return facts


def contract_line(path: str) -> str | None:
    """The line of a contract that names a path; None below a list, which needs a choice."""
    if "[]" in path:
        return None
    words = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", path.lstrip("^.")).lower()
    name = re.sub(r"\W+", "_", words, flags=re.ASCII).strip("_")
    return f"      {name}: {path}"
