"""What does not add up in a complete family tree: counted as warnings, each naming the DUNS."""

from collections.abc import Mapping

from firmograph.contract.reading import Finding
from firmograph.engine.base import Engine
from firmograph.layers.trees import MEMBERS, TREE


def check_trees(engine: Engine) -> list[Finding]:
    """Looks for what does not add up in the complete trees about to be published."""
    facts = engine.query(
        "SELECT f.*, coalesce(t.members_received, 0) AS members_before, "
        "coalesce(t.branches_excluded, true) AS excluded_before "
        f"FROM head_facts f LEFT JOIN {TREE} t ON t.global_duns = f.entity_id "
        "WHERE f.is_complete ORDER BY f.entity_id",
        [TREE],
    ).to_pylist()
    rows = engine.query(
        "SELECT m.global_duns, m.duns, m.parent_duns, m.hierarchy_level "
        f"FROM assembled_{MEMBERS} m SEMI JOIN (SELECT * FROM head_facts WHERE is_complete) f "
        "ON f.entity_id = m.global_duns"
    ).to_pylist()
    members: dict[str, dict[str, tuple[str | None, int | None]]] = {}
    for row in rows:
        tree = members.setdefault(row["global_duns"], {})
        tree[row["duns"]] = (row["parent_duns"], row["hierarchy_level"])
    findings: list[Finding] = []
    for fact in facts:
        tree = members.get(fact["entity_id"], {})
        expected = fact["members_expected"]
        if expected is not None and expected != len(tree):
            words = f"{fact['entity_id']}: {expected} expected, {len(tree)} received"
            findings.append(Finding(TREE, "members_received", "count_differs", words))
        fell = fact["branches_excluded"] and not fact["excluded_before"]
        if fell and len(tree) < fact["members_before"]:
            words = f"{fact['entity_id']}: {fact['members_before']} before, {len(tree)} now"
            findings.append(Finding(TREE, "members_received", "branches_now_excluded", words))
        findings += tree_findings(fact["entity_id"], tree)
    return findings


def tree_findings(root: str, members: Mapping[str, tuple[str | None, int | None]]) -> list[Finding]:
    """Orphans, cycles and level jumps of one complete tree, each naming the DUNS.

    Args:
        root: the global ultimate.
        members: parent and level of each member.
    """
    findings = []
    for duns, (parent, level) in members.items():
        if parent is None:
            if duns != root:
                findings.append(Finding(MEMBERS, "parent_duns", "second_root", duns))
        elif parent not in members:
            findings.append(Finding(MEMBERS, "parent_duns", "orphan", duns))
        else:
            above = members[parent][1]
            if level is not None and above is not None and level != above + 1:
                findings.append(Finding(MEMBERS, "hierarchy_level", "level_jump", duns))
    findings += [Finding(MEMBERS, "parent_duns", "cycle", d) for d in _cycles(members)]
    return findings


def _cycles(members: Mapping[str, tuple[str | None, int | None]]) -> list[str]:
    """One member of each cycle of parents."""
    done: set[str] = set()
    found = []
    for start in members:
        seen: list[str] = []
        walk: str | None = start
        on_walk: set[str] = set()
        while walk is not None and walk in members and walk not in done:
            if walk in on_walk:
                found.append(min(seen[seen.index(walk) :]))
                break
            seen.append(walk)
            on_walk.add(walk)
            walk = members[walk][0]
        done.update(seen)
    return found
