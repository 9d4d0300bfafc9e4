"""`/tables` and `/tables/<name>`: rows, columns, versions, and what changed between two."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from firmograph.contract.suggest import did_you_mean
from firmograph.queries import differences
from firmograph.queries import table as queries
from firmograph.queries.session import Session
from firmograph.web.view import Answer, Missing, View


def tables(view: View) -> Answer:
    """Shows the tables of the snapshot by zone."""
    with view.session.reader() as reader:
        found = [asdict(info) for info in reader.tables()]
    for info in found:
        info["zone"], _, info["name"] = info["table"].partition("/")
    return Answer(
        "tables.html", {"tables": found}, found, ("table", "rows", "version", "changed_at")
    )


def table(view: View) -> Answer:
    """Shows one table."""
    session, name = view.session, view.places["name"]
    if not session.has(name):
        raise Missing(f"no table {name!r}; {did_you_mean(name, session.tables)}")
    spec = session.spec(name)
    with session.reader() as reader:
        rows = reader.engine.store.row_count(name)
        version = reader.engine.lake.open(name).version()
    counts = session.derived(("filled", name), lambda: queries.fill_counts(session, name))
    columns = [
        replace(column, filled=counts.get(column.name, rows))
        for column in queries.columns_of(session, name)
    ]
    versions = differences.versions_of(session, name)
    data = {
        "name": name,
        "zone": spec.zone,
        "key": list(spec.key),
        "rows": rows,
        "version": version,
        "columns": columns,
        "sample": session.derived(("sample", name), lambda: queries.sample(session, name)),
        "versions": versions,
        **_difference(view, session, name, [one.version for one in versions]),
    }
    return Answer("table.html", data, [asdict(column) for column in columns])


def _difference(view: View, session: Session, name: str, versions: Sequence[int]) -> dict[str, Any]:
    """What changed between two versions, if the address names them.

    Raises:
        Missing: if no snapshot published one of them.
    """
    before, after = view.whole("before", -1), view.whole("after", -1)
    what = view.query.get("what") or None
    found = None
    if before >= 0 and after >= 0 and session.spec(name).key:
        for version in (before, after):
            if version not in versions:  # opening what does not exist can take for ever
                raise Missing(
                    f"no snapshot published version {version} of {name}",
                    hint="the page of the table lists its versions",
                )
        found = session.derived(
            ("difference", name, before, after, what),
            lambda: differences.compare(session, name, before, after, what),
        )
    return {"before": before, "after": after, "what": what, "difference": found}
