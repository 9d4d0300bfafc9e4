"""Calls Python functions on executors; arguments and results travel with Spark's own tasks."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from firmograph.errors import LakeError


class SparkExecutor:
    """Runs tasks on the executors of a Spark session; see `Executor`."""

    def __init__(self, session: SparkSession) -> None:
        self._context = session.sparkContext
        self.slots: int = self._context.defaultParallelism

    def map_tasks(self, function: Callable[[Any], Any], arguments: Sequence[Any]) -> Iterator[Any]:
        """Calls a function with each of the arguments; see `Executor`.

        Executors import the module of the function. Spark sends each argument with its task, and a
        large function, such as one that holds known hashes, once to each executor.

        Raises:
            LakeError: if a task failed after Spark's own retries.
        """
        if not arguments:
            return iter(())
        # pickled here, since Spark's own serializer cannot be told from the outside
        orders = [pickle.dumps(argument) for argument in arguments]
        tasks = self._context.parallelize(orders, len(orders)).map(_Task(function))
        try:
            results = tasks.collect()
        except (PySparkException, Py4JError) as error:
            raise LakeError(
                f"a task on Spark failed: {_last_line(error)}",
                hint="nothing of the run was published and no document is lost; fix what the "
                "message names, then run again",
            ) from error
        return iter([pickle.loads(result) for result in results])  # noqa: S301 - our own bytes


class _Task:
    """Calls a function with a pickled argument; returns the pickled result."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = pickle.dumps(function)

    def __call__(self, argument: bytes) -> bytes:
        function = pickle.loads(self._function)  # noqa: S301 - our own bytes
        return pickle.dumps(function(pickle.loads(argument)))  # noqa: S301


def _last_line(error: Exception) -> str:
    """The last line of a task's own traceback."""
    lines = [line for line in str(error).splitlines() if line and not line[0].isspace()]
    return next((line for line in reversed(lines) if "Error" in line), lines[0] if lines else "")
