"""`/family/<duns>`: a family tree, around one of its members."""

from typing import Any

from firmograph.queries.families import ROW_COLUMNS, Family, find_family, words_of
from firmograph.queries.family_layout import Group
from firmograph.web.neighbourhood import HEIGHT, WIDTH, draw
from firmograph.web.outline import GROUPS, Filter, children_of, make_outline, some_entries
from firmograph.web.pages.company import checked_duns
from firmograph.web.rendering import as_json
from firmograph.web.view import Answer, Missing, View

FOUND_SHOWN = 20
"""How many members that were looked for are listed."""
NAMES_ASKED = 300
"""How many names are told at once."""
LEGEND_SHOWN = 9
"""How many countries have a colour of their own."""


def family(view: View) -> Answer:
    """Shows a tree around a member."""
    found = _family(view)
    focus = _focus(view, found)
    narrowed = _filter(view)
    outline = make_outline(found, focus, narrowed, view.whole("first", 0)) if len(found) else []
    if outline is None:
        raise _no_member(focus, found)
    position = found.position(focus)
    data = {
        "family": _facts(found),
        "focus": focus,
        "member": None if position is None else found.member(position),
        "outline": outline,
        "picture": None if position is None else draw(found, position),
        "filter": narrowed.text,
        "children": len(children_of(found, focus) or []),
        "group_titles": GROUPS,
        "found": _look(view, found),
        "legend_shown": LEGEND_SHOWN,
        "box": {"width": WIDTH, "height": HEIGHT},
    }
    return Answer("family.html", data, found.rows(), ROW_COLUMNS)


def children(view: View) -> Answer:
    """Some of the children of a member, as entries of the outline."""
    found = _family(view)
    of = view.query.get("of", found.global_duns)
    level, first = view.whole("level", 2, 1), view.whole("first", 0)
    entries = some_entries(found, of, level, first, _filter(view))
    if entries is None:
        raise _no_member(of, found)
    side = view.query.get("side", "both")
    return Answer(
        "family_children.html",
        {
            "global_duns": found.global_duns,
            "focus": None,
            "entries": entries,
            "side": side,
            "group_titles": GROUPS,
        },
    )


def icicle(view: View) -> Answer:
    """The whole tree as bytes; an address with their version can be kept for good."""
    made = _family(view).icicle
    is_lasting = view.query.get("version") == made.version
    data = {"version": made.version, "bytes": len(made.content)}
    return Answer("", data, content=made.content, is_lasting=is_lasting)


def names(view: View) -> Answer:
    """Members by their DUNS; those that are not in the tree are left out."""
    found = _family(view)
    asked = view.query.get("duns", "").split(",")[:NAMES_ASKED]
    positions = {duns: found.position(duns) for duns in asked}
    data = {
        duns: found.member(position) for duns, position in positions.items() if position is not None
    }
    return Answer("", data, content=as_json(data), media_type="application/json")


def _family(view: View) -> Family:
    duns = checked_duns(view.places["duns"])
    found = find_family(view.session, duns)
    if found is None:
        raise Missing(
            f"no family {duns} in snapshot {view.session.snapshot_id}",
            hint=f"a family is named by its global ultimate; /company/{duns} tells the company's",
        )
    return found


def _focus(view: View, found: Family) -> str:
    """What is asked for; else the global ultimate, or the first group if it is not there."""
    asked = view.query.get("focus", "").strip()
    if asked:
        return asked if asked in GROUPS else checked_duns(asked)
    if found.position(found.global_duns) is not None:
        return found.global_duns
    return next((group.value for group in GROUPS if found.tops(group)), found.global_duns)


def _filter(view: View) -> Filter:
    text = view.query.get("filter", "").strip()
    return Filter(text, words_of(view.session, text))


def _look(view: View, found: Family) -> dict[str, Any] | None:
    """The members looked for; None if none are."""
    text = view.query.get("find", "").strip()
    words = words_of(view.session, text)
    if not words:
        return None
    positions = found.containing(words)
    members = [found.member(position) for position in positions[:FOUND_SHOWN]]
    return {"text": text, "count": len(positions), "members": members}


def _facts(found: Family) -> dict[str, Any]:
    """What is told of a whole tree."""
    top = found.position(found.global_duns)
    return {
        "global_duns": found.global_duns,
        "name": None if top is None else found.member(top).name,
        "members": len(found),
        "delivery": found.delivery,
        "levels": found.levels,
        "countries": found.countries,
        "groups": {group.value: len(found.tops(group)) for group in Group if found.tops(group)},
        "version": found.icicle.version,
    }


def _no_member(key: str, found: Family) -> Missing:
    return Missing(
        f"{key!r} is not in the family of {found.global_duns}",
        hint=f"/family/{found.global_duns} shows the tree; find the member there",
    )
