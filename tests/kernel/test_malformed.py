import pytest
from kernels import company_row, places, read

from firmograph.kernel.result import Violation


@pytest.mark.parametrize(
    ("raw", "value", "place"),
    [
        (b'{"duns":\n "100000001",}', "}", (2, 14)),
        (b'{"duns": 1.}', ".}", (1, 11)),
        (b'{"duns": "1', '"1', (1, 10)),
        (b'{"a": "\t"}', '\t"}', (1, 8)),
        (b'{"a": 1} {"a": 2}', '{"a": 2}', (1, 10)),
        (b"", None, (1, 1)),
        (b"\xef\xbb\xbf{}", "\ufeff{}", (1, 1)),
    ],
)
def test_malformed_document_is_refused_where_it_breaks(
    raw: bytes, value: str | None, place: tuple[int, int]
) -> None:
    (violation,) = read(raw).violations
    assert violation.reason.startswith("the document is not JSON: ")
    assert (violation.rule, violation.json_path) == ("malformed", "$")
    assert (violation.value, violation.line, violation.column) == (value, *place)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_word_for_no_number_is_refused_where_it_stands(word: str) -> None:
    (violation,) = read(f'{{"duns":"100000001",\n"primaryName":"A","x":{word}}}').violations
    assert (violation.rule, violation.value) == ("malformed", word)
    assert violation.reason == f"the document is not JSON: {word} is not a number"
    assert (violation.line, violation.column) == (2, 23)


@pytest.mark.parametrize(("begin", "end"), [("[", "]"), ('{"a":', "}")])
def test_nesting_bomb_is_refused(begin: str, end: str) -> None:
    bomb = begin * 100_000 + "1" + end * 100_000
    for raw in (bomb, f'{{"duns":"100000001","primaryName":"A","x":{bomb}}}'):
        (violation,) = read(raw).violations
        assert violation.reason.startswith("the document is nested too deeply to be read: 100,00")
        assert violation.column == raw.index("1" + end) - begin.startswith("{") * 4


def test_bytes_that_are_no_utf8_are_refused_where_they_stand() -> None:
    (violation,) = read(b'{"duns": "100000001",\n "primaryName": "Caf\xe9 AG"}').violations
    assert violation == Violation(
        "encoding",
        "$",
        "e9 20 41 47 22 7d",
        "the document is not UTF-8 at byte 42; it may be Latin-1, where this byte is 'é': "
        "save it as UTF-8",
        2,
        21,
    )


def test_bytes_that_are_no_utf8_are_refused_in_what_is_not_declared_too() -> None:
    (violation,) = read(b'{"duns":"100000001","primaryName":"A","x":"\xff"}').violations
    assert violation.rule == "encoding"


def test_lone_surrogate_in_a_declared_value_is_refused() -> None:
    (violation,) = read('{"duns":"100000001","primaryName":"A\\ud800"}').violations
    assert (violation.rule, violation.json_path) == ("type", "$.primaryName")
    assert violation.value == "A\\ud800"
    assert violation.reason.startswith(
        "primaryName is not text of whole characters: a lone surrogate such as \\ud83d is half "
    )


def test_lone_surrogate_elsewhere_is_nobodys_business() -> None:
    row = company_row(read('{"duns":"100000001","primaryName":"A","x":"\\ud800"}'))
    assert row["primary_name"] == "A"


def test_surrogates_in_a_pair_are_a_letter() -> None:
    row = company_row(read('{"duns":"100000001","primaryName":"\\ud83d\\ude00"}'))
    assert row["primary_name"] == "😀"


def test_last_of_two_equal_keys_wins() -> None:
    raw = (
        '{"duns":"100000009","primaryName":5,"primaryAddress":{"postalCode":"1"},'
        '"duns":"100000001","primaryName":"A","primaryAddress":{}}'
    )
    result = read(raw)
    assert result.entity_id == "100000001"
    assert company_row(result)["postal_code"] is None


def test_both_paths_refuse_nothing_in_an_empty_object_but_what_is_mandatory() -> None:
    assert places(read({})) == [("mandatory", "$.duns"), ("mandatory", "$.primaryName")]
    assert places(read({}, "family_tree")) == [("mandatory", "$.globalUltimateDuns")]


@pytest.mark.parametrize("raw", ["5", "null", '"text"', "[]", "[{}]", "true"])
def test_document_is_an_object(raw: str) -> None:
    (violation,) = read(raw).violations
    assert (violation.rule, violation.json_path) == ("shape", "$")
    more = ", but a list within a list: documents stand in one list, or one a line"
    assert violation.reason == "the document is not a JSON object" + more * raw.startswith("[")
