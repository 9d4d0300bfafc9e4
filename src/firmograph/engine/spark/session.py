"""The Spark session of a run: derived from an existing one, or started for it."""

import logging
import os
import re
import shutil
import sys
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from firmograph.engine.base import SparkOptions
from firmograph.errors import UsageError

STARTED = {
    "spark.app.name": "firmograph",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""The configuration of a session we start; the setting spark_conf overrides it."""
LOCAL = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": "8",
}
"""Further configuration of a session that runs only on this machine."""
QUICK_START = "-XX:TieredStopAtLevel=1"
"""A Java option for a session that runs only on this machine: a run is some forty queries, each
compiled once, so fast compilation matters more than fast code."""
USED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.ansi.doubleQuotedIdentifiers": "true",
    # files are given one by one, so the driver need not have executors list them
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "1000000",
    # Databricks refuses to read files of Delta tables as what they are: Parquet
    "spark.databricks.delta.formatCheck.enabled": "false",
}
"""What a run sets in its own session, leaving the given one alone."""
JAVA = range(17, 26)
_LOGGING = Path(__file__).with_name("log4j2.properties")


def open_session(choice: SparkOptions, spill: Path) -> tuple[SparkSession, bool]:
    """Opens a session for one run; leaves views and settings of the given one alone.

    Args:
        choice: a session, or how to start one.
        spill: folder for files that Spark itself needs.

    Returns:
        The session, and whether Spark was started for it.

    Raises:
        UsageError: if Java is missing, or Spark does not start.
    """
    given = choice.session or SparkSession.getActiveSession()
    # PySpark logs every error that it raises, and a run reports its own
    logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
    logging.getLogger("DataFrameQueryContextLogger").setLevel(logging.CRITICAL)
    session = given or _start(choice, spill)
    session = session.newSession()
    for name, value in USED.items():
        session.conf.set(name, value)
    return session, given is None


def _start(choice: SparkOptions, spill: Path) -> SparkSession:
    _check_java()
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    builder = SparkSession.builder
    for name, value in _configuration(choice, spill).items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except (PySparkException, OSError, RuntimeError) as error:
        raise UsageError(f"Spark does not start: {error}", hint=_INSTALL) from error


def _configuration(choice: SparkOptions, spill: Path) -> dict[str, str]:
    conf = {**STARTED, "spark.sql.warehouse.dir": str(spill / "warehouse")}
    master = choice.master
    if not master and "SPARK_ENV_LOADED" not in os.environ:
        master = "local[*]"
    if master:
        conf["spark.master"] = master
    if master.startswith("local"):
        conf |= LOCAL
    jars = _jars(choice.jars)
    if jars:
        conf["spark.jars"] = ",".join(jars)
    options = "spark.driver.extraJavaOptions"
    ours = f"-Dlog4j2.configurationFile={_LOGGING}"
    if master.startswith("local"):
        ours = f"{ours} {QUICK_START}"
    return {**conf, **choice.conf, options: f"{ours} {choice.conf.get(options, '')}".strip()}


def _jars(named: tuple[str, ...]) -> list[str]:
    found: list[str] = []
    for name in named:
        path = Path(name)
        jars = sorted(path.glob("*.jar")) if path.is_dir() else [path] if path.is_file() else []
        if not jars:
            raise UsageError(
                f"setting spark_jars: {name} is neither a jar nor a folder that holds jars",
                hint=_INSTALL,
            )
        found += map(str, jars)
    return found


def _check_java() -> None:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if java is None or not Path(java).exists():
        where = f"JAVA_HOME is {home}, which has no bin/java" if home else "no java is on the path"
        raise UsageError(f"the Spark engine needs a JDK: {where}", hint=_INSTALL)
    release = Path(java).resolve().parents[1] / "release"
    found = re.search(r'JAVA_VERSION="(\d+)', release.read_text()) if release.is_file() else None
    if found and int(found[1]) not in JAVA:
        raise UsageError(f"the Spark engine needs a newer JDK; {java} is {found[1]}", hint=_INSTALL)


_INSTALL = (
    "install JDK 17 or 21, and `pip install 'firmograph[spark]'`; docs/spark.md lists what else "
    "Spark needs"
)
