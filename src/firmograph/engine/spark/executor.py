"""Calls Python functions on executors. Orders go through files that every executor sees."""

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

_ANSWERS = pa.schema([("number", pa.int64()), ("answer", pa.binary())])


class SparkExecutor:
    """Runs tasks on the executors of a Spark session; see `Executor`.

    Args:
        session: where tasks run.
        spill: a folder that all executors see.
    """

    def __init__(self, session: SparkSession, spill: Path) -> None:
        self.slots: int = session.sparkContext.defaultParallelism
        self._spark = session
        self._spill = spill

    def map_tasks(self, work: Callable[[Any], Any], orders: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the orders, in a task of its own.

        Executors import the module that the function is in.

        Raises:
            LakeError: if a task failed for good.
        """
        if not orders:
            return iter(())
        folder = self._spill / f"orders-{uuid.uuid4().hex}"
        folder.mkdir(parents=True)
        (folder / "work").write_bytes(pickle.dumps(work))
        for number, order in enumerate(orders):
            (folder / str(number)).write_bytes(pickle.dumps(order))
        count = len(orders)
        tasks = self._spark.range(0, count, 1, count).toDF("number")
        try:
            answers = tasks.mapInArrow(_Task(folder), "number bigint, answer binary").toArrow()
        except PySparkException as error:
            raise LakeError(
                f"a task on Spark failed: {_last_line(error)}",
                hint="nothing of the run was published and no document is lost; fix what the "
                "message names, then run again",
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        rows = sorted(answers.to_pylist(), key=lambda row: int(row["number"]))
        return iter([pickle.loads(row["answer"]) for row in rows])  # noqa: S301 - our own bytes


class _Task:
    """What an executor does with the numbers of orders."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                work = self._read("work")
                answer = pickle.dumps(work(self._read(str(number))))
                columns = [pa.array([number], pa.int64()), pa.array([answer], pa.binary())]
                yield pa.RecordBatch.from_arrays(columns, schema=_ANSWERS)

    def _read(self, name: str) -> Any:
        return pickle.loads((self._folder / name).read_bytes())  # noqa: S301 - our own bytes


def _last_line(error: Exception) -> str:
    """What a task's own traceback ends with."""
    lines = [line for line in str(error).splitlines() if line and not line[0].isspace()]
    return next((line for line in reversed(lines) if "Error" in line), lines[0] if lines else "")
