"""CloudWatch's embedded metric format: a log line from which CloudWatch takes metrics.

The format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json

from firmograph.metrics.declared import METRICS, NAMESPACE
from firmograph.metrics.measure import Measurement

_UNITS = {"count": "Count", "seconds": "Seconds"}


def as_line(measurement: Measurement) -> str:
    """The line, with one dimension: the lake."""
    names = [{"Name": name, "Unit": _UNITS[METRICS[name].unit]} for name in measurement.values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [["lake"]], "Metrics": names}
    metadata = {
        "Timestamp": int(measurement.measured_at.timestamp() * 1000),
        "CloudWatchMetrics": [directive],
    }
    return json.dumps(
        {
            "_aws": metadata,
            "lake": measurement.lake,
            "run_id": measurement.run_id,
            "status": measurement.status,
            **measurement.values,
        }
    )
