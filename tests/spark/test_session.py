"""What is missing for Spark is reported in one sentence, with what to install."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SPARK_JARS, Project, absent
from documents import organization

import firmograph
from firmograph.engine.base import SparkOptions

FIRMOGRAPH = Path(sys.executable).with_name("firmograph")


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [str(FIRMOGRAPH), "run", "--engine", "spark", "--root", str(root), *arguments]
    variables = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=variables)


@pytest.mark.skipif(absent() is None, reason="the extra is installed here")
def test_missing_extra_is_named(project: Project) -> None:
    done = run(project.root, JAVA_HOME="")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "pip install 'firmograph[spark]'" in done.stderr


@pytest.mark.spark
def test_missing_jdk_is_named(project: Project) -> None:
    done = run(project.root, JAVA_HOME="/nowhere")
    assert done.returncode == 2
    assert "the Spark engine needs a JDK: JAVA_HOME is /nowhere" in done.stderr
    assert "install JDK 17 or 21" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spark
def test_pyspark_that_is_too_old_is_named(project: Project, tmp_path: Path) -> None:
    old = tmp_path / "old" / "pyspark"
    old.mkdir(parents=True)
    (old / "__init__.py").write_text('__version__ = "3.5.6"')
    done = run(project.root, PYTHONPATH=str(old.parent))
    assert done.returncode == 2
    assert "firmograph needs PySpark 4.0 or newer; found 3.5.6" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spark
def test_missing_jars_are_named(project: Project) -> None:
    done = run(project.root, "--set", "spark_jars=nowhere")
    assert done.returncode == 2
    assert f"setting spark_jars: {project.root}/nowhere is neither a jar" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spark
def test_session_in_hand_is_used_and_left_alone(spark: SparkOptions, project: Project) -> None:
    session = spark.session
    session.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    before = session.conf.get("spark.sql.ansi.doubleQuotedIdentifiers")
    project.drop("a_data_blocks_20260301.json", organization("100000001", "Alpine Cocoa"))
    report = firmograph.run(str(project.root), spark=session)
    assert report.exit_code == 0
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "100000001"}]
    assert session.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    assert session.conf.get("spark.sql.ansi.doubleQuotedIdentifiers") == before
    assert [view.name for view in session.catalog.listTables() if view.isTemporary] == []
    assert SPARK_JARS.is_dir()
