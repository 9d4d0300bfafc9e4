"""Values as pages show them."""

import pytest

from firmograph.web import rendering


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("string", "text"),
        ("int64", "integer"),
        ("timestamp[us, tz=UTC]", "time"),
        ("list<item: string>", "list of text"),
        ("partial_date", "partial_date"),
    ],
)
def test_types_have_the_same_words_in_all_tables(value: str, shown: str) -> None:
    assert rendering.kind(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("duns", "<code>duns</code>"),
        ("primaryAddress.name", "<code>primaryAddress.<wbr>name</code>"),
        (
            "individual: staff[code=9066].value | other: staff[].value",
            "<code>individual: staff[code=9066].<wbr>value | other: staff[].<wbr>value</code>",
        ),
        ("when the row was published", "when the row was published"),
        ("the `scope` of <it>", "the <code>scope</code> of &lt;it&gt;"),
    ],
)
def test_paths_are_code_and_meanings_are_prose(value: str, shown: str) -> None:
    assert rendering.meaning(value) == shown


def test_long_names_are_cut_off() -> None:
    assert rendering.brief("x" * 200) == "x" * 200
    assert rendering.brief("x" * 3_000) == "x" * 200 + "…"
    assert rendering.breakable("a_<b>_c") == "a_<wbr>&lt;b&gt;_<wbr>c"


def test_one_byte_is_not_plural() -> None:
    assert [rendering.bytesize(size) for size in (0, 1, 2, 1_000_000)] == [
        "0\u00a0bytes",
        "1\u00a0byte",
        "2\u00a0bytes",
        "1\u00a0MB",
    ]


def test_columns_of_numbers_are_known() -> None:
    rows = [{"a": 1, "b": True, "c": None, "d": "1"}, {"a": None, "b": False, "c": None, "d": "2"}]
    assert rendering.numeric(rows) == ["a"]
    assert rendering.numeric([]) == []
