"""The entry point of jobs on Spark platforms: Glue, EMR Serverless, Dataproc.

The script of the job is ``from firmograph.cloud.job import main; main()``.
"""

import argparse
import json
import sys
from collections.abc import Sequence

from firmograph.cloud import log_line
from firmograph.errors import FirmographError
from firmograph.project import Project
from firmograph.settings import parse_flags

_WAIT_SECONDS = 3600
_REFUSED = 3


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs once, on the session that the platform has made, and prints the report as JSON.

    A run that finished with something refused is a success of the job; the metric
    ``open_refusals`` tells of it. Arguments that the platform adds are passed over.

    Args:
        arguments: of the script; None for the process's own.

    Raises:
        SystemExit: with the exit code, unless it is 0.
    """
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--root", required=True)
    parser.add_argument("--set", action="append", default=[], dest="sets", metavar="NAME=VALUE")
    given, _ = parser.parse_known_args(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = {"wait_seconds": _WAIT_SECONDS, **parse_flags(given.sets)}
        from pyspark.sql import SparkSession  # only platforms with Spark have it

        spark = SparkSession.builder.getOrCreate()
        report = Project(given.root, spark=spark, **settings).run()
    except FirmographError as error:
        log_line.write("error", error.message, hint=error.hint)
        sys.exit(error.exit_code)
    print(json.dumps(report.as_dict(), default=str))  # noqa: T201
    if report.exit_code not in (0, _REFUSED):
        sys.exit(report.exit_code)
