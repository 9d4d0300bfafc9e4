"""The wiring of a project: its settings, its contracts and its folders."""

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firmograph.contract.load import load_contracts
from firmograph.contract.model import Contract
from firmograph.errors import UsageError
from firmograph.settings import Configuration, load_settings

if TYPE_CHECKING:
    from firmograph.pipeline.report import Folders, Limits, Report
    from firmograph.queries.reader import Reader


class Project:
    """What a command needs to know before it can begin.

    Args:
        configuration: the settings in force.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """The contracts in force."""
        return load_contracts(self.configuration.folder("contracts"))

    @property
    def folders(self) -> "Folders":
        """The folders, as the settings name them."""
        from firmograph.pipeline.report import Folders
        from firmograph.storage.local import LocalStorage

        folder = self.configuration.folder
        return Folders(
            root=self.configuration.root,
            uploads=LocalStorage(folder("uploads")),
            processed=LocalStorage(folder("processed")),
            quarantined=LocalStorage(folder("quarantined")),
            lake=LocalStorage(folder("lake")),
            marts=folder("marts"),
        )

    def limits(self, wait: float | None = None) -> "Limits":
        """How much a command may use; `wait` in seconds goes before the setting."""
        from firmograph.pipeline.report import Limits

        settings = self.configuration.settings
        if wait is not None and not wait >= 0:
            raise UsageError(f"--wait {wait} is no number of seconds", hint="as in --wait 60")
        return Limits(
            max_document_bytes=settings.max_document_bytes,
            memory_limit=settings.memory_limit,
            wait_seconds=settings.wait_seconds if wait is None else wait,
            snapshots_kept=settings.snapshots_kept,
            workers=settings.workers or _processors(),
        )

    def run_limits(self, wait: float | None, engine: str | None) -> "Limits":
        """The same for a command that publishes; `engine` goes before the setting.

        Raises:
            UsageError: where the settings of Spark are wrong.
        """
        limits = self.limits(wait)
        settings = self.configuration.settings
        if (engine or settings.engine) != "spark":
            return limits
        from firmograph.engine.base import SparkOptions

        conf = {}
        for item in settings.spark_conf:
            name, equals, value = item.partition("=")
            if not equals:
                raise UsageError(
                    f"setting spark_conf: {item!r} has no =",
                    hint="as in spark_conf = ['spark.executor.memory=8g']",
                )
            conf[name.strip()] = value.strip()
        jars = tuple(str(self.configuration.root / jar) for jar in settings.spark_jars)
        choice = SparkOptions(master=settings.spark_master, conf=conf, jars=jars)
        return replace(limits, spark=choice)

    def reader(self, snapshot_id: int | None = None) -> AbstractContextManager["Reader"]:
        """The lake, open for reading."""
        from firmograph.queries.reader import open_reader

        kept = self.configuration.settings.snapshots_kept
        memory = self.configuration.settings.memory_limit
        return open_reader(self.folders.lake, self.contracts, snapshot_id, kept, memory)


def run_root(root: str, spark: Any, settings: Mapping[str, str]) -> "Report":
    """Runs the pipeline on a root folder; see `firmograph.run`."""
    from firmograph.engine.base import SparkOptions
    from firmograph.pipeline.run import run

    project = Project(load_settings(Path(root), settings))
    limits = project.run_limits(None, None)
    if spark is not None:
        limits = replace(limits, spark=SparkOptions(session=spark))
    return run(project.folders, limits, project.contracts)


def _processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
