"""The lines of docs/reading.md return the published rows while newer ones are not published."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from conftest import Project, absent
from deltalake import DeltaTable, write_deltalake
from documents import organization, response

from firmograph.cli.inspect import snapshots

ROOT = Path(__file__).parents[1]
PYTHON = ROOT / ".venv-readers" / "bin" / "python"
TEXT = (ROOT / "docs" / "reading.md").read_text("utf-8")
INTRODUCTION, *REST = re.split(r"^## (.*)\n", TEXT, flags=re.MULTILINE)
BLOCKS = {
    heading: "\n".join(re.findall(r"```python\n(.*?)```", body, re.DOTALL))
    for heading, body in {"": INTRODUCTION, **dict(zip(REST[::2], REST[1::2], strict=True))}.items()
}
READERS = ["deltalake", "DuckDB"]
WITH_DELTA = f"""
from pathlib import Path
from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.master("local[1]")
    .config("spark.jars", ",".join(map(str, Path({sys.prefix!r}, "delta").glob("*.jar"))))
    .config("spark.ui.enabled", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.driver.bindAddress", "127.0.0.1")
    .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
    .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
    .getOrCreate()
)
"""


def published(project: Project, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A lake with one published company and one that is not; returns its published versions."""
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.run()
    path = str(project.folders.lake / "dw" / "dw_company_data")
    write_deltalake(path, DeltaTable(path).to_pyarrow_table(), mode="append")
    ran = CliRunner().invoke(snapshots, ["--versions", "--root", str(project.root)])
    (project.root / "published.json").write_text(ran.output, "utf-8")
    monkeypatch.chdir(project.root)
    found: dict[str, Any] = json.loads(ran.output)
    return found


def rows(reader: str, **names: Any) -> int:
    """The rows that the lines for one reader count."""
    names |= {"__name__": reader}
    exec(BLOCKS[""] + BLOCKS.get(reader, ""), names)  # noqa: S102 - that is the test
    return int(names["rows"])


def test_versions_are_those_of_the_last_snapshot(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = published(project, monkeypatch)
    newest = DeltaTable(found["dw_company_data"]["path"]).version()
    assert found["dw_company_data"]["version"] == newest - 1
    assert rows("firmograph") == newest - 1
    assert found.keys() >= {"ods_datablocks_raw", "dw_family_tree", "app_stocks_by_company"}


@pytest.mark.parametrize("reader", READERS)
def test_documented_lines_read_what_is_published(
    reader: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(project, monkeypatch)
    assert rows(reader) == 1


@pytest.mark.parametrize("reader", ["Polars", "pandas"])
def test_documented_lines_of_other_readers_read_what_is_published(
    reader: str, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They have an environment of their own, since the program must do without them."""
    if not PYTHON.exists():
        reason = "`make test` installs other readers in .venv-readers"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    published(project, monkeypatch)
    beginning = re.findall(r"```python\n(.*?)```", INTRODUCTION, re.DOTALL)[-1]
    script = f"{beginning}{BLOCKS[reader]}\nprint(rows)"
    done = subprocess.run([PYTHON, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


@pytest.mark.spark
def test_documented_lines_for_spark_read_what_is_published(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a process of its own, since the engine's session does without Delta Lake."""
    if reason := absent():
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    published(project, monkeypatch)
    beginning = re.findall(r"```python\n(.*?)```", INTRODUCTION, re.DOTALL)[-1]
    script = f"{beginning}{WITH_DELTA}{BLOCKS['Spark']}\nprint(rows)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr
