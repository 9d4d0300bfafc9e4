import re
import struct

import pytest
from conftest import Project
from documents import member
from family_helpers import ROOT, browsing, small_tree

from firmograph.queries.families import Member
from firmograph.web.neighbourhood import Slot

PAGE = f"/family/{ROOT}"


_ENTRY = re.compile(r' aria-level="(\d+)"[^>]*? aria-label="([^"]*)"')
_MORE = re.compile(r' class="more" aria-level="(\d+)">\s*<a [^>]*>([^<]*)</a>')


def entries(html: str) -> list[tuple[int, str]]:
    """The outline: the level of each entry, and its label or what its link says."""
    items = html.split('<li role="treeitem"')[1:]
    found = [_ENTRY.match(item) or _MORE.match(item) for item in items]
    return [(int(one[1]), one[2]) for one in found if one]


def test_page_shows_each_member_once_around_the_global_ultimate(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        answer = client.get(PAGE)
    assert answer.status_code == 200
    assert entries(answer.text) == [
        (1, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne, Switzerland, 3 below"),
        (2, "Zürich Cocoa, Switzerland, 1 below"),
        (2, "Berlin Cocoa, Germany"),
        (1, "Members whose parent is not in the tree, 1"),
        (1, "Cycles of members that own each other, 1"),
    ]


def test_page_escapes_names(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        pages = [
            client.get(address).text
            for address in (PAGE, f"{PAGE}?find=<script>", f"{PAGE}/children?of={ROOT}")
        ]
    for html in pages:
        assert "<script>alert" not in html
        assert "style=" not in html


def test_page_opens_around_the_member_in_focus(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        html = client.get(f"{PAGE}?focus=100000004").text
    assert entries(html)[:4] == [
        (1, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne, Switzerland, 3 below"),
        (2, "Zürich Cocoa, Switzerland, 1 below"),
        (3, "Depot"),
        (2, "and 1 beside it"),
    ]
    assert re.search(r'aria-label="Depot" aria-current="true"', html)


def test_page_opens_a_group(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        html = client.get(f"{PAGE}?focus=cycles").text
        below = client.get(f"{PAGE}?focus=100000007").text
    assert (2, "Tails, 1 below") in entries(html)
    assert entries(below)[-3:] == [
        (1, "Cycles of members that own each other, 1"),
        (2, "Tails, 1 below"),
        (3, "Heads"),
    ]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/family/123456789", 404),
        ("/family/alpine", 404),
        (f"{PAGE}?focus=123456789", 404),
        (f"{PAGE}?focus=no-parent", 404),
        (f"{PAGE}?first=x", 400),
        (f"{PAGE}/children?of=123456789", 404),
    ],
)
def test_page_refuses_what_is_not_there(project: Project, address: str, status: int) -> None:
    with browsing(project, small_tree()) as client:
        assert client.get(address).status_code == status


def test_page_finds_names_without_accents_and_duns(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        by_name = client.get(f"{PAGE}.json?find=zurich").json()["found"]
        by_duns = client.get(f"{PAGE}.json?find=10-000-0005").json()["found"]
        html = client.get(f"{PAGE}?find=COCOA").text
    assert (by_name["count"], by_name["members"][0]["duns"]) == (1, "100000002")
    assert [one["name"] for one in by_duns["members"]] == ["Lost & Found"]
    hits = html.split('class="hits"')[1].split("</ul>")[0]
    assert re.findall(r"focus=(\d+)#outline", hits) == ["100000002", "100000003"]


def test_json_tells_of_the_whole_tree(project: Project) -> None:
    with browsing(project, small_tree(), count=9) as client:
        told = client.get(f"{PAGE}.json").json()["family"]
        html = client.get(PAGE).text
    assert told["members"] == 7
    assert told["levels"] == 3
    assert told["groups"] == {"ultimate": 1, "orphans": 1, "cycles": 1}
    assert told["countries"] == [
        {"name": "Switzerland", "members": 2},
        {"name": "Germany", "members": 1},
    ]
    assert (told["delivery"]["members_received"], told["delivery"]["members_expected"]) == (7, 9)
    assert "lacks 2 members" in html


def test_csv_has_all_members_in_preorder(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        lines = client.get(f"{PAGE}.csv").text.splitlines()
    header = lines[0].split(",")
    assert header[:3] == ["duns", "parent_duns", "name"]
    assert header[-3:] == ["depth", "below", "top_as"]
    assert [(line.split(",")[0], *line.split(",")[-3:]) for line in lines[1:]] == [
        ("100000001", "0", "3", "ultimate"),
        ("100000002", "1", "1", ""),
        ("100000004", "2", "0", ""),
        ("100000003", "1", "0", ""),
        ("100000005", "0", "0", "orphans"),
        ("100000006", "0", "1", "cycles"),
        ("100000007", "1", "0", ""),
    ]


def test_icicle_holds_the_tree_as_bytes(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        answer = client.get(f"{PAGE}/icicle")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert len(answer.content) == 77
    sizes = struct.unpack_from("<7I", answer.content, 0)
    duns = struct.unpack_from("<7I", answer.content, 28)
    countries = struct.unpack_from("<7H", answer.content, 56)
    assert sizes == (4, 2, 1, 1, 1, 2, 1)
    assert duns == tuple(100_000_000 + n for n in (1, 2, 4, 3, 5, 6, 7))
    assert countries == (1, 1, 0, 2, 0, 0, 0)
    assert list(answer.content[70:]) == [0, 0, 1, 0, 2, 6, 4]


def test_icicle_is_kept_for_good_only_under_its_version(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        version = client.get(f"{PAGE}/icicle.json").json()["version"]
        kept = client.get(f"{PAGE}/icicle?version={version}&at=1")
        other = client.get(f"{PAGE}/icicle?version=0&at=1")
        html = client.get(PAGE).text
    assert "immutable" in kept.headers["cache-control"]
    assert "cache-control" not in other.headers
    assert f"/icicle?version={version}&amp;at=1" in html


def test_names_are_told_by_duns(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        told = client.get(f"{PAGE}/names.json?duns=100000001,100000003,123456789").json()
    assert {duns: (one["name"], one["country"]) for duns, one in told.items()} == {
        "100000001": ("<script>alert(1)</script> & Söhne", "Switzerland"),
        "100000003": ("Berlin Cocoa", "Germany"),
    }


def many(count: int) -> list[dict[str, object]]:
    return [
        member(ROOT),
        *(member(f"{n:09}", ROOT, 2) for n in range(200_000_001, 200_000_001 + count)),
    ]


def test_many_children_come_fifty_at_a_time(project: Project) -> None:
    with browsing(project, many(120)) as client:
        html = client.get(PAGE).text
        after = client.get(f"{PAGE}/children?of={ROOT}&first=100&side=after").text
        before = client.get(f"{PAGE}/children?of={ROOT}&first=50&side=before").text
        around = client.get(f"{PAGE}?focus=200000060").text
    assert len(entries(html)) == 52
    assert entries(html)[-1] == (2, "Show 50 more after (120 in all)")
    assert entries(after)[0] == (2, "Member 200000101")
    assert len(entries(after)) == 20
    assert entries(before)[:2] == [
        (2, "Show 50 more before (120 in all)"),
        (2, "Member 200000051"),
    ]
    assert (entries(around)[1], entries(around)[-1]) == (
        (2, "Show 50 more before (120 in all)"),
        (2, "Show 20 more after (120 in all)"),
    )


def test_many_children_can_be_filtered(project: Project) -> None:
    with browsing(project, many(120)) as client:
        html = client.get(f"{PAGE}?filter=member+20000011").text
    assert [name for _, name in entries(html)[1:]] == [
        f"Member 20000011{digit}" for digit in range(10)
    ]
    assert 'name="filter"' in html


def test_a_deep_chain_leaves_out_the_middle_of_the_path(project: Project) -> None:
    chain = [member(ROOT)]
    chain += [member(f"{ROOT[:-4]}{n:04}", f"{ROOT[:-4]}{n - 1:04}", n) for n in range(2, 41)]
    with browsing(project, chain) as client:
        html = client.get(f"{PAGE}?focus=100000040").text
    assert entries(html) == [
        (1, "Member 100000001, 39 below"),
        (2, "… 32 levels between …"),
        (2, "Member 100000034, 6 below"),
        (3, "Member 100000035, 5 below"),
        (4, "Member 100000036, 4 below"),
        (5, "Member 100000037, 3 below"),
        (6, "Member 100000038, 2 below"),
        (7, "Member 100000039, 1 below"),
        (8, "Member 100000040"),
    ]
    assert "and 35 more" in html  # in the picture: of the path, the first and the last three


def test_picture_has_the_path_siblings_and_children(project: Project) -> None:
    with browsing(project, small_tree()) as client:
        boxes = client.get(f"{PAGE}.json?focus=100000002").json()["picture"]["boxes"]
    assert [(one["slot"]["kind"], one["slot"]["member"]["duns"]) for one in boxes] == [
        ("path", "100000001"),
        ("focus", "100000002"),
        ("sibling", "100000003"),
        ("child", "100000004"),
    ]


def test_a_large_picture_is_at_most_300_boxes(project: Project) -> None:
    with browsing(project, many(400)) as client:
        boxes = client.get(f"{PAGE}.json").json()["picture"]["boxes"]
    assert len(boxes) == 52
    assert boxes[-1]["slot"]["left_out"] == 350


@pytest.mark.parametrize(
    ("name", "is_from_right"), [("חברת הספנות", True), ("(1) شركة", True), ("Haifa חברת", False)]
)
def test_name_in_a_box_begins_at_its_side(name: str, is_from_right: bool) -> None:
    one = Member(0, "100000001", name, None, 0, 1, None, False, False, None, 0, 0)
    assert Slot("child", one).is_from_right is is_from_right


def test_ultimate_that_is_not_in_the_tree_is_not_linked(project: Project) -> None:
    members = [member("100000002", ROOT, 2)]
    with browsing(project, members) as client:
        html = client.get(PAGE).text
    assert f'href="/company/{ROOT}"' not in html
    assert f"Family of <bdi>{ROOT}</bdi>" in html
