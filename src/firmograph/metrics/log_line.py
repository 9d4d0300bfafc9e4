"""A structured log line, from which log-based metrics are taken, as Cloud Logging does."""

import json
import sys

from firmograph.metrics.measure import Measurement


def send(measurement: Measurement) -> None:
    """Writes the line to standard error, where the logs go."""
    print(as_line(measurement), file=sys.stderr, flush=True)  # noqa: T201


def as_line(measurement: Measurement) -> str:
    """The line; ``severity``, ``message`` and ``time`` are the names that Cloud Logging knows."""
    return json.dumps(
        {
            "severity": "ERROR" if measurement.status == "failed" else "INFO",
            "message": "run measured",
            "time": measurement.measured_at.isoformat(),
            "lake": measurement.lake,
            "run_id": measurement.run_id,
            "status": measurement.status,
            **measurement.values,
        }
    )
