"""Refuses a PySpark that is too old."""

import pyspark

from firmograph.errors import UsageError

OLDEST = 4


def check_version() -> None:
    """Refuses a PySpark that is too old.

    Raises:
        UsageError: naming the version found.
    """
    if int(pyspark.__version__.partition(".")[0]) < OLDEST:
        raise UsageError(
            f"firmograph needs PySpark {OLDEST}.0 or newer; found {pyspark.__version__}",
            hint="`pip install 'firmograph[spark]'`, or use a platform with Spark 4: docs/spark.md "
            "lists some",
        )
