import gzip
import io
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmograph.sources.foreign import find_foreign
from firmograph.sources.split import RawDocument, Refusal, Unreadable, are_lines, split

LIMIT = 1 << 28
BOM = b"\xef\xbb\xbf"
CUT_OFF = Refusal("cut_off", "the array is not closed: the file may be cut off")
Parts = list[RawDocument | Refusal]


class Drip(io.RawIOBase):
    """A stream that returns a few bytes at a time, however many are requested."""

    def __init__(self, data: bytes, pieces: list[int]) -> None:
        self._data = io.BytesIO(data)
        self._pieces = pieces
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        piece = self._pieces[self._count % len(self._pieces)]
        self._count += 1
        return self._data.read(piece if size < 0 else min(piece, size))


def parts(data: bytes, *, is_lines: bool = False, limit: int = LIMIT) -> Parts:
    """The parts of a file; not where the bad ones begin."""
    return placeless(split(io.BytesIO(data), is_lines=is_lines, limit=limit))


def placeless(found: Iterable[RawDocument | Refusal]) -> Parts:
    return [part._replace(bad_at=None) if isinstance(part, RawDocument) else part for part in found]


def numbered(*raws: bytes) -> Parts:
    return [RawDocument(number, raw) for number, raw in enumerate(raws, 1)]


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize("before", [b"", b" \t\r\n", BOM, BOM + b"\r\n "])
@pytest.mark.parametrize("after", [b"", b"\n", b" \r\n\n\t"])
def test_split_document_has_neither_bom_nor_white_space(
    is_lines: bool, before: bytes, after: bytes
) -> None:
    found = parts(before + b'{"a": 1}' + after, is_lines=is_lines)
    line = 2 if is_lines and b"\n" in before else 1
    assert found == [RawDocument(line, b'{"a": 1}')]


@pytest.mark.parametrize("data", [b"", b" ", b"\n\r\n\t", BOM, BOM + b"\n", b"[]", b"[ \n ]"])
@pytest.mark.parametrize("is_lines", [False, True])
def test_split_empty_file_holds_no_document(data: bytes, is_lines: bool) -> None:
    assert parts(data, is_lines=is_lines) == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{\n  "a": {\n    "b": [1, 2]\n  },\n  "c": "}"\n}',
        b'{"a": {}\n, "b": 1}',
        b'{\r\n"a": 1\r\n}',
    ],
)
def test_split_pretty_json_is_one_document(raw: bytes) -> None:
    assert parts(raw + b"\n \n") == numbered(raw)


def test_split_json_with_a_whole_first_line_is_lines() -> None:
    data = b'{"a":1}\n{"b":\n{"c":3}'
    assert parts(data) == numbered(b'{"a":1}', b'{"b":', b'{"c":3}')
    data = b'{"a":"\\u00e9"} \r\n{"b":2}\r\n'
    assert parts(data) == numbered(b'{"a":"\\u00e9"}', b'{"b":2}')


@pytest.mark.parametrize("first", [b'{"a":1', b'{"a":1}}', b'{"a" 1}', b"7", b"not json", b"]"])
def test_split_bad_first_line_spoils_no_other(first: bytes) -> None:
    assert parts(first + b'\n{"b":2}\n') == numbered(first, b'{"b":2}')


A, B, C = b'{"duns":"1","list":[{"x":"}{"}]}', b'{\n  "duns": "2",\n  "a": {}\n}', b'{"c":[{},{}]}'


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize(
    "data",
    [
        b"[%b]\n[%b,%b]",
        b"[%b]\n[%b]\n[%b]\n",
        b"%b%b%b",
        b"%b %b\t%b",
        b"%b\n" + BOM + b"%b" + BOM + b"%b",
        b"\x1e%b\n\x1e%b\n\x1e%b\n",
        b"%b,\n%b,\n%b,\n",
        b"%b,%b,%b",
        b"%b\r%b\r%b\r",
        b"%b\n[%b]\n%b",
        b"[%b %b\n%b]",
        b"[%b],[%b][],\n[[]],[%b]",
    ],
)
def test_split_values_are_found_in_any_packing(is_lines: bool, data: bytes) -> None:
    found = parts(data % (A, B, C), is_lines=is_lines)
    raws = [part.raw for part in found if isinstance(part, RawDocument) and part.raw != b"[]"]
    assert raws == [A, B, C]
    numbers = [part.record_number for part in found if isinstance(part, RawDocument)]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize(
    ("data", "bad", "place"),
    [
        (A + b"\nnot json\nat all\n" + C, b"not json\nat all", (2, 1, 34)),
        (A + b" xyz " + C, b"xyz", (1, 34, 34)),
        (A + b'\r"a text that never ends\r' + C, b'"a text that never ends', (1, 34, 34)),
        (A + b'\r{"duns":"9"},"b":{"c":2}}\r' + C, b'{"duns":"9"},"b":{"c":2}}', (1, 34, 34)),
        (A + b'\n{"duns":"9","list":[\n' + C, b'{"duns":"9","list":[', (2, 1, 34)),
        (
            A + b'\n{"duns":"9","name":"x' + A.replace(b"1", b"2"),
            b'{"duns":"9","name":"x',
            (2, 1, 34),
        ),
        (A + b'\n{\n "duns":"9",\n "a":{,\n "b":[{}]\n}\n' + B, None, (2, 1, 34)),
        (
            b"[" + A + b",\n" + b'{"duns":"9","name":"x,\n' + A + b"\n]",
            b'{"duns":"9","name":"x',
            (2, 1, 36),
        ),
        (b"[" + A + b", {'a': [1, 2]}, " + C + b"]", b"{'a': [1, 2]}", (1, 36, 36)),
        (A + b'\n{"a":1},"b":{"c":2}}\n' + C, b'{"a":1},"b":{"c":2}}', (2, 1, 34)),
        (A + b'\n"duns":"9"},"b":{"c":2}}\n' + C, b'"duns":"9"},"b":{"c":2}}', (2, 1, 34)),
        (A + b"\n" + b"[" * 5000 + b"]" * 5000 + b"\n" + C, b"[" * 4999 + b"]" * 4999, (2, 2, 35)),
    ],
)
def test_split_bad_stretch_is_one_document_with_its_place(
    data: bytes, bad: bytes | None, place: tuple[int, int, int], is_lines: bool
) -> None:
    found = list(split(io.BytesIO(data), is_lines=is_lines, limit=LIMIT))
    assert all(isinstance(part, RawDocument) for part in found)
    (stretch,) = [part for part in found if isinstance(part, RawDocument) and part.bad_at]
    assert stretch.bad_at == place
    assert bad is None or stretch.raw.rstrip(b",\n") == bad
    assert found.index(stretch) == 1
    assert len(found) == 3


NESTED, LAST = b'{"duns":"9","parent":{"duns":"8","primaryName":"x"}', b'{"duns":"2"}'


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize("end", [b"", b" \n"])
@pytest.mark.parametrize(
    "raws",
    [
        [A, NESTED],
        [A, b'{"duns":"9","all":[{"duns":"7"}, {"duns":"8"}'],
        [A, NESTED, LAST],
        [A, b'{"duns":"9","parent', LAST],
        [A, b'{"duns":"9","parent":"', LAST],
    ],
)
def test_split_value_inside_a_document_that_is_cut_off_is_no_document(
    raws: list[bytes], end: bytes, is_lines: bool
) -> None:
    found = parts(A + b"\n" + b"".join(raws[1:]) + end, is_lines=is_lines)
    assert [part.raw for part in found if isinstance(part, RawDocument)] == raws


def test_split_lines_that_are_all_bad_stay_apart_where_they_end_well() -> None:
    data = b"{'a': 1}\n{'b': 2}\n{'c': 3}\n"
    assert parts(data, is_lines=True) == numbered(b"{'a': 1}", b"{'b': 2}", b"{'c': 3}")


def test_split_many_bad_lines_take_no_more_time_than_their_bytes() -> None:
    """Each line could hold all that follow: tried from every line, it would take hours."""
    (stretch,) = parts(b'{"a":\n' * 200_000, is_lines=True)
    assert isinstance(stretch, RawDocument)
    assert len(stretch.raw) == 6 * 200_000 - 1


@pytest.mark.parametrize(
    ("data", "rule", "words"),
    [
        ('{"duns": "1"}'.encode("utf-16"), "encoding", "this is UTF-16, .*save it as UTF-8"),
        ('[{"duns": "1"}]'.encode("utf-16-le"), "encoding", "this is UTF-16"),
        ('\n{"duns": "1"}'.encode("utf-16-be"), "encoding", "this is UTF-16"),
        ('{"duns": "1"}'.encode("utf-32"), "encoding", "this is UTF-32; save it as UTF-8"),
        ('{"duns": "1"}'.encode("utf-32-be"), "encoding", "this is UTF-32"),
        (gzip.compress(b"{}", mtime=0), "format", "compressed by gzip; its name must end with .gz"),
        (b"PK\x03\x04rest", "format", "a zip archive; its name must end with .zip"),
        (
            BOM + b"\n <!DOCTYPE HTML><html>",
            "format",
            "an HTML page, such as a login or error page",
        ),
        (b"<?xml version='1.0'?><a/>", "format", "this is XML"),
        (b"\0" * 5000, "cut_off", "zero bytes: .*never written"),
    ],
)
@pytest.mark.parametrize("is_lines", [False, True])
def test_split_file_of_another_format_is_refused_by_name(
    data: bytes, rule: str, words: str, is_lines: bool
) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        list(split(io.BytesIO(data), is_lines=is_lines, limit=LIMIT))
    assert caught.value.refusal.rule == rule
    assert not are_lines(data)


def test_split_lines_are_numbered_with_blank_lines() -> None:
    data = b'{"a":1}\n\n  \n\t{"b":2} \r\nnot json\n{"c":3}'
    assert parts(data, is_lines=True) == [
        RawDocument(1, b'{"a":1}'),
        RawDocument(4, b'{"b":2}'),
        RawDocument(5, b"not json"),
        RawDocument(6, b'{"c":3}'),
    ]


@pytest.mark.parametrize("first", [b'[{"a":1}', b'["'])
def test_split_lines_bad_line_spoils_no_other(first: bytes) -> None:
    found = parts(first + b'\n{"b":2}\n{"c":3}\n', is_lines=True)
    raws = [part.raw for part in found if isinstance(part, RawDocument)]
    assert raws[-2:] == [b'{"b":2}', b'{"c":3}']


@pytest.mark.parametrize("is_lines", [False, True])
def test_split_array_elements_are_byte_exact(is_lines: bool) -> None:
    elements = [b'{"a" : 0.1000}', b'{ "b":[ 1,\n2 ]}', b'{"c":"\xff"}', b"null", b'"t"', b"[7]"]
    data = BOM + b"\n[ " + b" ,\n".join(elements) + b"\t]\n"
    assert parts(data, is_lines=is_lines) == numbered(*elements)


@pytest.mark.parametrize(
    "text",
    ["]", "[", "}", "{", "},{", '\\"', "\\\\", '\\\\\\"],[', "\\u005d", "\\n", "é,é", '\\"}]', "'"],
)
def test_split_array_brackets_in_strings_count_for_nothing(text: str) -> None:
    element = f'{{"{text}": "{text}"}}'.encode()
    assert parts(b"[" + element + b"," + element + b"]") == numbered(element, element)


def test_split_array_brackets_close_one_by_one() -> None:
    elements = (b"[[1],[[2]]]", b'{"a":{"b":[3]}}', b"[{}]")
    assert parts(b"[" + b",".join(elements) + b"]") == numbered(*elements)
    assert parts(b"[[[1]]]]") == numbered(b"[[1]]", b"]")


def test_split_array_brackets_of_a_bad_element_count_one_by_one() -> None:
    bad = b'{"a":[[[1 2]],3]}'
    assert parts(b"[" + bad + b',{"b":1}]') == numbered(bad, b'{"b":1}')


@pytest.mark.parametrize(
    "bad", [b'{"duns": }', b"{'a': 1}", b'{"a" 1}', b"nonsense", b'{"a": NaN}', b'{"\x00"}', b"{,}"]
)
def test_split_array_bad_element_spoils_no_other(bad: bytes) -> None:
    data = b'[{"a":1},' + bad + b',{"b":2}]'
    assert parts(data) == numbered(b'{"a":1}', bad, b'{"b":2}')


@pytest.mark.parametrize(
    ("data", "raws"),
    [
        (b'[{"a":1},{"b":2}', [b'{"a":1}', b'{"b":2}']),
        (b'[{"a":1},{"b":', [b'{"a":1}', b'{"b":']),
        (b'[{"a":1},{"b":"te', [b'{"a":1}', b'{"b":"te']),
        (b'[{"a":1},{"b":"te\\', [b'{"a":1}', b'{"b":"te\\']),
        (b'[{"a":1},', [b'{"a":1}']),
        (b"[", []),
    ],
)
def test_split_array_cut_off_is_a_refusal_after_its_documents(
    data: bytes, raws: list[bytes]
) -> None:
    assert parts(data) == [*numbered(*raws), CUT_OFF]


@pytest.mark.parametrize("bad", [b'{"duns": }', b"{]", b'"', b""])
def test_split_large_array_of_nested_likes_gives_each_element_as_it_is(bad: bytes) -> None:
    inner = b", ".join(b'{"duns": "%d", "x": "},{"}' % n for n in range(40))
    elements = [b'{"duns": "%d", "list": [%s]}' % (n, inner) for n in range(3_000)]
    good = parts(b"[" + b" ,\n".join(elements) + b"]")
    assert good == numbered(*elements)
    kept = len(elements) // 2
    found = parts(b"[" + b" ,\n".join([*elements[:kept], bad, *elements[kept:]]) + b"]")
    assert found[:kept] == numbered(*elements[:kept])
    if bad == b"":
        assert found == good
    if bad == b'{"duns": }':
        assert found == numbered(*elements[:kept], bad, *elements[kept:])


@pytest.mark.parametrize("more", [b"]", b"{}", b"junk\n]"])
def test_split_array_what_follows_is_one_more_document(more: bytes) -> None:
    assert parts(b'[{"a":1},{"b":2}]\n' + more + b"\n") == numbered(b'{"a":1}', b'{"b":2}', more)


@pytest.mark.parametrize("is_lines", [False, True])
@pytest.mark.parametrize("data", [b'{"a":"%b"}', b'{"a":1}\n{"a":"%b"}\n{}', b'[{},{"a":"%b"},{}]'])
@pytest.mark.parametrize("size", [3_000, 3_000_000])
def test_split_document_over_the_limit_is_unreadable(
    is_lines: bool, data: bytes, size: int
) -> None:
    stream = io.BytesIO(data % (b"x" * size))
    with pytest.raises(Unreadable) as caught:
        list(split(stream, is_lines=is_lines, limit=1024))
    assert caught.value.refusal.rule == "too_large"
    assert "larger than 1024 bytes" in caught.value.refusal.reason


@pytest.mark.parametrize("is_lines", [False, True])
def test_split_documents_within_the_limit_may_add_up_to_more(is_lines: bool) -> None:
    element = b'{"a":"%b"}' % (b"x" * 1000)
    lines = parts(b"\n".join([element] * 5), is_lines=is_lines, limit=1024)
    assert lines == numbered(*[element] * 5)
    array = b"[" + b",".join([element] * 5) + b"]"
    assert parts(array, is_lines=is_lines, limit=1024) == lines


def test_split_bom_is_skipped_whatever_the_pieces() -> None:
    stream = Drip(BOM + b'{"a":1}', [1])
    assert list(split(stream, is_lines=False, limit=LIMIT)) == numbered(b'{"a":1}')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('[]{},:"\\\n é漢', max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('a]"', max_size=2), inner),
    max_leaves=6,
)
white_space = st.text(" \t\r\n", max_size=3).map(str.encode)
objects = st.dictionaries(st.text("ab{", max_size=3), json_values, max_size=3)
pieces = st.lists(st.integers(1, 7), min_size=1, max_size=5)


def encoded(value: object, indent: int | None = None, *, escaped: bool = False) -> bytes:
    return json.dumps(value, indent=indent, ensure_ascii=escaped).encode()


@pytest.mark.parametrize("number", [b"-7", b"1.5", b"2e9", b"-1.25E-3"])
def test_split_number_is_read_on_in_the_next_piece(number: bytes) -> None:
    raw = b'{"text": "%b", "numbers": [%b, %b]}' % (b"x" * 100, number, number)
    found = list(split(Drip(b"[" + raw + b"]", [1]), is_lines=False, limit=LIMIT))
    assert found == numbered(raw)


@given(
    st.lists(json_values.filter(lambda v: v not in ([], {})), max_size=5),
    white_space,
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    pieces,
)
def test_split_array_elements_come_back_byte_exact(
    values: list[object], space: bytes, indent: int | None, escaped: bool, sizes: list[int]
) -> None:
    raws = [encoded(value, indent, escaped=escaped) for value in values]
    data = space + b"[" + (space + b"," + space).join(raws) + space + b"]" + space
    assert parts(data) == numbered(*raws)
    assert list(split(Drip(data, sizes), is_lines=False, limit=LIMIT)) == numbered(*raws)


separators = st.sampled_from([b"\n", b"", b" ", b",", b",\n", BOM, b"\n" + BOM, b"\x1e", b"\r"])
bad_stretches = st.sampled_from(
    [b"x", b"{'a'}", b'{"a"', b'"', b"]", b"}", b'{"a":[{},', b'{"a":{}},"b":1}', b"[", b'\n"a":1}']
)


@given(
    st.one_of(
        st.lists(st.tuples(st.one_of(objects.map(encoded), bad_stretches), separators)).map(
            lambda found: b"".join(value + separator for value, separator in found)
        ),
        objects.map(lambda value: encoded(value, 1)),
        st.text('[]{},:"\\\n \r1aé', max_size=30).map(str.encode),
        st.binary(max_size=30),
    ).filter(lambda data: find_foreign(data) is None),
    st.booleans(),
    pieces,
)
def test_split_does_not_depend_on_the_pieces(data: bytes, is_lines: bool, sizes: list[int]) -> None:
    dripped = list(split(Drip(data, sizes), is_lines=is_lines, limit=LIMIT))
    assert dripped == list(split(io.BytesIO(data), is_lines=is_lines, limit=LIMIT))


long_pieces = st.lists(st.integers(5, 60), min_size=1, max_size=5)


@given(
    st.lists(st.tuples(objects.map(encoded), separators), max_size=6), st.booleans(), long_pieces
)
def test_split_sound_objects_come_back_whatever_is_between_them(
    found: list[tuple[bytes, bytes]], is_lines: bool, sizes: list[int]
) -> None:
    data = b"".join(value + separator for value, separator in found)
    got = split(Drip(data, sizes), is_lines=is_lines, limit=LIMIT)
    assert [part.raw for part in got if isinstance(part, RawDocument)] == [v for v, _ in found]
