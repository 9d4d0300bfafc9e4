"""Pages of family trees: what they state, and the refusal of those without members."""

from typing import Any

import pytest
from documents import member, tree_page
from kernel.kernels import read

from firmograph.kernel.page_facts import PageFacts, page_facts

LINK = "https://plus.dnb.com/v1/familyTree/100000001?page%5Bnumber%5D={}&page%5Bsize%5D=20"
ADVICE = (
    "lists none: a count alone never replaces the members of a tree; "
    "request the tree with its members"
)


@pytest.mark.parametrize("listed", [None, [], {}, ""], ids=repr)
def test_count_without_members_is_refused(listed: object) -> None:
    page = tree_page("100000001", [], count=9) | {"familyTreeMembers": listed}
    result = read(page, "family_tree")
    assert [(v.rule, v.json_path, v.value, v.reason) for v in result.violations] == [
        (
            "no_members",
            "$.familyTreeMembers",
            None,
            f"the document counts 9 members and {ADVICE}",
        )
    ]


def test_count_alone_is_refused() -> None:
    page: dict[str, Any] = {"globalUltimateDuns": "100000001", "branchesExcludedMembersCount": 5}
    (violation,) = read(page, "family_tree").violations
    assert violation.reason == f"the document counts 5 members and {ADVICE}"


def test_page_that_counts_no_members_and_lists_none_is_accepted() -> None:
    assert read(tree_page("100000001", []), "family_tree").violations == []
    assert read({"globalUltimateDuns": "100000001"}, "family_tree").violations == []


def test_page_of_which_no_member_can_be_used_is_refused_with_every_reason() -> None:
    page = tree_page("100000001", [member("1"), member("2")], count=9)
    result = read(page, "family_tree")
    assert [(v.rule, v.json_path) for v in result.violations] == [
        ("no_members", "$.familyTreeMembers"),
        ("type", "$.familyTreeMembers[0].duns"),
        ("type", "$.familyTreeMembers[1].duns"),
    ]
    assert result.violations[0].reason == "none of the 2 members on the page can be used"


def test_page_with_one_member_that_can_be_used_is_accepted() -> None:
    result = read(tree_page("100000001", [member("1"), member("100000001")]), "family_tree")
    assert (result.violations, result.rejected_count) == ([], 1)


def facts(
    number: int | None = None,
    size: int | None = None,
    links: tuple[str | None, str | None] = (None, None),
    counts: tuple[int | None, int | None] = (9, 5),
    file_page: int | None = None,
) -> PageFacts:
    return page_facts(("Branches", number, size, *links, *counts), file_page)


def test_page_number_is_that_of_the_inquiry_else_the_link_else_the_file() -> None:
    link = LINK.format(4)
    assert facts(3, links=(link, None), file_page=5).page_number == 3
    assert facts(links=(link, None), file_page=5).page_number == 4
    assert facts(file_page=5).page_number == 5


def test_page_number_that_nothing_states_is_unknown() -> None:
    assert facts() == PageFacts(
        branches_excluded=True,
        page_size=None,
        page_number=None,
        page_count=None,
        members_count=9,
        members_count_without_branches=5,
    )


def test_last_page_is_that_of_its_link() -> None:
    found = facts(links=(None, LINK.format(7)))
    assert (found.page_count, found.page_number, found.page_size) == (7, None, None)


def test_page_of_a_link_does_not_depend_on_its_host() -> None:
    assert facts(links=(None, "http://[x?page[number]=3#page[number]=4")).page_count == 3


@pytest.mark.parametrize("number", [0, -1])
def test_numbers_and_counts_below_one_are_unknown(number: int) -> None:
    found = facts(number, number, counts=(number, number), file_page=0)
    assert found == PageFacts(
        branches_excluded=True,
        page_size=None,
        page_number=None,
        page_count=None,
        members_count=None,
        members_count_without_branches=None,
    )
