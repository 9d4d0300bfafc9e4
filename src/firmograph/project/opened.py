"""A root folder that was opened: its settings, contracts, folders and limits."""

import os
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING

from firmograph.contract.model import Contract
from firmograph.contract.registry import load_contracts
from firmograph.errors import check_type
from firmograph.settings import Configuration, Settings, SettingValue, is_url, load_settings

if TYPE_CHECKING:
    from firmograph.pipeline.report import Folders, Limits
    from firmograph.queries.reader import Reader

# each method imports what it needs, so that short commands start quickly


class OpenedProject:
    """What reading and publishing have in common; see `Project`."""

    def __init__(
        self,
        root: str | os.PathLike[str] = ".",
        *,
        spark: object = None,
        **settings: SettingValue,
    ) -> None:
        check_type("root", root, str, os.PathLike)
        self._root, self._spark = root, spark
        self.configuration: Configuration = self._load(os.fspath(root), settings)

    def _load(self, root: str, flags: Mapping[str, SettingValue]) -> Configuration:
        if not is_url(root):
            return load_settings(Path(root), flags)
        from firmograph.settings.remote import load_remote, make_copy

        return load_remote(root, make_copy(self), flags)

    def command(self, *arguments: str) -> list[str]:
        """A command on this project, with its settings, for a process of its own."""
        flags = self.configuration.flags.items()
        sets = [f"--set={name}={_text(value)}" for name, value in flags]
        return [sys.executable, "-m", "firmograph", "--root", self.root, *arguments, *sets]

    @property
    def root(self) -> str:
        """The root folder: its path, or its url."""
        given = os.fspath(self._root)
        return given if is_url(given) else str(self.configuration.root)

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self.configuration.settings

    @cached_property
    def contracts(self) -> Mapping[str, Contract]:
        """The contracts in force, by document type."""
        return load_contracts(self.configuration.folder("contracts"))

    @cached_property
    def folders(self) -> "Folders":
        """The folders that the settings name."""
        from firmograph.wiring import folders_of

        return folders_of(self.configuration)

    def open(self, snapshot_id: int | None = None) -> AbstractContextManager["Reader"]:
        """Opens the last snapshot for reading, or an older one; never waits for a run.

        Raises:
            LakeError: on entering, if nothing was ever published.
            UsageError: on entering, if the snapshot is not kept.
        """
        from firmograph.engine.duckdb.sandbox import QueryLimits
        from firmograph.queries.reader import open_reader

        check_type("snapshot_id", snapshot_id, int, NoneType)
        settings = self.settings
        limits, kept = (
            QueryLimits(settings.memory_limit, settings.query_seconds),
            settings.snapshots_kept,
        )
        return open_reader(
            self.folders.lake,
            self.contracts,
            snapshot_id,
            kept,
            limits,
            is_replica=settings.replica,
        )

    @property
    def _limits(self) -> "Limits":
        """The limits of a command that does not publish."""
        from firmograph.wiring import limits_of

        return limits_of(self.configuration)

    @property
    def _publishing_limits(self) -> "Limits":
        """The limits of a command that publishes, with Spark if that is the engine."""
        from firmograph.wiring import publishing_limits_of

        return publishing_limits_of(self.configuration, self._spark)

    @property
    def _planning_limits(self) -> "Limits":
        """Those of a plan: its clone of a lake in a bucket is where Spark's executors are not."""
        limits = self._publishing_limits
        return limits if self.folders.lake.is_local else replace(limits, spark=None)


def _text(value: SettingValue) -> str:
    """A setting as ``--set`` takes it."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
