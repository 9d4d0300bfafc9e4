"""Calls Python functions on executors; arguments go through files that all executors can access."""

import pickle
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from firmograph.errors import LakeError

_RESULTS = pa.schema([("number", pa.int64()), ("result", pa.binary())])


class SparkExecutor:
    """Runs tasks on the executors of a Spark session; see `Executor`.

    Args:
        session: where tasks run.
        spill: a folder that all executors can access.
    """

    def __init__(self, session: SparkSession, spill: Path) -> None:
        self.slots: int = session.sparkContext.defaultParallelism
        self._spark = session
        self._spill = spill

    def map_tasks(self, function: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the arguments; see `Executor`.

        Executors import the module of the function.

        Raises:
            LakeError: if a task failed after Spark's own retries.
        """
        if not arguments:
            return iter(())
        folder = self._spill / f"tasks-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        (folder / "function").write_bytes(pickle.dumps(function))
        for number, argument in enumerate(arguments):
            (folder / str(number)).write_bytes(pickle.dumps(argument))
        count = len(arguments)
        tasks = self._spark.range(0, count, 1, count).toDF("number")
        try:
            results = tasks.mapInArrow(_Task(folder), "number bigint, result binary").toArrow()
        except PySparkException as error:
            raise LakeError(
                f"a task on Spark failed: {_last_line(error)}",
                hint="nothing of the run was published and no document is lost; fix what the "
                "message names, then run again",
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        rows = sorted(results.to_pylist(), key=lambda row: int(row["number"]))
        return iter([pickle.loads(row["result"]) for row in rows])  # noqa: S301 - our own bytes


class _Task:
    """Calls the function on an executor, given the numbers of its arguments."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                function = self._read("function")
                result = pickle.dumps(function(self._read(str(number))))
                columns = [pa.array([number], pa.int64()), pa.array([result], pa.binary())]
                yield pa.RecordBatch.from_arrays(columns, schema=_RESULTS)

    def _read(self, name: str) -> Any:
        return pickle.loads((self._folder / name).read_bytes())  # noqa: S301 - our own bytes


def _last_line(error: Exception) -> str:
    """The last line of a task's own traceback."""
    lines = [line for line in str(error).splitlines() if line and not line[0].isspace()]
    return next((line for line in reversed(lines) if "Error" in line), lines[0] if lines else "")
