"""What is missing or inconsistent in family trees, counted as warnings that name the DUNS."""

from collections.abc import Iterator, Mapping

from firmograph.contract.model import ColumnType, Contract
from firmograph.contract.rules import FindingRule
from firmograph.engine.base import Engine
from firmograph.kernel.result import Finding
from firmograph.publish.trees.assemble import Assembled
from firmograph.publish.trees.relations import (
    HEAD_FACTS,
    MEMBER_COUNTS,
    ODD_LINKS,
    assembled_of,
)

PARENT, LEVEL = "parent_duns", "hierarchy_level"
"""The columns that link members; links are checked only if the contract has both."""
_COLUMNS: dict[FindingRule, str] = {"second_root": PARENT, "orphan": PARENT, "level_jump": LEVEL}
"""The column that each rule about links is reported for."""


def check_trees(engine: Engine, contract: Contract, trees: Assembled) -> list[Finding]:
    """Finds what trees lack, and inconsistencies in the complete ones about to be published.

    Only inconsistent members leave the engine, and those of trees that may contain a cycle.
    """
    found = [*_delivery_findings(contract.root.name, trees), *_size_findings(engine, contract)]
    if _has_links(contract):
        engine.create_temp(ODD_LINKS, _odd_links(contract))
        found += _link_findings(engine, contract)
        found += _cycle_findings(engine, contract)
    return found


def _delivery_findings(table: str, trees: Assembled) -> Iterator[Finding]:
    """Yields findings about deliveries that lack something, or whose pages count differently."""
    for duns, tree in trees.waiting.items():
        yield Finding(table, "is_complete", "incomplete", f"{duns} {tree.shortage}")
    for duns, assembly in trees.new_heads.items():
        counts = sorted(set(assembly.head.stated("members_expected")))
        if len(counts) > 1:
            words = f"{duns}: its pages count {' or '.join(map(str, counts))} members"
            yield Finding(table, "members_expected", "count_changed", words)


def _has_links(contract: Contract) -> bool:
    types = {column.name: column.type for column in contract.members.columns}
    return types.get(LEVEL) is ColumnType.INTEGER and types.get(PARENT) is ColumnType.DUNS


def _odd_links(contract: Contract) -> str:
    """A query: members of complete trees that do not match their parents, and why."""
    entity, member = (f'"{name}"' for name in contract.members.key)
    members = assembled_of(contract.members)
    return f"""
        WITH linked AS (
            SELECT
                m.{entity} AS entity_id,
                m.{member} AS duns,
                CASE
                    WHEN m.{PARENT} IS NULL AND m.{member} = m.{entity} THEN NULL
                    WHEN m.{PARENT} IS NULL THEN 'second_root'
                    WHEN p.{member} IS NULL THEN 'orphan'
                    WHEN m.{LEVEL} <> p.{LEVEL} + 1 THEN 'level_jump'
                    WHEN m.{LEVEL} IS NULL OR p.{LEVEL} IS NULL THEN 'no_level'
                END AS rule
            FROM {members} m
            LEFT JOIN {members} p
                ON p.{entity} = m.{entity} AND p.{member} = m.{PARENT}
        )
        SELECT l.entity_id, l.duns, l.rule
        FROM linked l
        SEMI JOIN (SELECT entity_id FROM {HEAD_FACTS} WHERE is_complete) f
            ON f.entity_id = l.entity_id
        WHERE l.rule IS NOT NULL
    """


def _link_findings(engine: Engine, contract: Contract) -> Iterator[Finding]:
    links = engine.query(f"SELECT rule, duns FROM {ODD_LINKS} WHERE rule <> 'no_level'")
    for row in links.to_pylist():
        yield Finding(contract.members.name, _COLUMNS[row["rule"]], row["rule"], row["duns"])


def _size_findings(engine: Engine, contract: Contract) -> Iterator[Finding]:
    """Yields findings about trees with fewer or more members than stated, or lost branches."""
    root = contract.root
    for row in engine.query(_sizes(contract), [root.name]).to_pylist():
        duns, now = row["entity_id"], row["members_now"]
        if row["differs"]:
            words = f"{duns}: {row['members_expected']} expected, {now} received"
            yield Finding(root.name, "members_received", "count_differs", words)
        if row["has_shrunk"]:
            words = f"{duns}: {row['members_before']} before, {now} now"
            yield Finding(root.name, "members_received", "branches_now_excluded", words)


def _sizes(contract: Contract) -> str:
    """A query: complete trees whose number of members is not the expected one, or has shrunk."""
    root = contract.root
    computed = {column.name for column in root.columns if column.computed}
    before, fell = "CAST(NULL AS BIGINT)", "false"
    if {"members_received", "branches_excluded"} <= computed:
        before, fell = "t.members_received", "f.branches_excluded AND NOT t.branches_excluded"
    return f"""
        WITH sizes AS (
            SELECT
                f.entity_id,
                f.members_expected,
                coalesce(m.members_received, 0) AS members_now,
                {before} AS members_before,
                {fell} AS has_lost_branches
            FROM {HEAD_FACTS} f
            LEFT JOIN {MEMBER_COUNTS} m
                ON m.entity_id = f.entity_id
            LEFT JOIN {root.name} t
                ON t."{root.key[0]}" = f.entity_id
            WHERE f.is_complete
        ), judged AS (
            SELECT
                *,
                coalesce(members_expected <> members_now, false) AS differs,
                coalesce(has_lost_branches AND members_now < members_before, false) AS has_shrunk
            FROM sizes
        )
        SELECT *
        FROM judged
        WHERE differs OR has_shrunk
    """


def _cycle_findings(engine: Engine, contract: Contract) -> Iterator[Finding]:
    """Yields findings about cycles; without a wrong level there cannot be one."""
    entity, member = (f'"{name}"' for name in contract.members.key)
    rows = engine.query(f"""
        SELECT m.{entity} AS entity_id, m.{member} AS duns, m.{PARENT} AS parent
        FROM {assembled_of(contract.members)} m
        SEMI JOIN (SELECT entity_id FROM {ODD_LINKS} WHERE rule IN ('level_jump', 'no_level')) l
            ON l.entity_id = m.{entity}
    """)
    parents: dict[str, dict[str, str | None]] = {}
    for row in rows.to_pylist():
        parents.setdefault(row["entity_id"], {})[row["duns"]] = row["parent"]
    for tree in parents.values():
        for duns in _cycles(tree):
            yield Finding(contract.members.name, PARENT, "cycle", duns)


def _cycles(parents: Mapping[str, str | None]) -> list[str]:
    """One member of each cycle of parents."""
    done: set[str] = set()
    found = []
    for start in parents:
        path: list[str] = []
        member: str | None = start
        on_path: set[str] = set()
        while member is not None and member in parents and member not in done:
            if member in on_path:
                found.append(min(path[path.index(member) :]))
                break
            path.append(member)
            on_path.add(member)
            member = parents[member]
        done.update(path)
    return found
