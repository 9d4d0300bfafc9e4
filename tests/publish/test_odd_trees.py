"""Odd family trees, each with a root of its own, in one lake: what people really deliver."""

import json
from typing import Any

from conftest import Json, Project
from documents import member
from publish.tables import query, state

from firmograph.control.snapshots import WaitingTree
from firmograph.verify.evidence import Sample
from firmograph.verify.verify import verify

DAY_1, DAY_8 = "2026-03-01T10:0", "2026-03-08T10:0"


def family(root: str, numbers: str) -> list[Json]:
    """Members by digit; 1 is the root, all others are its daughters."""
    return [member(root) if n == "1" else member(f"{root[:3]}20000{n}", root, 2) for n in numbers]


def answer(root: str, numbers: str, at: str, count: int | None = 9, **inquiry: Any) -> Json:
    """An answer without links; time as ``2026-03-01T10:0`` and a digit."""
    counts = {} if count is None else {"globalUltimateFamilyTreeMembersCount": count}
    return {
        "transactionDetail": {"transactionTimestamp": f"{at}:00Z"},
        "inquiryDetail": {"duns": root, **inquiry},
        "globalUltimateDuns": root,
        **counts,
        "familyTreeMembers": family(root, numbers),
    }


def linked(page: Json, number: int, of: int) -> Json:
    """The answer with links that state its number and the last page's."""
    link = "https://plus.dnb.com/v1/familyTree/1?page%5Bnumber%5D={}"
    return page | {"links": {"self": link.format(number), "last": link.format(of)}}


COUNT_ONLY, NO_KEY, UNNUMBERED, IN_RUNS, GREW, REPEATED, OVERLAP, SIZES, FOREIGN, SILENT, PART = (
    f"{number}000001" for number in range(101, 112)
)
SPLIT = ("123", "456", "789")


def deliver_first(project: Project) -> None:
    deliver(project, "counted", answer(COUNT_ONLY, "123456789", f"{DAY_1}0"))
    deliver(project, "keyless", answer(NO_KEY, "123456789", f"{DAY_1}0"))
    deliver(
        project, "bundle_1", *[answer(UNNUMBERED, m, f"{DAY_1}{n}") for n, m in enumerate(SPLIT)]
    )
    deliver(project, "runs_1", answer(IN_RUNS, "123", f"{DAY_1}0", pageNumber=1))
    deliver(
        project,
        "grew",
        *[
            linked(answer(GREW, m, f"{DAY_1}{n}", 8 if n == 1 else 9), n, 3)
            for n, m in enumerate(SPLIT, 1)
        ],
    )
    again = [(1, "123"), (2, "456"), (2, "459"), (3, "789")]
    deliver(
        project,
        "repeated",
        *[linked(answer(REPEATED, m, f"{DAY_1}{at}"), n, 3) for at, (n, m) in enumerate(again)],
    )
    deliver(
        project,
        "overlap",
        *[answer(OVERLAP, m, f"{DAY_1}{n}") for n, m in enumerate(("1234", "3456", "6789"))],
    )
    sizes = [("12345", 5), ("6789", 4)]
    deliver(
        project,
        "sizes",
        *[
            linked(answer(SIZES, m, f"{DAY_1}{n}", **{"page[size]": size}), n, 2)
            for n, (m, size) in enumerate(sizes, 1)
        ],
    )
    foreign = linked(answer(FOREIGN, "12", f"{DAY_1}2", 40), 2, 20)
    pages = [linked(answer(FOREIGN, m, f"{DAY_1}{n}"), n, 3) for n, m in enumerate(SPLIT, 1)]
    deliver(project, "foreign", *pages, foreign | {"transactionDetail": at(f"{DAY_1}2:30")})
    deliver(project, "silent", answer(SILENT, "12", f"{DAY_1}0", None))
    deliver(project, "part", answer(PART, "123456789", f"{DAY_1}0"))


def at(time: str) -> Json:
    return {"transactionTimestamp": f"{time}Z"}


def deliver(project: Project, name: str, *answers: Json) -> None:
    lines = "\n".join(map(json.dumps, answers))
    project.drop(f"{name}_family_tree_20260301.jsonl", lines)


def deliver_later(project: Project) -> None:
    later = answer(COUNT_ONLY, "", f"{DAY_8}0")
    deliver(project, "count_only", later)
    without_key = linked(answer(NO_KEY, "", f"{DAY_8}0"), 1, 1)
    del without_key["familyTreeMembers"]
    deliver(project, "no_key", without_key)
    deliver(project, "runs_2", answer(IN_RUNS, "456", f"{DAY_1}1", pageNumber=2))
    deliver(project, "part_of_another", answer(PART, "123", f"{DAY_8}0"))


def test_odd_trees_end_with_the_right_members_or_a_refusal(project: Project) -> None:
    deliver_first(project)
    project.run()
    deliver_later(project)
    report = project.run()
    whole = (9, 9, None, 1, True)
    assert trees(project) == {
        COUNT_ONLY: whole,
        NO_KEY: whole,
        UNNUMBERED: (9, 9, None, 3, True),
        IN_RUNS: (9, 6, None, 2, False),
        GREW: (9, 9, 3, 3, True),
        REPEATED: (9, 9, 3, 3, True),
        OVERLAP: (9, 9, None, 3, True),
        SIZES: (9, 9, None, 2, True),
        FOREIGN: (9, 9, 3, 3, True),
        SILENT: (None, 2, None, 1, False),
        PART: whole,
    }
    assert report.totals.documents.quarantined == 2
    refused = "SELECT entity_id, rule, json_path FROM tb_quarantine_files ORDER BY entity_id"
    assert query(project, refused) == [
        {"entity_id": COUNT_ONLY, "rule": "no_members", "json_path": "$.familyTreeMembers"},
        {"entity_id": NO_KEY, "rule": "no_members", "json_path": "$.familyTreeMembers"},
    ]
    (waiting,) = report.waiting_trees[PART].documents
    assert report.waiting_trees == {
        IN_RUNS: WaitingTree([], [], members_expected=9, members_received=6),
        SILENT: WaitingTree([], [], members_expected=None, members_received=2),
        PART: WaitingTree([], [waiting], members_expected=9, members_received=3),
    }
    assert findings(project) == {
        "count_changed": [f"{GREW}: its pages count 8 or 9 members"],
        "incomplete": [
            f"{IN_RUNS} lacks members: 3 of 9 received",
            f"{IN_RUNS} lacks members: 6 of 9 received",
            f"{SILENT} may lack members, since it does not state how many there are",
            f"{PART} lacks members: 3 of 9 received",
        ],
    }
    assert differences(project) == []


def test_odd_trees_are_the_same_after_a_rebuild(project: Project) -> None:
    deliver_first(project)
    project.run()
    deliver_later(project)
    deliver(project, "runs_3", answer(IN_RUNS, "789", f"{DAY_1}2", pageNumber=3))
    report = project.run()
    assert trees(project)[IN_RUNS] == (9, 9, None, 3, True)
    assert sorted(report.waiting_trees) == [SILENT, PART]
    before = state(project)
    project.rebuild()
    assert state(project) == before
    assert differences(project) == []


def trees(project: Project) -> dict[str, tuple[object, ...]]:
    """Members expected and received, pages expected and received, and whether it is complete."""
    rows = query(project, "SELECT * FROM dw_family_tree")
    members = query(
        project, "SELECT global_duns, count(*) AS n FROM dw_family_tree_members GROUP BY ALL"
    )
    assert {r["global_duns"]: r["members_received"] for r in rows} == {
        r["global_duns"]: r["n"] for r in members
    }
    names = (
        "members_expected",
        "members_received",
        "pages_expected",
        "pages_received",
        "is_complete",
    )
    return {row["global_duns"]: tuple(row[name] for name in names) for row in rows}


def findings(project: Project) -> dict[str, list[str]]:
    """Examples of the warnings about deliveries, by rule."""
    found: dict[str, list[str]] = {}
    rows = query(
        project,
        "SELECT rule, unnest(examples) AS example FROM tb_data_quality "
        "WHERE rule IN ('incomplete', 'count_changed', 'count_differs') ORDER BY example",
    )
    for row in rows:
        found.setdefault(row["rule"], []).append(row["example"])
    return found


def differences(project: Project) -> list[str]:
    verdict = verify(project.storages.lake, project.storages.processed, Sample(size=None))
    return [words for check in verdict.checks for words in check.differences.examples]
