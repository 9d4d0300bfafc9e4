from collections.abc import Iterable

import pyarrow as pa
import pytest

from firmograph.queries.family_layout import Group, Layout, lay_out


def laid_out(duns: Iterable[str], parents: Iterable[str | None], ultimate: str) -> Layout:
    given = pa.array(duns, pa.string()), pa.array(parents, pa.string())
    return lay_out(*given, ultimate)


def placed(layout: Layout, duns: str) -> str:
    return "".join(duns[row] for row in layout.rows)


def test_layout_places_larger_subtrees_first_and_then_keeps_the_order() -> None:
    #   a owns b, c, d; c owns e and f; f owns g
    layout = laid_out("abcdefg", [None, "a", "a", "a", "c", "c", "f"], "a")
    assert placed(layout, "abcdefg") == "acfgebd"
    assert list(layout.parents) == [-1, 0, 1, 2, 1, 0, 0]
    assert list(layout.sizes) == [7, 4, 2, 1, 1, 1, 1]
    assert list(layout.depths) == [0, 1, 2, 3, 2, 1, 1]
    assert list(layout.counts) == [3, 2, 1, 0, 0, 0, 0]
    assert layout.tops == {Group.ULTIMATE: [0]}
    assert list(layout.children(0)) == [1, 5, 6]
    assert layout.path(3) == [0, 1, 2, 3]


def test_layout_does_not_depend_on_the_order_of_parents_and_children() -> None:
    layout = laid_out("gfedcba", ["f", "c", "c", "a", "a", "a", None], "a")
    assert placed(layout, "gfedcba") == "acfgedb"


def test_layout_puts_orphans_with_their_subtrees_into_a_group() -> None:
    layout = laid_out("abcd", [None, "a", "x", "c"], "a")
    assert placed(layout, "abcd") == "abcd"
    assert layout.tops == {Group.ULTIMATE: [0], Group.ORPHANS: [2]}
    assert list(layout.parents) == [-1, 0, -1, 2]
    assert [layout.group(top) for top in (0, 2)] == ["ultimate", "orphans"]


def test_layout_tells_a_second_root_from_the_global_ultimate() -> None:
    layout = laid_out("abc", [None, None, "b"], "b")
    assert placed(layout, "abc") == "bca"
    assert layout.tops == {Group.ULTIMATE: [0], Group.NO_PARENT: [2]}


def test_layout_cuts_a_cycle_above_the_smallest_duns() -> None:
    #   c -> e -> d -> c in a circle; f hangs below e
    layout = laid_out("acdef", [None, "d", "e", "c", "e"], "a")
    assert placed(layout, "acdef") == "acedf"
    assert layout.tops == {Group.ULTIMATE: [0], Group.CYCLES: [1]}
    assert layout.cyclic == {1, 2, 3}
    assert list(layout.parents) == [-1, -1, 1, 2, 2]


def test_layout_keeps_the_global_ultimate_on_top_of_its_own_cycle() -> None:
    layout = laid_out("abc", ["c", "a", "b"], "b")
    assert placed(layout, "abc") == "bca"
    assert layout.tops == {Group.ULTIMATE: [0]}
    assert layout.cyclic == {0, 1, 2}


@pytest.mark.parametrize(("ultimate", "group"), [("a", "ultimate"), ("x", "cycles")])
def test_layout_of_a_member_that_is_its_own_parent(ultimate: str, group: str) -> None:
    layout = laid_out("a", ["a"], ultimate)
    assert layout.tops == {group: [0]}
    assert layout.cyclic == (set() if group == "ultimate" else {0})


def test_layout_of_a_single_member_and_of_none() -> None:
    one, none = laid_out("a", [None], "a"), laid_out("", [], "a")
    assert (list(one.sizes), one.tops, list(one.children(0))) == ([1], {Group.ULTIMATE: [0]}, [])
    assert (list(none.sizes), none.tops) == ([], {})


def test_layout_of_a_deep_chain() -> None:
    duns = [f"{number:09}" for number in range(5_000)]
    layout = laid_out(duns[::-1], [*duns[-2::-1], None], duns[0])
    assert layout.depths[4_999] == 4_999
    assert layout.sizes[0] == 5_000
    assert layout.rows[0] == 4_999
    assert layout.path(4_999)[:2] == [0, 1]


def test_layout_of_a_member_with_21000_children() -> None:
    duns = [f"{number:09}" for number in range(21_001)]
    layout = laid_out(duns, [None, *[duns[0]] * 21_000], duns[0])
    assert layout.counts[0] == 21_000
    assert list(layout.children(0))[-1] == 21_000
    assert set(layout.depths) == {0, 1}
