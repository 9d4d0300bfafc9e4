"""`firmograph.run` in Python: the command line's settings, with a Spark session in hand."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from firmograph.cli.place import Place
from firmograph.engine.opening import SparkChoice
from firmograph.pipeline import run
from firmograph.report import Report
from firmograph.settings import load_settings


def run_root(root: str, spark: Any, settings: Mapping[str, str]) -> Report:
    """Runs the pipeline on a root folder; see `firmograph.run`."""
    place = Place(load_settings(Path(root), settings))
    limits = place.run_limits(None, None)
    if spark is not None:
        limits = replace(limits, spark=SparkChoice(session=spark))
    return run(place.folders, limits, place.contracts)
