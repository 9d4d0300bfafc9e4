"""Two document types that come in pages, whose trees may have the same root."""

from conftest import Project
from document_types.own_types import GROUP, declare, votes
from documents import member, tree_page
from publish.tables import query

from firmograph.verify.evidence import Sample
from firmograph.verify.verify import verify

HEAD = "100000001"
GROUPS = "SELECT head, members_received, is_complete FROM dw_voting_group ORDER BY head"
VOTES = "SELECT head, holder, share FROM dw_vote ORDER BY head, holder"
TREES = "SELECT global_duns, members_received, is_complete FROM dw_family_tree"
PAGES = "SELECT ingest_seq, page_number, member_count FROM tb_tree_pages ORDER BY ingest_seq"


def differences(project: Project) -> list[str]:
    verdict = verify(project.storages.lake, project.storages.processed, Sample(size=None))
    return [words for check in verdict.checks for words in check.differences.examples]


def drop_first_pages(project: Project) -> None:
    tree = tree_page(HEAD, [member(HEAD)], number=1, of=2, count=2, size=1)
    project.drop("alpine_family_tree_20260301_1.json", tree)
    first = votes(HEAD, [("Aare", 0.5), ("Birch", 0.25)], page=1, of=2, days=("2026-05-01",))
    project.drop("alpine_votes_20260301_1.json", first)


def drop_second_page(project: Project) -> None:
    second = votes(HEAD, [("Cedar", 0.125), ("Birch", 0.5)], page=2, of=2, days=("2026-05-02",))
    project.drop("alpine_votes_20260301_2.json", second)


def test_pages_of_two_types_are_assembled_apart(project: Project) -> None:
    declare(project, voting_group=GROUP)
    drop_first_pages(project)
    report = project.run()
    assert sorted(report.waiting_trees) == [HEAD, f"voting_group:{HEAD}"]
    assert query(project, GROUPS) == [{"head": HEAD, "members_received": 2, "is_complete": False}]
    assert query(project, TREES) == [
        {"global_duns": HEAD, "members_received": 1, "is_complete": False}
    ]
    assert query(project, PAGES) == [
        {"ingest_seq": 1, "page_number": 1, "member_count": 1},
        {"ingest_seq": 2, "page_number": 1, "member_count": 2},
    ]
    assert differences(project) == []

    drop_second_page(project)
    report = project.run()
    assert sorted(report.waiting_trees) == [HEAD]
    assert query(project, GROUPS) == [{"head": HEAD, "members_received": 3, "is_complete": True}]
    assert query(project, VOTES) == [
        {"head": HEAD, "holder": "Aare", "share": 0.5},
        {"head": HEAD, "holder": "Birch", "share": 0.25},
        {"head": HEAD, "holder": "Cedar", "share": 0.125},
    ]
    assert query(project, "SELECT day FROM dw_meeting ORDER BY day") == [
        {"day": "2026-05-01"},
        {"day": "2026-05-02"},
    ]
    assert query(project, TREES) == [
        {"global_duns": HEAD, "members_received": 1, "is_complete": False}
    ]
    assert differences(project) == []


def test_rebuild_keeps_the_pages_of_all_types(project: Project) -> None:
    declare(project, voting_group=GROUP)
    project.drop("alpine_family_tree_20260301.json", tree_page(HEAD, [member(HEAD)]))
    project.drop("alpine_votes_20260301.json", votes(HEAD, [("Aare", 0.5)]))
    project.run()
    before = query(project, PAGES)
    assert len(before) == 2
    project.rebuild()
    assert query(project, PAGES) == before
    assert query(project, GROUPS) == [{"head": HEAD, "members_received": 1, "is_complete": True}]
    assert differences(project) == []


def test_members_without_links_are_not_checked_for_orphans(project: Project) -> None:
    declare(project, voting_group=GROUP)
    page = votes(HEAD, [("Aare", 0.5)])
    project.drop("alpine_votes_20260301.json", {**page, "total": 4})
    project.run()
    found = query(project, "SELECT table_name, rule, examples FROM tb_data_quality")
    assert found == [
        {
            "table_name": "dw_voting_group",
            "rule": "count_differs",
            "examples": [f"{HEAD}: 4 expected, 1 received"],
        }
    ]


def test_page_of_a_group_is_known_by_the_file_it_came_in(project: Project) -> None:
    declare(project, voting_group=GROUP)
    page = votes(HEAD, [("Aare", 0.5)], of=3)
    del page["page"]
    project.drop("alpine_votes_20260301_3.json", page)
    project.run()
    assert query(project, PAGES) == [{"ingest_seq": 1, "page_number": 3, "member_count": 1}]
