import json
from typing import Any

import pytest
from kernels import assert_unfit, parse_literal

from firmograph.contract.model import ColumnType
from firmograph.kernel.values import (
    convert,
    is_missing,
)


def taken(kind: str, literal: str) -> Any:
    """What a column of this type reads from a JSON literal, without any finding."""
    value, warning = convert(ColumnType(kind), parse_literal(literal))
    assert warning is None
    return value


@pytest.mark.parametrize(
    "literal", ["null", "{}", "[]", '""', '" "', '"\\t\\n"', '"\\u00a0\\u3000"']
)
def test_missing_is_null_empty_or_white_space(literal: str) -> None:
    assert is_missing(parse_literal(literal))


@pytest.mark.parametrize(
    "literal", ["0", "0.0", "false", '" a "', '"None"', '"null"', "[null]", "[[]]", '{"a":null}']
)
def test_missing_is_nothing_else(literal: str) -> None:
    assert not is_missing(parse_literal(literal))


@pytest.mark.parametrize("literal", ['"100000001"', '"001234567"', '"000000000"'])
def test_duns_is_nine_digits_with_their_zeros(literal: str) -> None:
    assert taken("duns", literal) == literal.strip('"')


@pytest.mark.parametrize(
    "literal",
    [
        '"81466849"',
        '"0814668490"',
        '"15-048-3782"',
        '" 81466849"',
        '"10000000a"',
        '"\\uff1100000000"',
        '"²00000001"',
        "81466849",
        "1000000010",
        "1.0000000",
        "true",
        "[1]",
    ],
)
def test_duns_is_nothing_else(literal: str) -> None:
    assert_unfit("duns", literal)


def test_zero_is_whole_whatever_its_exponent() -> None:
    assert taken("integer", "0e99999999999") == 0


def test_duns_of_nine_digits_without_quotes_is_counted() -> None:
    assert convert(ColumnType.DUNS, parse_literal("123456789")) == ("123456789", "number_as_text")


@pytest.mark.parametrize("literal", ['"Alpine"', '" "', '"None"', '"\\u0000"', '"\\ud83d\\ude00"'])
def test_text_is_kept(literal: str) -> None:
    assert taken("text", literal) == json.loads(literal)


@pytest.mark.parametrize(
    "literal", ["0", "0.1000", "4.5E11", "-0", "1e400", "18446744073709551616"]
)
def test_number_where_text_is_declared_is_kept_as_written(literal: str) -> None:
    value, warning = convert(ColumnType.TEXT, parse_literal(literal))
    assert (value, type(value), warning) == (literal, str, "number_as_text")


@pytest.mark.parametrize(
    "literal", ["true", "false", '["a"]', '{"a":1}', '"\\ud800"', '"a\\udfffb"']
)
def test_text_is_no_other_json(literal: str) -> None:
    assert_unfit("text", literal)


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0", 0),
        ("-0", 0),
        ("-7", -7),
        ("12.0", 12),
        ("4.5E11", 450_000_000_000),
        ("120e-1", 12),
        ("9007199254740993", 9_007_199_254_740_993),
        ("9223372036854775807", 9_223_372_036_854_775_807),
        ("-9223372036854775808", -9_223_372_036_854_775_808),
    ],
)
def test_integer_is_a_whole_number_of_64_bits(literal: str, value: int) -> None:
    found = taken("integer", literal)
    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize(
    "literal",
    [
        "12.5",
        "1e400",
        "1e-1",
        "9223372036854775808",
        "-9223372036854775809",
        "1" + "0" * 5000,
        "true",
        '"twelve"',
        '"12 "',
        '"1,000"',
        '"0x1f"',
        '"1_000"',
        '"012"',
        '"+12"',
        '"NaN"',
        '"Infinity"',
        '"\\uff11\\uff12"',
        "[12]",
        '{"value":12}',
    ],
)
def test_integer_is_nothing_else(literal: str) -> None:
    assert_unfit("integer", literal)


@pytest.mark.parametrize("literal", ["12345678901234567.5", "1.00000000000000000001", "1e-400"])
def test_integer_is_judged_as_written_not_as_rounded(literal: str) -> None:
    assert_unfit("integer", literal)


def test_integer_written_with_a_fraction_of_zero_keeps_every_digit() -> None:
    assert taken("integer", "9007199254740993.0") == 9_007_199_254_740_993


@pytest.mark.parametrize(
    ("kind", "literal", "value"),
    [("integer", '"12"', 12), ("integer", '"1.2e1"', 12), ("double", '"0.1000"', 0.1)],
)
def test_number_in_quotes_is_counted(kind: str, literal: str, value: float) -> None:
    assert convert(ColumnType(kind), parse_literal(literal)) == (value, "text_as_number")


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("0", 0.0),
        ("5", 5.0),
        ("0.1000", 0.1),
        ("1.4496246E7", 14_496_246.0),
        ("1e-400", 0.0),
        ("1.7976931348623157e308", 1.7976931348623157e308),
        ("123456789012345678901234567890", 1.2345678901234568e29),
    ],
)
def test_double_is_a_finite_number(literal: str, value: float) -> None:
    found = taken("double", literal)
    assert (found, type(found)) == (value, float)


@pytest.mark.parametrize(
    "literal", ["1e400", "-1e309", "true", '"12,5"', '"inf"', '"nan"', "[1.5]"]
)
def test_double_is_nothing_else(literal: str) -> None:
    assert_unfit("double", literal)


def test_boolean_is_true_or_false() -> None:
    assert taken("boolean", "true") is True
    assert taken("boolean", "false") is False


def test_boolean_in_quotes_is_counted() -> None:
    assert convert(ColumnType.BOOLEAN, parse_literal('"true"')) == (True, "text_as_boolean")
    assert convert(ColumnType.BOOLEAN, parse_literal('"false"')) == (False, "text_as_boolean")


@pytest.mark.parametrize("literal", ["0", "1", '"True"', '"yes"', '"1"', '"None"', "[true]"])
def test_boolean_is_nothing_else(literal: str) -> None:
    assert_unfit("boolean", literal)


@pytest.mark.parametrize("literal", ["0", "false", '"x"', "[1]", '{"a":1}'])
def test_present_takes_anything(literal: str) -> None:
    assert taken("present", literal) is True
