"""What does not add up in a complete family tree: counted as warnings, each naming the DUNS."""

from collections.abc import Iterator, Mapping

import pyarrow as pa

from firmograph.engine.base import Engine, Relation
from firmograph.kernel.result import Finding
from firmograph.publish.trees.assemble import HEAD_FACTS, MEMBERS, TREE

_COLUMNS = {
    "second_root": "parent_duns",
    "orphan": "parent_duns",
    "level_jump": "hierarchy_level",
}
"""By what may be wrong with a member, the column that says so."""
TREE_LINKS = Relation(
    "tree_links",
    pa.schema([("global_duns", pa.string()), ("duns", pa.string()), ("rule", pa.string())]),
)
_COMPLETE = f"(SELECT entity_id FROM {HEAD_FACTS} WHERE is_complete)"
_LINKS = (
    "SELECT m.global_duns, m.duns, CASE "
    "WHEN m.parent_duns IS NULL AND m.duns = m.global_duns THEN NULL "
    "WHEN m.parent_duns IS NULL THEN 'second_root' "
    "WHEN p.duns IS NULL THEN 'orphan' "
    "WHEN m.hierarchy_level <> p.hierarchy_level + 1 THEN 'level_jump' "
    "WHEN m.hierarchy_level IS NULL OR p.hierarchy_level IS NULL THEN 'no_level' END AS rule "
    f"FROM (SELECT x.* FROM assembled_{MEMBERS} x SEMI JOIN {_COMPLETE} f "
    f"ON f.entity_id = x.global_duns) m LEFT JOIN assembled_{MEMBERS} p "
    "ON p.global_duns = m.global_duns AND p.duns = m.parent_duns"
)
"""A query: members of complete trees beside their parents, and what is odd about the two."""


def check_trees(engine: Engine) -> list[Finding]:
    """Looks for what does not add up in the complete trees about to be published.

    Only what is odd leaves the engine, and the members of trees that may hold a cycle.
    """
    engine.create_temp(TREE_LINKS, f"SELECT * FROM ({_LINKS}) WHERE rule IS NOT NULL")
    links = engine.query(
        f"SELECT rule, duns FROM {TREE_LINKS} WHERE rule <> 'no_level'"
    ).to_pylist()
    return [
        *_sizes(engine),
        *(Finding(MEMBERS, _COLUMNS[row["rule"]], row["rule"], row["duns"]) for row in links),
        *_cycles_found(engine),
    ]


def _sizes(engine: Engine) -> Iterator[Finding]:
    """Trees that are not as large as they are said to be, or lost their branches."""
    found = engine.query(
        "SELECT *, coalesce(members_expected <> members_now, false) AS differs FROM ("
        "SELECT f.entity_id, f.members_expected, coalesce(a.members_received, 0) AS members_now, "
        "t.members_received AS members_before, "
        "f.branches_excluded AND NOT t.branches_excluded AS fell "
        f"FROM {HEAD_FACTS} f LEFT JOIN assembled_{TREE} a ON a.global_duns = f.entity_id "
        f"LEFT JOIN {TREE} t ON t.global_duns = f.entity_id WHERE f.is_complete) "
        "WHERE members_expected <> members_now OR (fell AND members_now < members_before)",
        [TREE],
    )
    for row in found.to_pylist():
        duns, now = row["entity_id"], row["members_now"]
        if row["differs"]:
            words = f"{duns}: {row['members_expected']} expected, {now} received"
            yield Finding(TREE, "members_received", "count_differs", words)
        if row["fell"] and now < row["members_before"]:
            words = f"{duns}: {row['members_before']} before, {now} now"
            yield Finding(TREE, "members_received", "branches_now_excluded", words)


def _cycles_found(engine: Engine) -> Iterator[Finding]:
    """Cycles: where each level is one more than its parent's there can be none."""
    rows = engine.query(
        f"SELECT m.global_duns, m.duns, m.parent_duns FROM assembled_{MEMBERS} m SEMI JOIN "
        f"(SELECT global_duns FROM {TREE_LINKS} WHERE rule IN ('level_jump', 'no_level')) l "
        "ON l.global_duns = m.global_duns"
    )
    parents: dict[str, dict[str, str | None]] = {}
    for row in rows.to_pylist():
        parents.setdefault(row["global_duns"], {})[row["duns"]] = row["parent_duns"]
    for tree in parents.values():
        for duns in _cycles(tree):
            yield Finding(MEMBERS, "parent_duns", "cycle", duns)


def _cycles(parents: Mapping[str, str | None]) -> list[str]:
    """One member of each cycle of parents."""
    done: set[str] = set()
    found = []
    for start in parents:
        seen: list[str] = []
        walk: str | None = start
        on_walk: set[str] = set()
        while walk is not None and walk in parents and walk not in done:
            if walk in on_walk:
                found.append(min(seen[seen.index(walk) :]))
                break
            seen.append(walk)
            on_walk.add(walk)
            walk = parents[walk]
        done.update(seen)
    return found
