"""Data tests: each is a SELECT in an SQL file, over ODS, DW and marts, that must return no row.

The first line may say what a row means: ``-- severity: warn`` or ``-- severity: fail``, which is
the default.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from firmograph.control.snapshots import DataTestResult
from firmograph.engine.base import Engine
from firmograph.engine.duckdb.sandbox import tables_in
from firmograph.errors import FirmographError, QueryError
from firmograph.kernel.result import VALUE_LIMIT
from firmograph.publish.marts import hash_of, source_tables, sql_files

FOLDER = "tests"
"""The folder of the tests, beside the marts."""
_SEVERITIES = ("warn", "fail")
_EXAMPLES = 3
_SEVERITY = re.compile(r"--\s*severity\s*:\s*(\S*)", re.IGNORECASE)


@dataclass(frozen=True)
class DataTest:
    """A data test.

    Attributes:
        name: of its file.
        sql: the query that must return no row.
        severity: ``warn`` or ``fail``; any other word is a fault of the test.
        reads: the tables it names.
    """

    name: str
    sql: str
    severity: str
    reads: frozenset[str]

    @property
    def sql_hash(self) -> str:
        """A sha-256 of the SQL."""
        return hash_of(self.sql)


def find_tests(marts: Path) -> list[DataTest]:
    """The data tests beside the user's marts, by name."""
    return [_read(path) for path in sql_files(marts / FOLDER)]


def _read(path: Path) -> DataTest:
    sql = path.read_text("utf-8", "replace")
    found = _SEVERITY.match(sql.lstrip("\ufeff").partition("\n")[0].strip())
    severity = found[1].lower() if found else "fail"
    return DataTest(path.stem, sql, severity, tables_in(sql))


def run_tests(
    engine: Engine,
    tests: Collection[DataTest],
    built: Collection[str],
    failures: Mapping[str, str],
) -> dict[str, DataTestResult]:
    """Runs data tests.

    Args:
        engine: of the lake.
        tests: the tests.
        built: the marts that were built, which tests may read.
        failures: the marts that were not built.

    Returns:
        The result of each test, by name.
    """
    return {test.name: _run(engine, test, built, failures) for test in tests}


def _run(
    engine: Engine, test: DataTest, built: Collection[str], failures: Mapping[str, str]
) -> DataTestResult:
    severity = test.severity if test.severity in _SEVERITIES else "fail"
    try:
        if test.severity not in _SEVERITIES:
            raise QueryError(f"its severity is {test.severity!r}; allowed are warn and fail")
        unbuilt = sorted(test.reads & failures.keys())
        if unbuilt:
            raise QueryError(f"it reads {', '.join(unbuilt)}, which was not built")
        rows = engine.select("test_rows", test.sql, [*source_tables(engine), *built])
        count = engine.query(f"SELECT count(*) AS n FROM {rows}")["n"][0].as_py()
        found = engine.query(f"SELECT * FROM {rows} LIMIT {_EXAMPLES}").to_pylist()
    except FirmographError as error:
        return DataTestResult(test.sql_hash, severity, 0, error.message, [])
    if not count:
        return DataTestResult(test.sql_hash, severity, 0, None, [])
    texts = [json.dumps(row, default=str, ensure_ascii=False)[:VALUE_LIMIT] for row in found]
    message = f"{count} {'row' if count == 1 else 'rows'}, such as {texts[0]}"
    return DataTestResult(test.sql_hash, severity, count, message, texts)
