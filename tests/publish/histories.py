"""A history of runs with all that can happen to documents, and contracts with a changed line."""

import shutil
from pathlib import Path

from conftest import Json, Project
from documents import member, organization, response, tree_page

from firmograph.contract.load import parse_contract
from firmograph.contract.registry import contract_text

ROOT = "100000009"


def live_through(project: Project) -> None:
    """Five runs: late, newer, partial, corrected, refused, repeated, waiting and incomplete."""
    listed = organization("100000001", corporateLinkage={"hierarchyLevel": 2})
    project.drop("a_data_blocks_20260101.json", response(listed, "2026-01-05T00:00:00Z"))
    project.drop("b_data_blocks_20260101.json", organization("100000002", "Bex"))
    project.drop("t1_family_tree_20260101.json", tree(1, "2026-01-05T00:00:00Z"))
    project.run()
    partial: Json = {"duns": "100000001", "primaryName": "Partial"}
    blocks = ("hierarchyconnections_L1_v1",)
    partial["corporateLinkage"] = {"hierarchyLevel": 5}
    project.drop("a_data_blocks_20260201.json", response(partial, "2026-02-01T00:00:00Z", *blocks))
    project.drop("b_data_blocks_20260201.json", organization("100000002", stockExchanges=[]))
    project.drop("t2_family_tree_20260101.json", tree(2, "2026-01-05T00:01:00Z"))
    project.run()
    late = response(organization("100000001", "Late"), "2025-12-01T00:00:00Z")
    project.drop("a_data_blocks_20251201.json", late)
    project.drop("refused_data_blocks_20260201.json", {"duns": "1", "primaryName": "Refused"})
    project.drop("t3_family_tree_20260101.json", tree(1, "2026-03-05T00:00:00Z"))
    project.run()
    project.drop("b_data_blocks_20260201.json", organization("100000002", "Bex, corrected"))
    project.drop("again_data_blocks_20260101.json", organization("100000002", "Bex"))
    lone = tree_page("100000008", [member("100000008")], number=2, of=3, count=9)
    project.drop("lone_family_tree_20260101.json", lone)
    project.run()
    codes = [{"typeDnBCode": 399, "priority": 1, "code": "0111"}, {"typeDnBCode": 399}]
    project.drop("c_data_blocks_20260301.json", organization("100000003", industryCodes=codes))
    project.run()


def tree(number: int, time: str) -> Json:
    """One of two pages of a tree with two members on each."""
    first = 2 * number - 2
    members = [
        member(ROOT) if n == 0 else member(f"20000000{n}", ROOT, 2) for n in (first, first + 1)
    ]
    return tree_page(ROOT, members, number=number, of=2, count=4, time=time)


def copy_of(project: Project, root: Path) -> Project:
    """A copy of the project in another folder, so that one history serves many tests."""
    copy = Project(root)
    shutil.rmtree(root)
    shutil.copytree(project.root, root)
    return copy


def change_contract(project: Project, before: str, after: str) -> None:
    """Changes one line of the packaged contract of data blocks for this project."""
    text = contract_text("data_blocks", project.root / "contracts")
    assert text.count(before) == 1
    changed = parse_contract(text.replace(before, after), "data_blocks.yaml")
    project.contracts = {**project.contracts, "data_blocks": changed}
