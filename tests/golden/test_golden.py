"""Golden cases: a folder of uploads, and the tables they must become, typed by hand.

``cases/<case>/uploads`` is dropped and run once. ``cases/<case>/expected/<table>.jsonl`` holds the
table's rows without `load_timestamp` and `run_id`; a NULL is left out of its line, and a table
without a file must be empty. No two cases share an entity or a file name, so that all of them may
also be dropped together, which is how they run on Spark (`spark/test_one_lake.py`).
"""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from conftest import Json, Project

from firmograph.queries.reader import Reader, open_reader

CASES = sorted(path.name for path in Path(__file__).with_name("cases").iterdir())
DW_KEYS = {
    "dw_company_data": ("duns",),
    "dw_corporate_linkage": ("duns",),
    "dw_industry_code": ("duns", "type_dnb_code", "priority"),
    "dw_stock_exchanges": ("duns", "stock_name"),
    "dw_family_tree": ("global_duns",),
    "dw_family_tree_members": ("global_duns", "duns"),
}
TABLES = (*DW_KEYS, "app_stocks_by_company")
STAMPS = ("load_timestamp", "run_id")


@pytest.mark.essential
@pytest.mark.parametrize("case", CASES)
def test_uploads_become_the_expected_tables(case: str, project: Project) -> None:
    assert_expected(project, [case])


@pytest.mark.essential
def test_uploads_of_all_cases_become_the_expected_tables(project: Project) -> None:
    assert_expected(project, CASES)


def assert_expected(project: Project, cases: list[str]) -> None:
    """Drops the uploads of some cases, runs once, and compares with what is typed for them."""
    folders = [Path(__file__).with_name("cases") / case for case in cases]
    drop_cases(project, cases)
    project.run()
    with open_reader(project.storages.lake, project.contracts) as reader:
        found = {table: _rows(reader, table) for table in TABLES}
    expected = {
        table: [row for folder in folders for row in _read(folder / "expected" / f"{table}.jsonl")]
        for table in TABLES
    }
    if difference := _difference(expected, found):
        pytest.fail(difference, pytrace=False)
    assert {name for name, key in DW_KEYS.items() if not _key_holds(found[name], key)} == set()
    assert project.waiting() == []


def drop_cases(project: Project, cases: list[str] = CASES) -> None:
    """Drops the uploads of some cases."""
    folders = [Path(__file__).with_name("cases") / case for case in cases]
    uploads = [upload for folder in folders for upload in (folder / "uploads").iterdir()]
    assert len({upload.name for upload in uploads}) == len(uploads)
    for upload in uploads:
        project.drop(upload.name, upload.read_bytes())


@pytest.mark.parametrize("case", CASES)
def test_expected_tables_are_known_and_not_all_empty(case: str) -> None:
    names = {p.stem for p in (Path(__file__).with_name("cases") / case / "expected").iterdir()}
    assert names
    assert names <= set(TABLES)


def _rows(reader: Reader, table: str) -> list[Json]:
    rows: list[Json] = reader.sql(f"SELECT * FROM {table}").to_pylist()
    return [
        {k: _plain(v) for k, v in row.items() if k not in STAMPS and v is not None} for row in rows
    ]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(file: Path) -> list[Json]:
    if not file.is_file():
        return []
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def _difference(expected: dict[str, list[Json]], found: dict[str, list[Json]]) -> str:
    """The rows that only one side has, a line each; empty where both hold the same."""
    lines = []
    for table, rows in expected.items():
        wanted, there = _counted(rows), _counted(found[table])
        lines += [f"{table} lacks {row}" for row in sorted((wanted - there).elements())]
        lines += [f"{table} has   {row}" for row in sorted((there - wanted).elements())]
    return "\n".join(lines)


def _counted(rows: list[Json]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True, ensure_ascii=False) for row in rows)


def _key_holds(rows: list[Json], key: tuple[str, ...]) -> bool:
    """Whether no key is NULL, in whole or in part, or stands twice."""
    keys = [tuple(row.get(column) for column in key) for row in rows]
    return len(set(keys)) == len(keys) and not any(None in values for values in keys)
