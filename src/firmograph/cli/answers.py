"""What each command prints with ``--json``, as types: docs/answers.schema.json is made of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from firmograph.cli.contracts import ContractAnswer, ContractTextAnswer
from firmograph.cli.setup import InitAnswer
from firmograph.cloud.catalog import Registered
from firmograph.control.snapshots import DataTestResult, WaitingTree
from firmograph.control.totals import DocumentTotals, ElementTotals
from firmograph.drift.findings import Drift
from firmograph.engine.base import RowCounts
from firmograph.pipeline.report import FilesTouched
from firmograph.queries.answers import (
    Freshness,
    LastRun,
    PublishedTable,
    RefusedCase,
    SnapshotInfo,
    TableInfo,
    Violation,
)
from firmograph.storage.doctor.findings import Examination


@dataclass(frozen=True)
class ErrorAnswer:
    """Any command that could not be carried out."""

    status: str
    message: str
    hint: str | None


@dataclass(frozen=True)
class RunAnswer:
    """What a command that writes to the lake did, or would do.

    ``status`` is ok, refused or failed; ``message`` says why it failed. ``files`` counts uploads by
    outcome. ``documents``: received + waiting_before + retried = published + unchanged +
    superseded + quarantined + waiting.
    """

    run_id: str
    status: str
    message: str | None
    snapshot_id: int
    files: dict[str, int]
    documents: DocumentTotals
    withdrawn: int
    elements: ElementTotals
    tables: dict[str, RowCounts]
    waiting_trees: dict[str, WaitingTree]
    mart_failures: dict[str, str]
    data_tests: dict[str, DataTestResult]
    refusal_count: int
    warning_count: int
    notes: list[str]
    duration_seconds: float


@dataclass(frozen=True)
class StatusAnswer:
    """How a lake stands; ``sums`` are the totals of the run that published the snapshot."""

    last_run: LastRun | None
    last_finished_at: datetime | None
    snapshot_id: int
    published_at: datetime | None
    ingest_seq: int
    sums: dict[str, dict[str, int] | None]
    waiting_trees: dict[str, WaitingTree]
    freshness: list[Freshness]
    open_refusals: int
    data_tests: dict[str, DataTestResult]
    withdrawn: int
    newer_snapshots: int


@dataclass(frozen=True)
class RollbackAnswer:
    """What a rollback did, or would do; ``rows`` are those of each table."""

    run_id: str
    snapshot_id: int
    is_dry_run: bool
    withdrawn: int
    rows: dict[str, int]
    notes: list[str]


@dataclass(frozen=True)
class RedeliverAnswer:
    """Where the new upload is."""

    path: str


@dataclass(frozen=True)
class CheckAnswer:
    """One check of a verification."""

    name: str
    is_ok: bool
    message: str
    counted: int
    examples: list[str]


@dataclass(frozen=True)
class VerdictAnswer:
    """The outcome of a verification."""

    snapshot_id: int
    is_ok: bool
    checks: list[CheckAnswer]


SettingAnswer = dict[str, Any]
"""A setting: its name (``setting``), ``value``, origin (``from``) and ``meaning``."""


ANSWERS: dict[str, Any] = {
    "run": RunAnswer,
    "plan": RunAnswer,
    "rebuild": RunAnswer,
    "status": StatusAnswer,
    "tables": list[TableInfo],
    "sql": list[dict[str, Any]],
    "quarantine list": list[RefusedCase],
    "quarantine list --by": list[dict[str, str | int]],
    "quarantine show": list[Violation],
    "quarantine retry": RunAnswer,
    "quarantine discard": RunAnswer,
    "snapshots": list[SnapshotInfo],
    "snapshots --versions": dict[str, PublishedTable],
    "rollback": RollbackAnswer,
    "reinstate": RunAnswer,
    "withdraw": RunAnswer,
    "redeliver": RedeliverAnswer,
    "vacuum": FilesTouched,
    "compact": FilesTouched,
    "verify": VerdictAnswer,
    "doctor": list[Examination],
    "drift": list[Drift],
    "catalog glue": Registered,
    "catalog biglake": list[str],
    "contract check": list[ContractAnswer],
    "contract show": list[ContractTextAnswer],
    "settings": list[SettingAnswer],
    "init": InitAnswer,
}
"""The type of each command's answer; an error is an `ErrorAnswer`."""
