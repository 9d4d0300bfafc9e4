"""A library that is imported outside of its home is found, in every room of the house."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = [
    path.relative_to(ROOT / "src" / "firmograph").as_posix()
    for path in sorted((ROOT / "src" / "firmograph").rglob("*/"))
    if (path / "__init__.py").is_file()
]
FOREIGN = {
    "cli": "duckdb",
    "lake": "duckdb",
    "engine/duckdb": "deltalake",
    "engine/spark": "click",
}
"""By room that is the home of a library, one whose home it is not; elsewhere PySpark."""


def check(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "check_imports.py"), *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def plant(folder: Path, room: str, statement: str) -> Path:
    path = folder / "firmograph" / room / "planted.py"
    path.parent.mkdir(parents=True)
    path.write_text(statement)
    return path


@pytest.mark.parametrize("room", ROOMS)
def test_foreign_library_is_found_in_every_room(room: str, tmp_path: Path) -> None:
    library = FOREIGN.get(room, "pyspark")
    path = plant(tmp_path, room, f"def work():\n    from {library}.parts import anything\n")
    outcome = check(path)
    assert outcome.returncode == 1
    assert outcome.stdout.startswith(f"{path}:2: {library} may be imported only in ")


@pytest.mark.parametrize("room", ["kernel", "contract", "sources"])
def test_arrow_stays_out_of_rooms_that_hold_no_tables(room: str, tmp_path: Path) -> None:
    outcome = check(plant(tmp_path, room, "import pyarrow as pa\n"))
    assert outcome.returncode == 1
    assert ":1: pyarrow may be imported only in cloud, control, " in outcome.stdout


def test_unknown_library_may_be_imported_nowhere(tmp_path: Path) -> None:
    path = plant(tmp_path, "cli", "import json\nimport requests\n")
    outcome = check(path)
    assert outcome.stdout.splitlines()[0] == f"{path}:2: requests may be imported nowhere"


def test_library_is_welcome_at_home(tmp_path: Path) -> None:
    path = plant(tmp_path, "engine/spark", "import pandas\nfrom pyspark.sql import DataFrame\n")
    assert check(path).stdout == "1 files, 0 faults\n"
