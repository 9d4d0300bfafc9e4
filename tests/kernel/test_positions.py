import pytest

from firmograph.kernel.positions import Locator


def locate(text: str, json_path: str) -> tuple[int, int] | None:
    return Locator(text).locate(json_path)


def line_and_column(text: str, at: int) -> tuple[int, int]:
    return Locator(text).line_and_column(at)


DOCUMENT = """\
{
  "duns": "100000001",
  "primaryAddress": {"addressCountry" : {"name": "Schweiz"}},
\t"codes": [
    {"code": 1},
    {"code": [2, "ü", {"a": null}]}
  ],
  "page[number]": 3,
  "a.b": {"c d": 4},
  "duns": "100000002"
}"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("$", (1, 1)),
        ("$.primaryAddress", (3, 21)),
        ("$.primaryAddress.addressCountry", (3, 41)),
        ("$.primaryAddress.addressCountry.name", (3, 50)),
        ("$.codes", (4, 11)),
        ("$.codes[0]", (5, 5)),
        ("$.codes[0].code", (5, 14)),
        ("$.codes[1].code[1]", (6, 18)),
        ("$.codes[1].code[2].a", (6, 29)),
        ("$['page[number]']", (8, 19)),
        ("$['a.b']['c d']", (9, 18)),
    ],
)
def test_locate_counts_lines_and_columns_from_one(path: str, place: tuple[int, int]) -> None:
    assert locate(DOCUMENT, path) == place


def test_locate_finds_the_last_of_two_equal_keys() -> None:
    assert locate(DOCUMENT, "$.duns") == (10, 11)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("$.primaryName", (1, 1)),
        ("$.primaryAddress.addressRegion.name", (3, 21)),
        ("$.codes[0].priority", (5, 5)),
        ("$.codes[2].code", (4, 11)),
        ("$.codes.code", (4, 11)),
        ("$.primaryAddress[0]", (3, 21)),
        ("$.codes[0].code.deeper", (5, 14)),
    ],
)
def test_locate_of_a_missing_place_is_the_deepest_part_there(
    path: str, place: tuple[int, int]
) -> None:
    assert locate(DOCUMENT, path) == place


def test_locate_skips_white_space_around_the_document() -> None:
    assert locate(' \n\t {"a": 1}', "$.a") == (2, 9)


def test_locate_reads_escaped_keys() -> None:
    assert locate('{"\\u0061": 1, "b\\"": 2}', "$.a") == (1, 12)


def test_locate_is_not_misled_by_brackets_in_text() -> None:
    assert locate('{"a": "}],{[\\"", "b": [",", 7]}', "$.b[1]") == (1, 29)


def test_locate_counts_characters_not_bytes() -> None:
    assert locate('{"a": "üñ😀", "b": 7}', "$.b") == (1, 19)


def test_locate_passes_empty_lists_and_objects() -> None:
    assert locate('{"a": [], "b": {}, "c": [ ], "d": 1}', "$.d") == (1, 35)
    assert locate('{"a": [], "b": 1}', "$.a[0]") == (1, 7)
    assert locate('{"a": {}, "b": 1}', "$.a.b") == (1, 7)


def test_locate_passes_a_number_of_any_length() -> None:
    text = '{"a": 1' + "0" * 5000 + ', "b": 7}'
    assert locate(text, "$.b") == (1, 5015)


@pytest.mark.parametrize(
    "text", ["", "{", '{"a"', '{"a": ', '{"a": tru, "b": 1}', '{"b" 1, "a": 2}x']
)
def test_locate_in_text_that_is_no_json_does_not_fail(text: str) -> None:
    place = locate(text, "$.b")
    assert place is None or place >= (1, 1)


def test_locate_in_a_nesting_bomb_gives_up() -> None:
    assert locate('{"a":' + "[" * 100_000 + "]" * 100_000 + ',"b":1}', "$.b") is None


def test_line_and_column_count_from_one() -> None:
    text = "ab\n\ncd"
    assert [line_and_column(text, at) for at in (0, 2, 3, 4, 6)] == [
        (1, 1),
        (1, 3),
        (2, 1),
        (3, 1),
        (3, 3),
    ]
