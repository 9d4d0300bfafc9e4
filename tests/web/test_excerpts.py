"""The surroundings of a place in a document."""

import pytest

from firmograph.queries.excerpts import Line, excerpt


def test_lines_around_a_place_are_shown() -> None:
    document = b'{\n"a": 1,\n"b": "x",\n"c": [1],\n"d": 2,\n"e": 3,\n"f": 4}'
    assert excerpt(document, 3, 6) == [
        Line(1, "{"),
        Line(2, '"a": 1,'),
        Line(3, '"b": ', '"x"', ","),
        Line(4, '"c": [1],'),
        Line(5, '"d": 2,'),
        Line(6, '"e": 3,'),
    ]


@pytest.mark.parametrize(
    ("value", "marked"),
    [
        ('"a \\" b",', '"a \\" b"'),
        ("-12.5e3}", "-12.5e3"),
        ("null,", "null"),
        ("{}", "{"),
        ("[1]", "["),
        ('"cut off', '"cut off'),
    ],
)
def test_value_is_marked(value: str, marked: str) -> None:
    (line,) = excerpt(f'{{"k": {value}'.encode(), 1, 7)
    assert (line.before, line.marked) == ('{"k": ', marked)


def test_long_line_is_cut_to_a_window_counted_in_characters() -> None:
    text = "ä" * 1_500_000 + "日" * 700_000 + "👍" * 10 + "X" + "é" * 1_000_000
    (line,) = excerpt(text.encode(), 1, 2_200_011)
    assert line.before == "日" * 230 + "👍" * 10
    assert line.marked[0] == "X"
    assert line.is_cut_before
    assert line.is_cut_after


def test_bytes_that_are_not_utf_8_do_not_move_the_place() -> None:
    document = b'{"a": "\xff\xfe", "b": 1}'
    (line,) = excerpt(document, 1, 18)
    assert line.marked == "1"


def test_place_behind_the_end_is_the_end() -> None:
    (line,) = excerpt(b"{}", 1, 40)
    assert (line.before, line.marked) == ("{}", "")


def test_line_ends_of_windows_are_not_shown() -> None:
    lines = excerpt(b'{\r\n"a": 1\r\n}', 2, 6)
    assert [(one.before, one.marked, one.after) for one in lines] == [
        ("{", "", ""),
        ('"a": ', "1", ""),
        ("}", "", ""),
    ]
