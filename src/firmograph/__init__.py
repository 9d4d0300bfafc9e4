"""firmograph turns a folder of D&B documents into a layered data lake of Delta tables."""

import os
from importlib import import_module
from typing import TYPE_CHECKING

from firmograph.errors import (
    ContractError,
    FirmographError,
    LakeBusy,
    LakeError,
    OutputError,
    QueryError,
    SettingsError,
    TotalsError,
    UsageError,
)

if TYPE_CHECKING:
    from firmograph.control.snapshots import DataTestResult, WaitingTree
    from firmograph.control.totals import DocumentTotals, ElementTotals, Totals
    from firmograph.drift.findings import Drift
    from firmograph.engine.base import RowCounts
    from firmograph.ingest.outcome import FileOutcome
    from firmograph.pipeline.progress import ProgressListener
    from firmograph.pipeline.report import FilesTouched, Report
    from firmograph.project import Project
    from firmograph.queries.answers import (
        Freshness,
        LastRun,
        Refusal,
        RefusedCase,
        SnapshotInfo,
        Status,
        TableInfo,
        Violation,
    )
    from firmograph.queries.reader import Reader
    from firmograph.settings import SettingValue
    from firmograph.verify.differences import Check
    from firmograph.verify.verify import Verdict

__version__ = "0.1.0"
__all__ = [
    "Check",
    "ContractError",
    "DataTestResult",
    "DocumentTotals",
    "Drift",
    "ElementTotals",
    "FileOutcome",
    "FilesTouched",
    "FirmographError",
    "Freshness",
    "LakeBusy",
    "LakeError",
    "LastRun",
    "OutputError",
    "ProgressListener",
    "Project",
    "QueryError",
    "Reader",
    "Refusal",
    "RefusedCase",
    "Report",
    "RowCounts",
    "SettingsError",
    "SnapshotInfo",
    "Status",
    "TableInfo",
    "Totals",
    "TotalsError",
    "UsageError",
    "Verdict",
    "Violation",
    "WaitingTree",
    "run",
]

_HOMES = {
    "firmograph.control.snapshots": ("DataTestResult", "WaitingTree"),
    "firmograph.control.totals": ("DocumentTotals", "ElementTotals", "Totals"),
    "firmograph.drift.findings": ("Drift",),
    "firmograph.engine.base": ("RowCounts",),
    "firmograph.ingest.outcome": ("FileOutcome",),
    "firmograph.pipeline.progress": ("ProgressListener",),
    "firmograph.pipeline.report": ("FilesTouched", "Report"),
    "firmograph.project": ("Project",),
    "firmograph.queries.answers": (
        "Freshness",
        "LastRun",
        "Refusal",
        "RefusedCase",
        "SnapshotInfo",
        "Status",
        "TableInfo",
        "Violation",
    ),
    "firmograph.queries.reader": ("Reader",),
    "firmograph.verify.differences": ("Check",),
    "firmograph.verify.verify": ("Verdict",),
}
"""The modules of the names that are imported at first use, so that `import firmograph` is fast."""


def run(
    root: "str | os.PathLike[str]" = ".", *, spark: object = None, **settings: "SettingValue"
) -> "Report":
    """Ingests the uploads of a root folder and publishes what is new, as `firmograph run` does.

    Args:
        root: the root folder, which may hold ``firmograph.toml``.
        spark: a Spark session to work in; its own settings and views are left alone.
        settings: override the file and the environment, by name.

    Returns:
        What the run did; its `exit_code` is that of the command.

    Raises:
        FirmographError: if the run failed; the message says why, `hint` what to do.
    """
    from firmograph.project import Project

    return Project(root, spark=spark, **settings).run()


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Returns a public name, imported at its first use."""
        for home, names in _HOMES.items():
            if name in names:
                return getattr(import_module(home), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
