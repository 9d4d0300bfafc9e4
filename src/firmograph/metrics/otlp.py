"""OpenTelemetry: the numbers as gauges, to the collector that the environment names.

The variables are OpenTelemetry's own, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``.
"""

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricExportResult

from firmograph.metrics.declared import METRICS, NAMESPACE
from firmograph.metrics.measure import Measurement

_UNITS = {"count": "1", "seconds": "s"}


def send(measurement: Measurement) -> None:
    """Sends the numbers, once.

    Raises:
        OSError: if the collector does not take them.
    """
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    meter = provider.get_meter(NAMESPACE)
    for name, value in measurement.values.items():
        metric = METRICS[name]
        gauge = meter.create_gauge(f"{NAMESPACE}.{name}", _UNITS[metric.unit], metric.meaning)
        gauge.set(value, {"lake": measurement.lake})
    exporter, measured = OTLPMetricExporter(), reader.get_metrics_data()
    result = exporter.export(measured) if measured else MetricExportResult.FAILURE
    exporter.shutdown()
    provider.shutdown()
    if result is not MetricExportResult.SUCCESS:
        raise OSError("the OpenTelemetry collector did not take them")
