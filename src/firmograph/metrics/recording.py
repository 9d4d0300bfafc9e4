"""Runs something that publishes, and tells monitoring what came of it."""

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from firmograph.errors import FirmographError, LakeBusy, first_line, missing_extra
from firmograph.metrics import emf, log_line
from firmograph.metrics.measure import Measurement, measure, measure_failure
from firmograph.pipeline.report import Report
from firmograph.queries.reader import Reader

Sink = Callable[[Measurement], None]
"""Takes a measurement; raises an error if it cannot."""
_LINES = {"emf": emf.as_line, "log": log_line.as_line}
"""By setting, the form of a line among the log lines."""


def open_sink(kind: str, file: Path) -> Sink:
    """Where measurements go.

    Args:
        kind: the setting ``metrics``: ``emf``, ``log``, ``otlp`` or ``prometheus``.
        file: that of Prometheus.

    Raises:
        FirmographError: if its library is not installed.
    """
    if kind in _LINES:
        return partial(_write, _LINES[kind])
    try:
        if kind == "prometheus":
            from firmograph.metrics.prometheus import write

            return partial(write, file=file)
        from firmograph.metrics.otlp import send
    except ModuleNotFoundError as error:
        raise missing_extra(f"the setting metrics = {kind}", kind, error) from error
    return send


def _write(as_line: Callable[[Measurement], str], measurement: Measurement) -> None:
    """Writes a line to standard error, where the logs go."""
    print(as_line(measurement), file=sys.stderr, flush=True)  # noqa: T201


def record(
    publish: Callable[[], Report],
    sink: Sink,
    lake: str,
    reader: Callable[[], AbstractContextManager[Reader]],
) -> Report:
    """Runs it, measures it, and sends the measurement; what cannot be sent is a note of the report.

    A lake that another run holds is not measured: nothing ran.

    Args:
        publish: what runs.
        sink: where the measurement goes.
        lake: its url, or its path.
        reader: opens the lake after the run.
    """
    started = time.monotonic()
    try:
        report = publish()
    except LakeBusy:
        raise
    except Exception:  # Spark's own errors, too
        _send(sink, measure_failure(lake, time.monotonic() - started, datetime.now(UTC)))
        raise
    status = None
    try:
        with reader() as after:
            status = after.status()
    except (FirmographError, OSError) as error:
        report.notes.append(f"the lake was not measured: {first_line(error)}")
    if fault := _send(sink, measure(lake, report, status, datetime.now(UTC))):
        report.notes.append(f"the metrics were not sent: {fault}")
    return report


def _send(sink: Sink, measurement: Measurement) -> str | None:
    """Sends a measurement; returns why it could not be sent."""
    try:
        sink(measurement)
    except Exception as error:  # noqa: BLE001 - whatever a client does, the run stands
        return first_line(error)
    return None
