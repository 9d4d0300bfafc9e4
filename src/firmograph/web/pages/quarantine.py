"""`/quarantine`: what is refused, by rule and path, and what can be done about it."""

from firmograph.queries import refusals, rules
from firmograph.web.changes import Outcome, change, command_line
from firmograph.web.paging import all_rows
from firmograph.web.view import Answer, View

ACTIONS = {
    "dry-run": ("quarantine", "retry", "--dry-run"),
    "retry": ("quarantine", "retry"),
    "discard": ("quarantine", "discard"),
}


def quarantine(view: View) -> Answer:
    """Shows what is refused; a form that was sent is acted on first."""
    outcome = act(view) if view.fields else None
    rule, path = view.query.get("rule"), view.query.get("path")
    page = view.whole("page", 1, 1)
    count = refusals.count_cases(view.session, rule, path)
    cases = refusals.list_cases(view.session, rule, path, page)
    data = {
        "groups": refusals.find_groups(view.session),
        "rule": rule,
        "path": path,
        "meaning": rules.meaning(rule) if rule else None,
        "actions": rules.actions([rule] if rule else []),
        "open": refusals.count_cases(view.session),
        "newest": refusals.newest_time(view.session),
        "count": count,
        "cases": cases,
        "page_number": page,
        "pages": -(-count // refusals.PAGE_ROWS),
        "outcome": outcome,
        "chosen": view.fields.get("id", []),
        "more": _more(view, outcome),
        "command": command_line("quarantine", "retry", *(["--reason", rule] if rule else [])),
    }
    session = view.session
    rows = all_rows(lambda page, rows: refusals.list_cases(session, rule, path, page, rows))
    return Answer("quarantine.html", data, rows, refusals.CASE_COLUMNS)


def act(view: View) -> Outcome:
    """Runs the command that a form asks for, on the ids that were shown and chosen in it.

    The page is then shown of the newest snapshot.
    """
    action = next(iter(view.fields.get("action", [])), "")
    ids = sorted({one for one in view.fields.get("id", []) if one.isalnum()})
    why = next(iter(view.fields.get("why", [])), "").strip()
    line = [*ACTIONS.get(action, ()), *ids]
    if action not in ACTIONS or not ids:
        return Outcome("", 2, None, "nothing was done: choose documents and an action")
    if action == "discard":
        if not why:
            text = "nothing was discarded: say why, in the field beside the button"
            return Outcome("", 2, None, text)
        line += ["--why", why]
    outcome = change(view.project, line)
    view.snapshots.look_again()
    with view.snapshots.session(view.links.at) as session:
        view.session = session
    return outcome


def _more(view: View, outcome: Outcome | None) -> int:
    """How many documents and files were refused since the form was shown."""
    newest = next(iter(view.fields.get("newest", [])), None)
    if outcome is None or not outcome.is_done or newest is None:
        return 0
    return refusals.count_since(view.session, newest, view.fields["id"])
