"""`/quarantine/<id>`: one refusal, each violation in its place in the document."""

from dataclasses import asdict
from typing import Any

from firmograph.errors import UsageError
from firmograph.queries import refusals, rules
from firmograph.queries.answers import Refusal, Violation
from firmograph.queries.excerpts import excerpt
from firmograph.web.changes import command_line
from firmograph.web.pages.quarantine import act
from firmograph.web.view import Answer, Missing, View

EXCERPTS_SHOWN = 50
TEXT_SHOWN = 60_000
VIOLATIONS_OPEN = 5
"""How many violations are shown before one asks for the others."""


def refusal(view: View) -> Answer:
    """Shows why something was refused, where, and what to do."""
    outcome = act(view) if view.fields else None
    found = _find(view)
    first = found.violations[0]
    document = found.document
    data = {
        "first": first,
        "violations": [_shown(one, document, n) for n, one in enumerate(_distinct(found))],
        "violations_open": VIOLATIONS_OPEN,
        "actions": rules.actions([one.rule for one in found.violations]),
        "history": refusals.history(view.session, first.document_id),
        "text": None if document is None else _beginning(document),
        "bytes": None if document is None else len(document),
        "outcome": outcome,
        "commands": _commands(first),
    }
    rows = (one.as_dict() for one in found.violations)
    return Answer("refusal.html", data, rows)


def _find(view: View) -> Refusal:
    try:
        with view.session.reader() as reader:
            return reader.refusal(view.places["document_id"])
    except UsageError as error:
        raise Missing(error.message, hint="the page Quarantine lists what is refused") from error


def _distinct(found: Refusal) -> list[Violation]:
    """The violations, once each: the same bytes may have been delivered several times."""
    places = {(one.rule, one.json_path, one.line, one.column): one for one in found.violations}
    return list(places.values())


def _shown(violation: Violation, document: bytes | None, place: int) -> dict[str, Any]:
    """A violation, and its surroundings in the document."""
    lines = None
    if document is not None and violation.line and place < EXCERPTS_SHOWN:
        lines = excerpt(document, violation.line, violation.column or 1)
    return asdict(violation) | {"excerpt": lines}


def _beginning(document: bytes) -> str:
    return document[: 4 * TEXT_SHOWN].decode("utf-8", "backslashreplace")[:TEXT_SHOWN]


def _commands(first: Violation) -> dict[str, str]:
    """The command lines for a refusal, by what they do."""
    short = first.document_id[:12]
    lines = {"show it": command_line("quarantine", "show", short)}
    if first.status != "open":
        return lines
    if first.scope != "file":
        lines["write it as received to a file"] = (
            command_line("quarantine", "show", short, "--raw") + " > document.json"
        )
        lines["see what a retry would do"] = command_line("quarantine", "retry", short, "--dry-run")
        lines["retry it"] = command_line("quarantine", "retry", short)
    lines["deliver it under another name"] = command_line("redeliver", short, "--as", "NAME.json")
    lines["close it for good"] = command_line("quarantine", "discard", short, "--why", "TEXT")
    return lines
