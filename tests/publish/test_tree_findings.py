"""Inconsistencies in a tree are findings that name the DUNS and refuse nothing."""

from collections.abc import Mapping

import pytest
from conftest import Json, Project
from documents import member, tree_page
from publish.tables import column, count, one, query

ROOT = "100000001"
QUALITY = (
    "SELECT rule, column_name, count, examples FROM tb_data_quality "
    "WHERE table_name IN ('dw_family_tree', 'dw_family_tree_members') ORDER BY rule"
)


def findings(
    project: Project, members: Mapping[str, tuple[str | None, int | None]]
) -> list[tuple[str, str]]:
    """Rule and member of each finding of a tree whose members are letters, and its root ``a``."""
    rows = []
    for letter, (parent, level) in members.items():
        rows.append(member(_duns(letter), _duns(parent) if parent else None, level or 1))
        if level is None:
            del rows[-1]["corporateLinkage"]["hierarchyLevel"]
    project.drop("t_family_tree_20260301.json", tree_page(_duns("a"), rows))
    assert project.run().status == "ok"
    return sorted(
        (row["rule"], chr(int(example[-3:])))
        for row in query(project, QUALITY)
        for example in row["examples"]
    )


def _duns(letter: str) -> str:
    return f"{100_000_000 + ord(letter[0])}"


def tree(*numbers: int, time: str, excluded: bool = False, full: int = 4) -> Json:
    """A whole tree in one page; `full` members with branches, three without."""
    members = [member(ROOT), *(member(f"20000000{n}", ROOT, 2) for n in numbers)]
    return tree_page(
        ROOT, members, time=time, excluded=excluded, count=full, count_without_branches=3
    )


def test_sound_tree_has_no_findings(project: Project) -> None:
    sound = {"a": (None, 1), "b": ("a", 2), "c": ("b", 3), "d": ("a", None), "e": ("d", 7)}
    assert findings(project, sound) == []


def test_orphan_is_named(project: Project) -> None:
    assert findings(project, {"a": (None, 1), "b": ("z", 2)}) == [("orphan", "b")]


def test_second_root_is_named(project: Project) -> None:
    assert findings(project, {"a": (None, 1), "b": (None, 1)}) == [("second_root", "b")]


def test_level_jump_is_named(project: Project) -> None:
    jump = {"a": (None, 1), "b": ("a", 3), "c": ("a", 1), "d": ("b", 4)}
    assert findings(project, jump) == [("level_jump", "b"), ("level_jump", "c")]


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"a": (None, 1), "b": ("b", None)}, ["b"]),
        ({"a": (None, 1), "c": ("b", None), "b": ("c", None)}, ["b"]),
        ({"a": (None, 1), "b": ("d", None), "c": ("b", None), "d": ("c", None)}, ["b"]),
        ({"a": (None, 1), "e": ("b", None), "b": ("c", None), "c": ("b", None)}, ["b"]),
        ({"a": ("b", None), "b": ("a", None), "c": ("d", None), "d": ("c", None)}, ["a", "c"]),
    ],
    ids=["itself", "two", "three", "with a tail", "two cycles"],
)
def test_cycle_is_named_once(
    members: dict[str, tuple[str | None, int | None]], named: list[str], project: Project
) -> None:
    assert findings(project, members) == [("cycle", duns) for duns in named]


def test_cycle_with_levels_has_a_jump_too(project: Project) -> None:
    members = {"a": (None, 1), "b": ("c", 3), "c": ("b", 2), "d": ("d", 4)}
    assert findings(project, members) == [
        ("cycle", "b"),
        ("cycle", "d"),
        ("level_jump", "c"),
        ("level_jump", "d"),
    ]


def test_findings_of_a_tree_are_counted_and_the_tree_is_published(project: Project) -> None:
    members = [
        member(ROOT),
        member("200000002", "999999999", 2),
        member("200000003"),
        member("200000004", ROOT, 4),
        member("200000005", "200000006"),
        member("200000006", "200000005", 2),
    ]
    del members[4]["corporateLinkage"]["hierarchyLevel"]
    project.drop("t_family_tree_20260301.json", tree_page(ROOT, members))
    assert project.run().status == "ok"
    assert count(project, "dw_family_tree_members") == 6
    assert query(project, QUALITY) == [
        finding("cycle", "parent_duns", "200000005"),
        finding("level_jump", "hierarchy_level", "200000004"),
        finding("orphan", "parent_duns", "200000002"),
        finding("second_root", "parent_duns", "200000003"),
    ]


def finding(rule: str, column_name: str, example: str) -> Json:
    return {"rule": rule, "column_name": column_name, "count": 1, "examples": [example]}


def test_finding_shows_three_examples_and_counts_all(project: Project) -> None:
    orphans = [member(f"20000000{n}", "999999999", 2) for n in (5, 4, 3, 2)]
    project.drop("t_family_tree_20260301.json", tree_page(ROOT, [member(ROOT), *orphans]))
    project.run()
    row = one(project, QUALITY)
    assert (row["count"], row["examples"]) == (4, ["200000002", "200000003", "200000004"])


def test_parent_on_another_page_is_no_orphan(project: Project) -> None:
    first = tree_page(ROOT, [member("200000002", ROOT, 2)], number=1, of=2, count=2)
    project.drop("t_family_tree_20260301_1.json", first)
    project.run()
    lacks_page = finding("incomplete", "is_complete", "100000001 lacks page 2")
    assert query(project, QUALITY) == [lacks_page]
    second = tree_page(ROOT, [member(ROOT)], number=2, of=2, count=2)
    project.drop("t_family_tree_20260301_2.json", second)
    project.run()
    assert query(project, QUALITY) == [lacks_page]
    assert column(project, "SELECT is_complete FROM dw_family_tree") == [True]


def test_count_that_differs_with_all_pages_is_a_warning(project: Project) -> None:
    page = tree_page(ROOT, [member(ROOT), member("200000002", ROOT, 2)], count=5)
    project.drop("t_family_tree_20260301.json", page)
    report = project.run()
    assert report.waiting_trees == {}
    assert column(project, "SELECT is_complete FROM dw_family_tree") == [True]
    assert query(project, QUALITY) == [
        finding("count_differs", "members_received", "100000001: 5 expected, 2 received")
    ]


def test_members_lost_because_branches_are_now_excluded_are_a_warning(project: Project) -> None:
    project.drop("a_family_tree_20260301.json", tree(2, 3, 4, time="2026-03-01T10:00:00Z"))
    project.run()
    excluded = tree(2, 3, time="2026-03-02T10:00:00Z", excluded=True)
    project.drop("b_family_tree_20260301.json", excluded)
    project.run()
    assert query(project, QUALITY) == [
        finding("branches_now_excluded", "members_received", "100000001: 4 before, 3 now")
    ]
    row = one(project, "SELECT branches_excluded, members_expected FROM dw_family_tree")
    assert row == {"branches_excluded": True, "members_expected": 3}


def test_members_lost_with_branches_included_are_no_such_warning(project: Project) -> None:
    project.drop("a_family_tree_20260301.json", tree(2, 3, 4, time="2026-03-01T10:00:00Z"))
    project.run()
    smaller = tree(2, 3, time="2026-03-02T10:00:00Z", full=3)
    project.drop("b_family_tree_20260301.json", smaller)
    project.run()
    assert query(project, QUALITY) == []


def test_full_delivery_after_one_without_branches_is_no_warning(project: Project) -> None:
    excluded = tree(2, 3, time="2026-03-01T10:00:00Z", excluded=True)
    project.drop("a_family_tree_20260301.json", excluded)
    project.run()
    project.drop("b_family_tree_20260301.json", tree(2, 3, 4, time="2026-03-02T10:00:00Z"))
    project.run()
    assert query(project, QUALITY) == []
    assert count(project, "dw_family_tree_members") == 4


def test_page_number_comes_from_the_link_then_from_the_files_name(project: Project) -> None:
    by_link = tree_page(ROOT, [member(ROOT)], number=1, of=3, count=3)
    by_name = tree_page(ROOT, [member("200000002", ROOT, 2)], number=2, of=3, count=3)
    by_inquiry = tree_page(ROOT, [member("200000003", ROOT, 2)], number=3, of=3, count=3)
    del by_link["inquiryDetail"]["page[number]"]
    del by_name["inquiryDetail"]["page[number]"]
    del by_name["links"]["self"]
    project.drop("t_family_tree_20260301_9.json", by_link)
    project.drop("t_family_tree_20260301_2.json", by_name)
    project.drop("t_family_tree_20260301_8.json", by_inquiry)
    assert project.run().waiting_trees == {}
    pages = column(project, "SELECT page_number FROM ods_familytree_raw ORDER BY file_name")
    assert pages == [2, 3, 1]
