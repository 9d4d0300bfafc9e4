from datetime import UTC, datetime

import pytest
from kernels import assert_unfit, parse_literal

from firmograph.contract.model import ColumnType
from firmograph.kernel.values import block_level, convert, to_timestamp


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T10:00:00.000Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2026-03-01T23:30:00-0130", datetime(2026, 3, 2, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01 10:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00:00.5Z", datetime(2026, 3, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-03-01T10:00:00.123456789Z", datetime(2026, 3, 1, 10, 0, 0, 123_456, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_timestamp_is_read_as_utc(text: str, time: datetime) -> None:
    found = to_timestamp(text)
    assert (found, found.utcoffset()) == (time, time.utcoffset())


@pytest.mark.parametrize(
    "literal",
    [
        '"yesterday"',
        '"20260301"',
        '"20260301T100000Z"',
        '"2026-13-01T10:00:00Z"',
        '"2026-02-30"',
        '"2026-03-01T25:00:00Z"',
        '"2026-03-01T10:00:61Z"',
        '"2026-03-01T10:00:00+25:00"',
        '"2026-03-01T10:00:00Z "',
        '"2026-W09-7"',
        '"0000-01-01"',
        '"10000-01-01"',
        '"9999-12-31T23:59:59-01:00"',
        '"0001-01-01T00:00:00+01:00"',
        "1772359200",
        "true",
        "[2026]",
    ],
)
def test_timestamp_is_nothing_else(literal: str) -> None:
    assert_unfit("timestamp", literal)


@pytest.mark.parametrize("text", ["1975", "1986-02", "1993-09-22", "2024-02-29", "0001", "9999-12"])
def test_partial_date_is_kept_as_given(text: str) -> None:
    assert convert(ColumnType.PARTIAL_DATE, text) == (text, None)


def test_partial_date_of_a_year_without_quotes_is_counted() -> None:
    assert convert(ColumnType.PARTIAL_DATE, parse_literal("1975")) == ("1975", "number_as_text")


@pytest.mark.parametrize(
    "text",
    [
        "1993-13",
        "1993-00",
        "1993-02-30",
        "2023-02-29",
        "0000",
        "75",
        "1975-",
        "1975-1",
        "1975-01-1",
        "--12-31",
        "22.09.1993",
        "19930922",
        "1993-09-22T00:00:00Z",
        "1975 ",
        "\\uff11975",
        "Jan 1975",
    ],
)
def test_partial_date_is_a_date_that_exists(text: str) -> None:
    assert_unfit("partial_date", f'"{text}"')


@pytest.mark.parametrize(
    ("block", "level"),
    [
        ("companyinfo_L2_v1", ("companyinfo", 2)),
        ("CompanyInfo_L3_v10.2", ("companyinfo", 3)),
        ("hierarchyconnections_L1", ("hierarchyconnections", 1)),
        ("companyinfo_L10_v1", ("companyinfo", 10)),
    ],
)
def test_block_has_a_name_and_a_level(block: str, level: tuple[str, int]) -> None:
    assert block_level(block) == level


@pytest.mark.parametrize("block", ["", "info", "info_v1", "_L2_v1", "info_LX_v1"])
def test_block_of_another_form_has_no_level(block: str) -> None:
    assert block_level(block) is None
