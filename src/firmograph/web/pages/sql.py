"""`/sql`: a query of one's own over the snapshot; the link holds the query and the snapshot."""

import shlex
from dataclasses import asdict, dataclass
from typing import Any

from firmograph.errors import FirmographError
from firmograph.queries.session import Session
from firmograph.web.results import all_rows, first_rows
from firmograph.web.view import Answer, Links, View

ROWS_SHOWN = 1_000
"""How many rows a page and its JSON have at most."""
_ZONES = ("app", "dw", "ods", "control")


@dataclass(frozen=True)
class Listed:
    """A table at the side of the editor.

    Attributes:
        name: of the table.
        zone: its layer.
        columns: the type of each column, by name.
    """

    name: str
    zone: str
    columns: dict[str, str]


def sql(view: View) -> Answer:
    """Shows the editor, the tables, and the first rows of the query."""
    text = view.query.get("q", "")
    is_given = bool(text.strip())
    if view.form == "csv" and is_given:
        columns, rows = all_rows(view, text)
        return Answer("", {}, rows, columns)
    if view.wants_data:
        result = first_rows(view, text, ROWS_SHOWN) if is_given else None
        return Answer("", {"query": text, **(asdict(result) if result else {})})
    data: dict[str, Any] = {
        "q": text,
        "tables": list_tables(view.session),
        "command": command(text, view.links),
        "result": None,
        "error": None,
    }
    try:
        if is_given:
            data["result"] = first_rows(view, text, ROWS_SHOWN)
    except FirmographError as error:
        data["error"] = error
    return Answer("sql.html", data, status=400 if data["error"] else 200)


def command(text: str, links: Links) -> str:
    """The command line that runs a query."""
    snapshot = [] if links.at is None else ["--snapshot", str(links.at)]
    end = ["--"] if text.startswith("-") else []  # else a comment would be taken for an option
    return shlex.join(["firmograph", "sql", *snapshot, *end, text])


def list_tables(session: Session) -> list[Listed]:
    """The tables of the snapshot, those that are asked for most first."""
    specs = [session.spec(name) for name in session.tables]
    listed = [
        Listed(spec.name, spec.zone, {field.name: str(field.type) for field in spec.schema})
        for spec in specs
    ]
    return sorted(listed, key=lambda table: (_ZONES.index(table.zone), table.name))
