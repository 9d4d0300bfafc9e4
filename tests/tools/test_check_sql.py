"""SQL that an engine cannot parse is found, with its place."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SHARED = '''"""A module."""


def count(engine, table):
    """SELECT is only a word in a docstring that begins with it."""
    return engine.query(f"""
        SELECT count(*) AS n
        FROM {table}
        WHERE "name" = 'a'
    """)
'''


def check(folder: Path, room: str, text: str) -> subprocess.CompletedProcess[str]:
    path = folder / "firmograph" / room / "module.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    command = [sys.executable, str(ROOT / "tools" / "check_sql.py"), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def test_sql_that_both_engines_know_is_well(tmp_path: Path) -> None:
    outcome = check(tmp_path, "publish", SHARED)
    assert outcome.stdout == "1 SQL texts, 0 faults\n"
    assert outcome.returncode == 0


@pytest.mark.parametrize("room", ["publish", "engine/duckdb", "engine/spark"])
def test_sql_that_nobody_knows_is_found_with_its_line(room: str, tmp_path: Path) -> None:
    outcome = check(tmp_path, room, SHARED.replace("FROM {table}", "FORM {table} BY"))
    assert outcome.returncode == 1
    assert "module.py:6: " in outcome.stdout


def test_sql_of_one_engine_is_a_fault_where_both_run_it(tmp_path: Path) -> None:
    text = "SQL = \"SELECT {'a': 1} AS found\"\n"
    shared = check(tmp_path / "one", "publish", text)
    assert shared.returncode == 1
    assert "SparkWithQuotedNames cannot parse it" in shared.stdout
    assert "DuckDB" not in shared.stdout
    alone = check(tmp_path / "other", "engine/duckdb", text)
    assert alone.returncode == 0
