"""Opens the engine of a run."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib.util import find_spec
from pathlib import Path

from firmograph.engine.base import Engine, SparkOptions
from firmograph.engine.duckdb.engine import DuckDBEngine
from firmograph.errors import UsageError
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp
from firmograph.lake.tuning import Tuning


def open_engine(
    lake: Lake,
    stamp: RunStamp,
    memory_limit: str,
    spill: Path,
    spark: SparkOptions | None,
    tuning: Tuning | None = None,
    query_seconds: float = 0.0,
) -> AbstractContextManager[Engine]:
    """Opens a lake for writing.

    Args:
        lake: the lake.
        stamp: of the run.
        memory_limit: how much memory queries of this process may use, such as ``4GB``.
        spill: folder for what does not fit into memory.
        spark: the Spark of the run; None for this process alone.
        tuning: size of staged rows from which they are published by range, in this process.
        query_seconds: how long a mart's SELECT may take in this process; 0 for any time.

    Raises:
        UsageError: if packages are missing that Spark needs, or PySpark is too old.
    """
    if spark is None:
        return DuckDBEngine(
            lake,
            stamp,
            memory_limit=memory_limit,
            spill=spill,
            tuning=tuning,
            query_seconds=query_seconds,
        )
    _check_extra()
    from firmograph.engine.spark.version import check_version

    check_version()
    from firmograph.engine.spark.engine import open_spark

    return open_spark(lake, stamp, memory_limit, spill, spark, tuning)


def _check_extra() -> None:
    missing = [name for name in ("pyspark", "pandas", "sqlglot") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the Spark engine needs {', '.join(missing)}, which {'are' if missing[1:] else 'is'} "
            "not installed",
            hint="`pip install 'firmograph[spark]'`; docs/spark.md lists what else Spark needs",
        )


def read_spark_options(
    master: str,
    conf: Sequence[str],
    jars: Sequence[str],
    publish_bytes: int,
    session: object = None,
) -> SparkOptions:
    """The Spark options that settings name.

    Args:
        master: such as ``local[4]``; empty if spark-submit names it.
        conf: further configuration, each as ``NAME=VALUE``.
        jars: further ones, or folders that hold them.
        publish_bytes: size from which a run is published on Spark.
        session: an existing one.

    Raises:
        UsageError: if a configuration has no ``=``.
    """
    values = {}
    for item in conf:
        name, equals, value = item.partition("=")
        if not equals:
            raise UsageError(
                f"setting spark_conf: {item!r} has no =",
                hint="as in spark_conf = ['spark.executor.memory=8g']",
            )
        values[name.strip()] = value.strip()
    return SparkOptions(session, master, values, tuple(jars), publish_bytes)
