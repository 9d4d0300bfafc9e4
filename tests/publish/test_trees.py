"""Family trees through the pipeline: pages over several runs, days and deliveries."""

import json
from itertools import permutations

from conftest import Json, Project
from documents import member, tree_page
from publish.tables import column, documents, one, state

ROOT = "100000001"
MEMBERS = "SELECT duns FROM dw_family_tree_members ORDER BY duns"
TREE = (
    "SELECT members_expected, members_received, pages_expected, pages_received, is_complete "
    "FROM dw_family_tree"
)


def family(*numbers: int, root: str = ROOT) -> list[Json]:
    """Members by number; 1 is the root, all others are its daughters."""
    return [member(root) if n == 1 else member(f"2000000{n:02}", root, 2) for n in numbers]


def page(number: int, of: int, time: str, *numbers: int, count: int = 6, root: str = ROOT) -> Json:
    """A page that holds the members of these numbers; time as ``03-01T10:00``."""
    members = family(*numbers, root=root)
    full_time = f"2026-{time}:00.000Z"
    return tree_page(root, members, number=number, of=of, count=count, time=full_time)


def drop(project: Project, name: str, *pages: Json) -> None:
    lines = "\n".join(json.dumps(document) for document in pages)
    project.drop(f"{name}_family_tree_20260301.jsonl", lines)


FIRST = page(1, 3, "03-01T10:00", 1, 2)
SECOND = page(2, 3, "03-01T10:01", 3, 4)
THIRD = page(3, 3, "03-01T10:02", 5, 6)
NEXT_1 = page(1, 2, "03-08T10:00", 1, 2, count=4)
NEXT_2 = page(2, 2, "03-08T10:01", 3, 7, count=4)
ALL = [ROOT, *(f"20000000{n}" for n in range(2, 7))]


def test_pages_out_of_order_in_one_run_are_one_tree(project: Project) -> None:
    drop(project, "t", THIRD, FIRST, SECOND)
    report = project.run()
    assert column(project, MEMBERS) == ALL
    assert one(project, TREE) == {
        "members_expected": 6,
        "members_received": 6,
        "pages_expected": 3,
        "pages_received": 3,
        "is_complete": True,
    }
    assert documents(report) == {"received": 3, "published": 3}
    assert report.waiting_trees == {}


def test_missing_page_is_named_and_the_rest_is_published_incomplete(project: Project) -> None:
    drop(project, "t", THIRD, FIRST)
    report = project.run()
    assert column(project, MEMBERS) == [ROOT, "200000002", "200000005", "200000006"]
    assert one(project, TREE) == {
        "members_expected": 6,
        "members_received": 4,
        "pages_expected": 3,
        "pages_received": 2,
        "is_complete": False,
    }
    assert report.waiting_trees[ROOT].missing_pages == [2]
    assert documents(report) == {"received": 2, "published": 2}


def test_missing_page_completes_the_tree_in_a_later_run(project: Project) -> None:
    drop(project, "t", THIRD, FIRST)
    project.run()
    drop(project, "s", SECOND)
    report = project.run()
    assert column(project, MEMBERS) == ALL
    assert report.waiting_trees == {}
    assert documents(report) == {"received": 1, "published": 1}


def test_newer_incomplete_delivery_waits_and_then_speaks(project: Project) -> None:
    drop(project, "old", FIRST, SECOND, THIRD)
    project.run()
    drop(project, "new_2", NEXT_2)
    waiting = project.run()
    assert column(project, MEMBERS) == ALL
    assert waiting.waiting_trees[ROOT].missing_pages == [1]
    assert documents(waiting) == {"received": 1, "waiting": 1}
    nothing_new = project.run()
    assert documents(nothing_new) == {"waiting_before": 1, "waiting": 1}
    assert nothing_new.waiting_trees[ROOT].missing_pages == [1]
    drop(project, "new_1", NEXT_1)
    complete = project.run()
    assert column(project, MEMBERS) == [ROOT, "200000002", "200000003", "200000007"]
    assert complete.waiting_trees == {}
    assert documents(complete) == {"received": 1, "waiting_before": 1, "published": 2}


def test_pages_wait_together_until_the_last_one_comes(project: Project) -> None:
    drop(project, "old", page(1, 1, "03-01T10:00", 1, count=1))
    newer = [page(n, 3, f"03-08T10:0{n}", n, count=3) for n in (1, 2, 3)]
    drop(project, "a", newer[2])
    assert documents(project.run()) == {"received": 2, "published": 1, "waiting": 1}
    drop(project, "b", newer[0])
    assert documents(project.run()) == {"received": 1, "waiting_before": 1, "waiting": 2}
    drop(project, "c", newer[1])
    assert documents(project.run()) == {"received": 1, "waiting_before": 2, "published": 3}


def test_older_complete_delivery_takes_the_place_of_a_newer_incomplete_one(
    project: Project,
) -> None:
    drop(project, "new_2", NEXT_2)
    project.run()
    assert one(project, TREE)["is_complete"] is False
    drop(project, "old", FIRST, SECOND, THIRD)
    report = project.run()
    assert column(project, MEMBERS) == ALL
    assert report.waiting_trees[ROOT].missing_pages == [1]
    assert documents(report) == {"received": 3, "published": 3}


def test_waiting_documents_are_superseded_when_a_newer_delivery_completes(project: Project) -> None:
    drop(project, "a", FIRST, SECOND, THIRD)
    drop(project, "b", page(1, 2, "03-04T10:00", 1, 2, count=4))
    project.run()
    drop(project, "c", NEXT_1, NEXT_2)
    report = project.run()
    assert documents(report) == {
        "received": 2,
        "waiting_before": 1,
        "published": 2,
        "superseded": 1,
    }
    assert report.waiting_trees == {}


def test_pages_within_a_day_of_each_other_are_one_delivery(project: Project) -> None:
    late = page(3, 3, "03-03T10:00", 5, 6)
    drop(project, "t", FIRST, page(2, 3, "03-02T10:00", 3, 4), late)
    project.run()
    assert column(project, MEMBERS) == ALL


def test_page_over_a_day_later_begins_a_new_delivery(project: Project) -> None:
    drop(project, "t", FIRST, SECOND, page(3, 3, "03-02T10:02", 5, 6))
    report = project.run()
    assert column(project, MEMBERS) == ["200000005", "200000006"]
    assert report.waiting_trees[ROOT].missing_pages == [1, 2]
    assert documents(report) == {"received": 3, "published": 1, "superseded": 2}


def test_page_asked_for_again_begins_a_new_delivery(project: Project) -> None:
    drop(project, "t", FIRST, SECOND, THIRD, page(2, 3, "03-01T10:03", 3, 9))
    report = project.run()
    assert column(project, MEMBERS) == ALL
    assert report.waiting_trees[ROOT].missing_pages == [1, 3]


def test_same_page_delivered_again_changes_nothing(project: Project) -> None:
    drop(project, "t", FIRST, SECOND)
    project.run()
    before = state(project)["dw_family_tree_members"]
    drop(project, "s", SECOND, SECOND)
    report = project.run()
    assert state(project)["dw_family_tree_members"] == before
    assert documents(report) == {"received": 2, "unchanged": 1, "superseded": 1}
    drop(project, "r", THIRD, FIRST)
    project.run()
    assert column(project, MEMBERS) == ALL


def test_page_whose_counts_differ_much_begins_a_new_delivery(project: Project) -> None:
    drop(project, "t", FIRST, SECOND, page(3, 3, "03-01T10:02", 5, 6, count=12))
    report = project.run()
    assert column(project, MEMBERS) == ["200000005", "200000006"]
    assert report.waiting_trees[ROOT].missing_pages == [1, 2]


def test_member_on_two_pages_counts_once_as_on_the_first(project: Project) -> None:
    again = page(2, 2, "03-01T10:01", 2, 3, count=3)
    again["familyTreeMembers"][0]["primaryName"] = "On page 2"
    drop(project, "t", again, page(1, 2, "03-01T10:00", 1, 2, count=3))
    project.run()
    assert column(project, MEMBERS) == [ROOT, "200000002", "200000003"]
    assert one(project, TREE)["members_received"] == 3
    names = column(project, "SELECT primary_name FROM dw_family_tree_members ORDER BY duns")
    assert names == ["Member 100000001", "Member 200000002", "Member 200000003"]


def test_tree_with_all_distinct_members_is_complete_although_a_page_lacks(project: Project) -> None:
    drop(project, "t", page(1, 3, "03-01T10:00", 1, 2, 3, count=4))
    assert project.run().waiting_trees[ROOT].missing_pages == [2, 3]
    drop(project, "s", page(3, 3, "03-01T10:01", 3, 4, count=4))
    report = project.run()
    assert report.waiting_trees == {}
    assert one(project, TREE) == {
        "members_expected": 4,
        "members_received": 4,
        "pages_expected": 3,
        "pages_received": 2,
        "is_complete": True,
    }


def test_members_counted_twice_do_not_complete_a_tree(project: Project) -> None:
    drop(project, "t", page(1, 3, "03-01T10:00", 1, 2, 3, count=4))
    drop(project, "s", page(3, 3, "03-01T10:01", 2, 3, count=4))
    assert project.run().waiting_trees[ROOT].missing_pages == [2]
    assert one(project, TREE)["is_complete"] is False


def test_trees_are_the_same_in_any_order_of_pages(project: Project) -> None:
    """Each order is a separate tree; the n-th of five runs brings its n-th page."""
    for arrival in range(5):
        pages = []
        for number, order in enumerate(permutations(range(5))):
            root = f"{300000000 + number}"
            pages.append(_five_pages(root)[order[arrival]])
        drop(project, str(arrival), *pages)
        report = project.run()
        assert report.totals.documents.received == 120
    found = state(project)
    members: dict[str, set[str]] = {}
    for row in found["dw_family_tree_members"]:
        members.setdefault(row["global_duns"], set()).add(row["duns"])
    assert members == {
        root: {root, "200000002", "200000003", "200000004"}
        for root in (f"{300000000 + number}" for number in range(120))
    }
    assert {(r["transaction_id"], r["is_complete"]) for r in found["dw_family_tree"]} == {
        ("t-1-2026-03-05T10:01:00.000Z", True)
    }
    assert {tuple(tree.missing_pages) for tree in report.waiting_trees.values()} == {(1,)}
    assert len(report.waiting_trees) == 120


def _five_pages(root: str) -> list[Json]:
    """An old tree, a newer one whose second page came first, half of a third, a lone fourth."""
    return [
        page(1, 1, "03-01T10:00", 1, 9, count=2, root=root),
        page(2, 2, "03-05T10:00", 3, 4, count=4, root=root),
        page(1, 2, "03-05T10:01", 1, 2, count=4, root=root),
        page(1, 2, "03-08T10:00", 1, 2, count=4, root=root),
        page(2, 2, "03-20T10:00", 3, 4, count=4, root=root),
    ]
