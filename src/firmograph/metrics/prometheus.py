"""A text file that the textfile collector of Prometheus's node exporter reads."""

from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from firmograph.metrics.declared import METRICS, NAMESPACE
from firmograph.metrics.measure import Measurement


def write(measurement: Measurement, file: Path) -> None:
    """Replaces the file, atomically.

    Raises:
        OSError: if it cannot be written.
    """
    registry = CollectorRegistry()
    for name, value in measurement.values.items():
        _add(registry, name, METRICS[name].meaning, measurement.lake, value)
    ended_at = measurement.measured_at.timestamp()
    _add(registry, "run_timestamp_seconds", "when the run ended", measurement.lake, ended_at)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(file), registry)


def _add(registry: CollectorRegistry, name: str, meaning: str, lake: str, value: float) -> None:
    gauge = Gauge(f"{NAMESPACE}_{name}", meaning, ["lake"], registry=registry)
    gauge.labels(lake=lake).set(value)
