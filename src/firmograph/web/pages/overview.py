"""`/`: is all well?"""

from dataclasses import dataclass
from typing import Any

from firmograph.queries.answers import Status
from firmograph.queries.names import COMPANIES, FAMILIES, MEMBERS
from firmograph.queries.session import Session
from firmograph.queries.text import clean
from firmograph.web.rendering import number
from firmograph.web.view import Answer, View


@dataclass(frozen=True)
class Concern:
    """Something that somebody should look at.

    Attributes:
        severity: ``bad`` if a run failed or tables may be wrong, else ``warning``.
        text: what it is, in a sentence.
        path: of the page that shows it.
    """

    severity: str
    text: str
    path: str


def overview(view: View) -> Answer:
    """Shows the last run, what is refused or missing, and how much there is."""
    status = view.session.status()
    data = {
        "status": status.as_dict(),
        "concerns": concerns(status),
        "shortages": {duns: tree.shortage for duns, tree in status.waiting_trees.items()},
        "counts": _counts(view.session),
        "equations": equations(status.totals.as_dict()) if status.totals else [],
    }
    return Answer("overview.html", data)


def concerns(status: Status) -> list[Concern]:
    """What is not well, the worst first."""
    found = []
    run = status.last_run
    if run and run.status == "failed":
        found.append(
            Concern(
                "bad",
                f"the last {run.script} failed: {clean(run.message or '')}",
                f"/runs/{run.run_id}",
            )
        )
    for name, test in status.data_tests.items():
        if test.message:
            severity = "bad" if test.severity == "fail" else "warning"
            found.append(
                Concern(severity, f"data test {clean(name)}: {clean(test.message)}", "/tables")
            )
    if status.open_refusals:
        noun = "refusal is" if status.open_refusals == 1 else "refusals are"
        found.append(
            Concern("warning", f"{number(status.open_refusals)} {noun} open", "/quarantine")
        )
    for duns, tree in status.waiting_trees.items():
        found.append(Concern("warning", f"family {duns} {tree.shortage}", f"/family/{duns}"))
    if status.withdrawn:
        noun = "document is" if status.withdrawn == 1 else "documents are"
        found.append(Concern("warning", f"{number(status.withdrawn)} {noun} withdrawn", "/runs"))
    return sorted(found, key=lambda concern: concern.severity != "bad")


def equations(totals: dict[str, dict[str, int]]) -> list[dict[str, Any]]:
    """The totals of a run as equations: what came in, where it went, and whether they are equal."""
    files, documents, elements = (totals[name] for name in ("files", "documents", "elements"))
    sides = (
        ("files", {"seen": files["seen"]}, {n: c for n, c in files.items() if n != "seen"}),
        (
            "documents",
            {name: documents[name] for name in ("received", "waiting_before", "retried")},
            {
                name: documents[name]
                for name in ("published", "unchanged", "superseded", "quarantined", "waiting")
            },
        ),
        (
            "list elements",
            {"received": elements["elements"]},
            {name: elements[name] for name in ("rows", "collapsed", "rejected")},
        ),
    )
    return [
        {
            "name": name,
            "came": _shown(came),
            "went": _shown(went),
            "is_closed": sum(came.values()) == sum(went.values()),
        }
        for name, came, went in sides
    ]


def _shown(terms: dict[str, int]) -> dict[str, int]:
    """The terms of a side that are not 0; the first one always."""
    first = next(iter(terms), None)
    return {
        name.replace("_", " "): count for name, count in terms.items() if count or name == first
    }


def _counts(session: Session) -> dict[str, int]:
    """How many companies, families and members of families there are."""
    tables = {"companies": COMPANIES, "families": FAMILIES, "family members": MEMBERS}
    with session.reader() as reader:
        store = reader.engine.store
        return {n: store.row_count(table) for n, table in tables.items() if session.has(table)}
