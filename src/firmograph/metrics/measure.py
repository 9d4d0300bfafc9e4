"""From what a run reports to the numbers that monitoring is told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from firmograph.metrics.declared import METRICS
from firmograph.pipeline.report import FILE_STATUSES, Report
from firmograph.queries.answers import Status


@dataclass(frozen=True)
class Measurement:
    """What was measured of one run.

    Attributes:
        lake: the url of the lake, or its path.
        run_id: of the run; None if it failed.
        status: as in its report, or ``failed``.
        measured_at: when the run ended, UTC.
        values: by metric; one that could not be measured is missing.
    """

    lake: str
    run_id: str | None
    status: str
    measured_at: datetime
    values: Mapping[str, float]


def measure(lake: str, report: Report, status: Status | None, now: datetime) -> Measurement:
    """What is measured of a run that ended with a report.

    Args:
        lake: the url of the lake, or its path.
        report: of the run.
        status: of the lake after the run; None if it could not be read.
        now: the time, UTC.
    """
    totals, has_failed = report.totals, report.status == "failed"
    found = {
        "run_finished": int(not has_failed),
        "run_failed": int(has_failed),
        "run_seconds": report.duration_seconds,
        "files_seen": totals.files_seen,
        **{f"files_{name}": totals.files[name] for name in FILE_STATUSES},
        **{f"documents_{name}": count for name, count in asdict(totals.documents).items()},
        "open_refusals": status.open_refusals if status else None,
        "newest_source_age_seconds": _age(status, now) if status else None,
    }
    values = {name: value for name in METRICS if (value := found.get(name)) is not None}
    return Measurement(lake, report.run_id, report.status, now, values)


def measure_failure(lake: str, seconds: float, now: datetime) -> Measurement:
    """What is measured of a run that ended with an error."""
    values = {"run_finished": 0, "run_failed": 1, "run_seconds": seconds}
    return Measurement(lake, None, "failed", now, values)


def _age(status: Status, now: datetime) -> float | None:
    times = [fresh.newest_source for fresh in status.freshness if fresh.newest_source]
    if not times:
        return None
    return (
        now - max(time.replace(tzinfo=time.tzinfo or now.tzinfo) for time in times)
    ).total_seconds()
