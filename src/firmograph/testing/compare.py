"""Compares lakes table by table: columns first, then the cells that differ, side by side."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from deltalake import DeltaTable
from pyarrow.dataset import dataset

RUN_COLUMNS = frozenset({"load_timestamp", "run_id", "duration_seconds", "file_version"})
"""Columns that depend on the run and on when uploads were written, and so differ between lakes
with equal content."""
SNAPSHOTS = "tb_published_snapshots"
_SNAPSHOT_COLUMNS = frozenset({"snapshot_id", "ingest_seq", "contract_fingerprint"})
"""The columns that are equal in lakes with the same history; others count commits and files."""
_Row = dict[str, str]


class TableRows(NamedTuple):
    """The content of a table.

    Attributes:
        schema: all its columns.
        rows: sorted, each value as JSON, without the columns that were left out.
    """

    schema: pa.Schema
    rows: list[_Row]


def read_lake(
    lake: Path | str,
    *,
    tables: str = "*/*",
    without: Collection[str] = RUN_COLUMNS,
    versions: Mapping[str, int] | None = None,
) -> dict[str, TableRows]:
    """Reads every table of a lake in a form that can be compared.

    Args:
        lake: its folder.
        tables: pattern of the tables to read, as ``dw/*``.
        without: columns to leave out.
        versions: the version to read, by table; the newest of any other table.
    """
    found = {}
    for log in sorted(Path(lake).glob(f"{tables}/_delta_log")):
        name = log.parent.name
        table = DeltaTable(str(log.parent), version=(versions or {}).get(name))
        found[name] = _rows(_content(table), without, is_plain=name != SNAPSHOTS)
    return found


def _content(table: DeltaTable) -> pa.Table:
    """All rows; Delta's own way to read them looks for pandas at every column of every file."""
    schema = pa.schema(table.schema())
    return dataset(table.file_uris(), schema, format="parquet").to_table()


def lake_differences(
    expected: Path | str,
    found: Path | str,
    *,
    tables: str = "*/*",
    without: Collection[str] = RUN_COLUMNS,
) -> list[str]:
    """The differences between the newest versions of two lakes' tables, one line each.

    Args:
        expected: the folder of the one lake.
        found: the folder of the other.
        tables: pattern of the tables to compare, as ``dw/*``.
        without: columns that may differ.
    """
    left, right = (read_lake(lake, tables=tables, without=without) for lake in (expected, found))
    lines = [f"{name}: only the expected lake has it" for name in left.keys() - right.keys()]
    lines += [f"{name}: the expected lake does not have it" for name in right.keys() - left.keys()]
    lines.sort()
    for name in sorted(left.keys() & right.keys()):
        lines += [f"{name}: {line}" for line in table_differences(left[name], right[name])]
    return lines


def assert_lakes_equal(
    expected: Path | str,
    found: Path | str,
    *,
    tables: str = "*/*",
    without: Collection[str] = RUN_COLUMNS,
) -> None:
    """Asserts that two lakes hold the same rows in the same columns; see `lake_differences`.

    Raises:
        AssertionError: listing the differences, one line each.
    """
    if lines := lake_differences(expected, found, tables=tables, without=without):
        raise AssertionError("\n".join(["the lakes differ:", *lines]))


def table_differences(expected: TableRows, found: TableRows) -> list[str]:
    """The differences between two tables: of columns or, if these are equal, of cells.

    A row that one side lacks is paired with the most similar row of the other side, and only the
    cells that differ are shown: the expected value, then the one found.
    """
    if lines := list(_schema_differences(expected.schema, found.schema)):
        return lines
    missing, surplus = _surplus(expected.rows, found.rows), _surplus(found.rows, expected.rows)
    lines = []
    for row in missing:
        twin = max(surplus, key=lambda other: _alike(row, other), default=None)
        if twin is not None and _alike(row, twin) * 2 >= len(row):
            surplus.remove(twin)
            lines.append(_side_by_side(row, twin))
        else:
            lines.append(f"lacks {_text(row)}")
    return lines + [f"has {_text(row)}" for row in surplus]


def _rows(table: pa.Table, without: Collection[str], *, is_plain: bool) -> TableRows:
    names = [
        name
        for name in table.column_names
        if name not in without and (is_plain or name in _SNAPSHOT_COLUMNS)
    ]
    rows = [
        {n: _json(value) for n, value in row.items()} for row in table.select(names).to_pylist()
    ]
    return TableRows(table.schema, sorted(rows, key=lambda row: list(row.values())))


def _json(value: object) -> str:
    return json.dumps(value, default=str, sort_keys=True, ensure_ascii=False)


def _schema_differences(expected: pa.Schema, found: pa.Schema) -> Iterator[str]:
    left, right = ({f.name: str(f.type) for f in schema} for schema in (expected, found))
    for name in [*left, *(name for name in right if name not in left)]:
        mine, theirs = left.get(name, "no such column"), right.get(name, "no such column")
        if mine != theirs:
            yield f"column {name}: {mine} | {theirs}"
    if left == right and list(left) != list(right):
        yield f"order of columns: {', '.join(left)} | {', '.join(right)}"


def _surplus(rows: list[_Row], others: list[_Row]) -> list[_Row]:
    """The rows that occur more often in `rows` than in `others`, once for each surplus."""
    left = Counter(_text(row) for row in others)
    found = []
    for row in rows:
        left[_text(row)] -= 1
        if left[_text(row)] < 0:
            found.append(row)
    return found


def _alike(row: _Row, other: _Row) -> int:
    """How many cells are equal."""
    return sum(other.get(name) == value for name, value in row.items())


def _side_by_side(row: _Row, other: _Row) -> str:
    same = [f"{n}={v}" for n, v in row.items() if other[n] == v and v != "null"][:3]
    cells = [f"{n}: {v} | {other[n]}" for n, v in row.items() if other[n] != v]
    return f"[{', '.join(same)}] {'; '.join(cells)}"


def _text(row: _Row) -> str:
    return ", ".join(f"{name}={value}" for name, value in row.items())
