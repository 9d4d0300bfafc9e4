import pytest

from firmograph.contract.path import Path, Pick, Scope, Step, parse_paths


def parse(text: str) -> Path:
    (path,) = parse_paths(text)
    return path


def test_path_is_one_key() -> None:
    assert parse("duns") == Path((Step("duns"),))


def test_path_follows_dotted_keys() -> None:
    assert parse("a.b-c.d_1") == Path((Step("a"), Step("b-c"), Step("d_1")))


def test_path_takes_letters_of_any_script() -> None:
    assert parse("größe.名前") == Path((Step("größe"), Step("名前")))


def test_quoted_key_holds_brackets() -> None:
    assert parse("inquiryDetail.'page[number]'") == Path(
        (Step("inquiryDetail"), Step("page[number]"))
    )


def test_quoted_key_holds_dots_and_spaces() -> None:
    assert parse("'a.b c'.d") == Path((Step("a.b c"), Step("d")))


def test_pick_names_field_and_code() -> None:
    assert parse("employees[scope=9067].value") == Path(
        (Step("employees", Pick("scope", "9067")), Step("value"))
    )


def test_pick_code_is_kept_as_written() -> None:
    assert parse("a[b=0 9-x.y]") == Path((Step("a", Pick("b", "0 9-x.y")),))


def test_empty_pick_takes_the_only_element() -> None:
    assert parse("employees[].value") == Path((Step("employees", Pick()), Step("value")))


@pytest.mark.parametrize(
    ("text", "pick"),
    [
        ("a[b=1, newest on].c", Pick("b", "1", "on")),
        ("a[b=1,newest on].c", Pick("b", "1", "on")),
        ("a[newest on].c", Pick(newest="on")),
        ("a[b=the newest on].c", Pick("b", "the newest on")),
    ],
)
def test_pick_prefers_the_newest_date(text: str, pick: Pick) -> None:
    assert parse(text) == Path((Step("a", pick), Step("c")))
    assert parse(str(parse(text))) == parse(text)


def test_quoted_key_takes_a_pick() -> None:
    assert parse("'a.b'[c=1].d") == Path((Step("a.b", Pick("c", "1")), Step("d")))


def test_path_picks_twice() -> None:
    assert parse("a[b=1].c[d=USD].e") == Path(
        (Step("a", Pick("b", "1")), Step("c", Pick("d", "USD")), Step("e"))
    )


def test_dollar_begins_at_the_record() -> None:
    assert parse("$.duns") == Path((Step("duns"),), Scope.RECORD)


def test_caret_begins_beside_the_record() -> None:
    assert parse("^.inquiryDetail.duns") == Path(
        (Step("inquiryDetail"), Step("duns")), Scope.BESIDE
    )


def test_bar_separates_places_in_their_order() -> None:
    assert parse_paths("parent.duns|headQuarter.duns  |  $.duns") == (
        Path((Step("parent"), Step("duns"))),
        Path((Step("headQuarter"), Step("duns"))),
        Path((Step("duns"),), Scope.RECORD),
    )


@pytest.mark.parametrize(
    "text",
    [
        "duns",
        "$.duns",
        "^.a.b",
        "a[b=1].c[].d",
        "inquiryDetail.'page[number]'",
        "'a.b'[c=1]",
    ],
)
def test_path_prints_as_it_was_written(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "path '' is not understood at ''"),
        ("a..b", "path 'a..b' is not understood at '.b'"),
        (".a", "path '.a' is not understood at '.a'"),
        ("a.", "path 'a.' is not understood at ''"),
        ("$", "path '$' is not understood at '$'"),
        ("$.", "path '$.' is not understood at ''"),
        ("$a", "path '$a' is not understood at '$a'"),
        ("a.$.b", "path 'a.$.b' is not understood at '$.b'"),
        ("a b", "path 'a b' is not understood at ' b'; a dot belongs there"),
        ("a. b", "path 'a. b' is not understood at ' b'"),
        ("a[0].b", "path 'a[0].b' is not understood at '[0].b'; a dot belongs there"),
        ("a[b=].c", "path 'a[b=].c' is not understood at '[b=].c'; a dot belongs there"),
        ("a[=1]", "path 'a[=1]' is not understood at '[=1]'; a dot belongs there"),
        ("a[b=1", "path 'a[b=1' is not understood at '[b=1'; a dot belongs there"),
        ("a[b.c=1]", "path 'a[b.c=1]' is not understood at '[b.c=1]'; a dot belongs there"),
        ("a[]b", "path 'a[]b' is not understood at 'b'; a dot belongs there"),
        ("a[][]", "path 'a[][]' is not understood at '[]'; a dot belongs there"),
        ("[].a", "path '[].a' is not understood at '[].a'"),
        ("'a", 'path "\'a" is not understood at "\'a"'),
        ("''.a", "path \"''.a\" is not understood at \"''.a\""),
        ("a.*", "path 'a.*' is not understood at '*'"),
        ("a[?(@.b)]", "path 'a[?(@.b)]' is not understood at '[?(@.b)]'; a dot belongs there"),
    ],
)
def test_malformed_path_is_refused_at_its_place(text: str, place: str) -> None:
    with pytest.raises(ValueError, match="is not understood at") as caught:
        parse_paths(text)
    assert str(caught.value).startswith(place)


def test_malformed_path_says_what_is_allowed() -> None:
    with pytest.raises(ValueError, match="not understood") as caught:
        parse_paths("a.*")
    assert str(caught.value) == (
        "path 'a.*' is not understood at '*'; allowed are dotted keys, "
        "[field=value], [], quoted keys, $., ^. and |"
    )


@pytest.mark.parametrize("text", ["a |", "| a", "a || b"])
def test_empty_place_beside_a_bar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="path '' is not understood at ''"):
        parse_paths(text)


@pytest.mark.parametrize("text", ["a[b= 1].c", "a[b='1'].c", 'a[b="1"].c'])
def test_pick_code_that_could_never_match_is_refused(text: str) -> None:
    """A quoted or padded code is meant as 1 but compared as `'1'`: the column would stay empty."""
    with pytest.raises(ValueError, match="is not understood at"):
        parse_paths(text)
