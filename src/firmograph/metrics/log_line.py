"""A structured log line, from which log-based metrics are taken, as Cloud Logging does."""

import json

from firmograph.metrics.measure import Measurement


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
