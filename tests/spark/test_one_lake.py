"""One lake, two engines that take turns: it becomes what the embedded engine alone makes of it.

What other tests deliver to lakes of their own, with expected values typed by hand, is delivered
here to one lake: the golden cases, odd trees, wrong names, own document types, a history of runs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from control.test_marks import change
from document_types.own_types import GROUP, RISK, declare
from document_types.test_odd_cases import WORDS, words
from document_types.test_pages import differences, drop_first_pages, drop_second_page
from document_types.test_single import drop_risks
from golden.test_golden import drop_cases
from pipeline.test_redelivery import drop_under_wrong_names, rename, rename_again
from publish.histories import live_through
from publish.test_odd_trees import deliver_first, deliver_later

from firmograph.control.quarantine import Selection
from firmograph.control.superseded import supersede_delivery
from firmograph.engine.base import SparkOptions
from firmograph.pipeline.context import RunContext
from firmograph.pipeline.report import Report
from firmograph.pipeline.retry import retry
from firmograph.testing import lake_differences, read_lake

pytestmark = pytest.mark.spark

OWN = {"risk_scores": RISK, "voting_group": GROUP, "words": WORDS}


def first(project: Project) -> None:
    drop_cases(project)
    deliver_first(project)
    drop_under_wrong_names(project)
    drop_risks(project)
    drop_first_pages(project)
    project.drop("a_words_20260301.json", words("2026-03-01", "up", "x", "y"))


def third(project: Project) -> None:
    deliver_later(project)
    rename(project)
    drop_second_page(project)
    project.drop("a_words_20260302.json", words("2026-03-02", "down", "y", "z"))


BESIDE: dict[int, Callable[[Project], None]] = {0: first, 2: third, 4: rename_again}
"""What is delivered beside the history, by the number of its run: those with Spark."""


class Shared(Project):
    """A project whose runs take turns between engines."""

    def __init__(self, root: Path, turns: Sequence[SparkOptions | None]) -> None:
        super().__init__(root)
        self.reports: list[Report] = []
        self._turns = turns

    def run(self) -> Report:
        number = len(self.reports)
        BESIDE.get(number, lambda _: None)(self)
        self.on(self._turns[number % len(self._turns)])
        self.reports.append(super().run())
        return self.reports[-1]


def live(project: Shared) -> None:
    """Five runs, and on the first engine again: documents set aside, a retry, a rebuild."""
    declare(project, **OWN)
    live_through(project)
    own = RISK.replace("type: integer, rule: mandatory", "type: integer")
    declare(project, **{**OWN, "risk_scores": own})
    project.reports.append(
        retry(
            project.storages,
            project.limits,
            project.contracts,
            Selection(document_type="risk_scores"),
        )
    )
    change(project, set_aside)
    project.reports.append(project.rebuild())


def set_aside(run: RunContext) -> list[dict[str, Any]]:
    """Sets aside a company's only document, and a page of a tree."""
    names = {
        "c_data_blocks_20260301.json": "datablocks",
        "t2_family_tree_20260101.json": "familytree",
    }
    found = []
    for name, kind in names.items():
        table = f"ods_{kind}_raw"
        rows = run.engine.query(
            f"SELECT file_sha256 FROM {table} WHERE file_name = '{name}'", [table]
        )
        (sha256,) = rows["file_sha256"].to_pylist()
        found += supersede_delivery(run.engine, sha256, name, "came again as x.json")
    return found


def told(report: Report) -> dict[str, Any]:
    """What a report tells, without what names the run."""
    kept = replace(report, run_id="")
    return {"totals": kept.totals.as_dict(), "tables": kept.tables, "waiting": kept.waiting_trees}


def test_lake_is_the_same_whichever_engine_has_its_turn(
    spark: SparkOptions, tmp_path: Path
) -> None:
    small = replace(spark, publish_bytes=1 << 30)
    embedded = Shared(tmp_path / "one", [None])
    shared = Shared(tmp_path / "two", [spark, None, small, None])
    for project in (embedded, shared):
        live(project)
    assert [told(report) for report in shared.reports] == [told(r) for r in embedded.reports]
    assert lake_differences(embedded.folders.lake, shared.folders.lake) == []
    assert differences(shared) == []
    rebuilt = shared.reports[-1].tables
    assert [name for name, c in rebuilt.items() if name.startswith("dw_") and c.any] == []
    held = {name: len(table.rows) for name, table in read_lake(shared.folders.lake).items()}
    assert {name: count for name, count in held.items() if not count} == {}
    assert [report.exit_code for report in shared.reports] == [3, 0, 3, 0, 3, 0, 3]
