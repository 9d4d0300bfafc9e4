"""The figures of each scenario, kept as JSON, so that one can be measured again by itself."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from generate import json_bytes
from machine import describe
from measure import Figures
from participants import LOOP

Runs = dict[str, list[Figures]]
FIGURES = Figures._fields


@dataclass
class Result:
    """A scenario's figures.

    Attributes:
        title: what was measured.
        runs: every run's figures, by what was run.
        megabytes: of JSON read by a run.
        rows: written to DW tables by a run.
        where: the share of each part of firmograph in a profiled run.
        notes: what a reader needs to know.
        series: seconds of each of several consecutive runs.
        count: of files, lines, members or nights.
        is_full: whether that is the intended size of the scenario.
        machine: the machine it was measured on.
        measured_on: the day.
    """

    title: str = ""
    runs: Runs = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    where: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    series: list[float] = field(default_factory=list)
    count: int = 0
    is_full: bool = False
    machine: dict[str, str] = field(default_factory=describe)
    measured_on: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())

    def took(self, name: str, figures: Figures) -> None:
        """Adds a run's figures."""
        self.runs.setdefault(name, []).append(figures)

    def count_in(self, names: Iterable[str], folder: Path, rows: int) -> None:
        """Records what runs read and how many rows they wrote; the bare loop writes none."""
        for name in names:
            self.megabytes[name] = round(json_bytes(folder) / 1e6, 1)
            if name != LOOP:
                self.rows[name] = rows

    def median(self, name: str) -> Figures | None:
        """The medians of a participant; None if it did not run."""
        runs = self.runs.get(name)
        return Figures(*(median(values) for values in zip(*runs, strict=True))) if runs else None


Results = Mapping[str, Result]
"""By scenario."""


def save(result: Result, path: Path) -> None:
    """Writes a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    runs = {
        name: {figure: [round(run[n], 3) for run in runs] for n, figure in enumerate(FIGURES)}
        for name, runs in result.runs.items()
    }
    written = asdict(result) | {"runs": runs}
    path.write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", "utf-8")


def load(folder: Path) -> dict[str, Result]:
    """Reads every result in a folder, by scenario."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.json"))}


def _load(path: Path) -> Result:
    read = json.loads(path.read_text("utf-8"))
    runs = {
        name: [Figures(*run) for run in zip(*(figures[f] for f in FIGURES), strict=True)]
        for name, figures in read.pop("runs").items()
    }
    return Result(**read, runs=runs)
