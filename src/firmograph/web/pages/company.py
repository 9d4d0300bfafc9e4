"""`/company/<duns>`: everything about one company, and where each value comes from."""

import json
import re

from firmograph.queries import refusals
from firmograph.queries.companies import Search
from firmograph.queries.company import (
    Document,
    documents_about,
    find_company,
    names_in_families,
)
from firmograph.web.view import MOST_DIGITS, Answer, Missing, View

TEXT_SHOWN = 60_000
"""How many characters of a document are shown beside the values."""


def company(view: View) -> Answer:
    """Shows a company's rows, family and documents."""
    duns = checked_duns(view.places["duns"])
    found = find_company(view.session, duns)
    refused = refusals.list_cases_about(view.session, duns)
    if not (found.is_known or refused):
        raise Missing(
            f"no company {duns} in snapshot {view.session.snapshot_id}",
            hint="search for a part of its name, or look for its document in the quarantine",
        )
    chosen = _chosen(found.documents, view)
    data = {
        "company": found,
        "document": chosen,
        "text": _text(view, chosen) if chosen else None,
        "text_shown": TEXT_SHOWN,
        "family_names": {one: _family_name(view, one) for one in found.families if one != duns},
        "refusals": refused,
    }
    rows = (
        {"table": part.table, "row": number, "column": field.name, "value": row[field.name]}
        for part in found.parts
        for number, row in enumerate(part.rows, 1)
        for field in part.fields
    )
    return Answer("company.html", data, rows, ("table", "row", "column", "value"))


def _family_name(view: View, global_duns: str) -> str | None:
    """The name of a global ultimate, as trees have it."""
    return next((name for name in names_in_families(view.session, global_duns) if name), None)


def document(view: View) -> Answer:
    """One document about a company, as it was received."""
    duns, seq = checked_duns(view.places["duns"]), _number(view.places["number"])
    documents = documents_about(view.session, duns)
    chosen = next((one for one in documents if one.ingest_seq == seq), None)
    content = _content(view, chosen) if chosen else None
    if chosen is None or content is None:
        raise Missing(f"no document {seq} about company {duns}", hint=f"/company/{duns} lists them")
    text = content.decode("utf-8", "backslashreplace")
    data = {"duns": duns, "document": chosen, "text": pretty(text)}
    return Answer("document.html", data)


def checked_duns(text: str) -> str:
    """A DUNS from an address: nine digits, with or without hyphens.

    Raises:
        Missing: if it is something else.
    """
    found = Search(text).duns
    if found is None:
        raise Missing(f"{text!r} is not a DUNS", hint="a DUNS has nine digits")
    return found


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise Missing(f"{text[:40]!r} is not the number of a document")
    return int(text)


def pretty(text: str) -> str:
    """A JSON text laid out; as it is if it is not JSON."""
    if re.search(r"\n[ \t]", text):
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def _chosen(documents: list[Document], view: View) -> Document | None:
    """The document asked for, else the one that speaks for most tables."""
    wanted = view.whole("document", 0)
    found = next((one for one in documents if one.ingest_seq == wanted), None)
    return found or max(documents, key=lambda one: len(one.speaks_for), default=None)


def _text(view: View, chosen: Document) -> str | None:
    content = _content(view, chosen)
    return None if content is None else pretty(content.decode("utf-8", "backslashreplace"))


def _content(view: View, chosen: Document) -> bytes | None:
    with view.session.reader() as reader:
        return reader.document(chosen.document_type, chosen.ingest_seq)
