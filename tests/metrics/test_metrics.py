"""What monitoring is told of a run, in each form, by the real commands."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Project as Folder
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

import firmograph
from firmograph.control.lock import hold_lake
from firmograph.metrics.declared import METRICS
from firmograph.metrics.measure import Measurement
from firmograph.metrics.recording import open_sink, record
from firmograph.queries.reader import Reader
from firmograph.storage.local import LocalStorage

GOOD = {
    "transactionDetail": {"transactionTimestamp": "2026-03-01T00:00:00Z"},
    "duns": "100000001",
    "primaryName": "Alpine Cocoa AG",
}
BAD = {"duns": "12", "primaryName": "Short AG"}
COUNTS = {
    "run_finished": 1,
    "run_failed": 0,
    "files_seen": 3,
    "files_ingested": 2,
    "files_duplicate": 0,
    "files_unreadable": 0,
    "files_unknown": 1,
    "files_deferred": 0,
    "documents_received": 2,
    "documents_published": 1,
    "documents_unchanged": 0,
    "documents_superseded": 0,
    "documents_quarantined": 1,
    "documents_waiting": 0,
    "open_refusals": 1,
}
"""Of a run on the uploads of `delivered`."""


@pytest.fixture
def delivered(project: Folder) -> Folder:
    """A project with a good document, a bad one, and a file that is neither."""
    project.drop("alpine_data_blocks_20260301.json", GOOD)
    project.drop("short_data_blocks_20260301.json", BAD)
    project.drop("holiday.txt", "no delivery")
    return project


def last_line(text: str) -> dict[str, Any]:
    """The last line of a text, as JSON."""
    found: dict[str, Any] = json.loads(text.splitlines()[-1])
    return found


def test_emf_line_has_every_metric_with_its_unit(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    report = firmograph.Project(delivered.root, metrics="emf").run()
    line = last_line(capsys.readouterr().err)
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert (directive["Namespace"], directive["Dimensions"]) == ("firmograph", [["lake"]])
    units = {metric["Name"]: metric["Unit"] for metric in directive["Metrics"]}
    assert units == {name: metric.unit.capitalize() for name, metric in METRICS.items()}
    assert {name: line[name] for name in COUNTS} == COUNTS
    assert line["lake"] == str(delivered.folders.lake)
    assert (line["run_id"], line["status"]) == (report.run_id, "refused")
    assert line["run_seconds"] == report.duration_seconds


def test_age_of_the_newest_source_is_told_in_seconds(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    firmograph.Project(delivered.root, metrics="log").run()
    line = last_line(capsys.readouterr().err)
    measured_at = datetime.fromisoformat(line["time"])
    age = (measured_at - datetime(2026, 3, 1, tzinfo=UTC)).total_seconds()
    assert line["newest_source_age_seconds"] == age


def test_log_line_has_the_names_that_cloud_logging_knows(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    firmograph.Project(delivered.root, metrics="log").run()
    line = last_line(capsys.readouterr().err)
    assert (line["severity"], line["message"]) == ("INFO", "run measured")
    assert {name: line[name] for name in COUNTS} == COUNTS


def test_prometheus_file_is_replaced_by_each_run(delivered: Folder) -> None:
    project = firmograph.Project(delivered.root, metrics="prometheus")
    project.run()
    file, lake = delivered.root / "firmograph.prom", delivered.folders.lake
    lines = file.read_text().splitlines()
    assert "# TYPE firmograph_files_seen gauge" in lines
    assert f'firmograph_files_seen{{lake="{lake}"}} 3.0' in lines
    project.run()
    lines = file.read_text().splitlines()
    assert f'firmograph_files_seen{{lake="{lake}"}} 1.0' in lines
    assert [path.name for path in file.parent.glob("*.prom*")] == ["firmograph.prom"]


def test_failed_run_is_measured_as_such(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    (delivered.root / "contracts").mkdir()
    (delivered.root / "contracts" / "data_blocks.yaml").write_text("contract: data_blocks\n")
    project = firmograph.Project(delivered.root, metrics="emf")
    with pytest.raises(firmograph.ContractError):
        project.run()
    line = last_line(capsys.readouterr().err)
    assert (line["run_finished"], line["run_failed"], line["status"]) == (0, 1, "failed")
    assert (line["run_id"], "files_seen" in line) == (None, False)


def test_run_that_dies_of_an_error_of_a_library_is_measured_as_failed(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    project = firmograph.Project(delivered.root, metrics="emf")
    with pytest.raises(ZeroDivisionError):
        project.run(listener=Dividing())
    line = last_line(capsys.readouterr().err)
    assert (line["run_finished"], line["run_failed"], line["status"]) == (0, 1, "failed")


class Dividing(firmograph.ProgressListener):
    """Fails as no part of the program says that it may."""

    def started(self, file_count: int) -> None:
        """Divides by zero."""
        _ = file_count / 0


def test_run_is_measured_though_the_lake_cannot_be_read_after_it(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    project = firmograph.Project(delivered.root, metrics="none")
    report = project.run()

    @contextmanager
    def away() -> Iterator[Reader]:
        raise OSError("the network is away")
        yield

    sink = open_sink("emf", delivered.root / "firmograph.prom")
    assert record(lambda: report, sink, "s3://acme/lake", away) is report
    line = last_line(capsys.readouterr().err)
    assert (line["run_finished"], line["documents_published"]) == (1, 1)
    assert "open_refusals" not in line
    assert report.notes[-1] == "the lake was not measured: the network is away"


def test_failed_mart_is_a_failed_run(delivered: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    delivered.folders.marts.mkdir()
    (delivered.folders.marts / "app_wrong.sql").write_text("SELECT nothing FROM dw_company_data")
    firmograph.Project(delivered.root, metrics="emf").run()
    line = last_line(capsys.readouterr().err)
    assert (line["run_finished"], line["run_failed"], line["documents_published"]) == (0, 1, 1)


def test_lake_that_is_held_is_not_measured(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    project = firmograph.Project(delivered.root, metrics="emf")
    project.run()
    capsys.readouterr()
    with (
        hold_lake(LocalStorage(delivered.folders.lake), datetime.now(UTC), 0),
        pytest.raises(firmograph.LakeBusy),
    ):
        project.run()
    assert capsys.readouterr().err == ""


def test_discarding_tells_that_nothing_is_open_any_more(
    delivered: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    project = firmograph.Project(delivered.root, metrics="emf")
    project.run()
    with project.open() as reader:
        document_id = reader.refusals()[0].document_id
    project.discard(document_id, "a test")
    assert last_line(capsys.readouterr().err)["open_refusals"] == 0


def test_plan_is_not_measured(delivered: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    firmograph.Project(delivered.root, metrics="emf").plan()
    assert "_aws" not in capsys.readouterr().err


class Collector(BaseHTTPRequestHandler):
    """Takes what OpenTelemetry sends."""

    received: list[ExportMetricsServiceRequest]

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append(ExportMetricsServiceRequest.FromString(content))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ExportMetricsServiceRequest]]:
    """A collector of OpenTelemetry, to which the environment leads; what it received."""
    received: list[ExportMetricsServiceRequest] = []
    handler = type("Handler", (Collector,), {"received": received})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
        yield received
        server.shutdown()


def test_otlp_collector_receives_gauges(
    delivered: Folder, collector: list[ExportMetricsServiceRequest]
) -> None:
    firmograph.Project(delivered.root, metrics="otlp").run()
    (request,) = collector
    metrics = request.resource_metrics[0].scope_metrics[0].metrics
    points = {metric.name: metric.gauge.data_points[0] for metric in metrics}
    found = {name: points[f"firmograph.{name}"].as_int for name in COUNTS}
    assert found == COUNTS
    attribute = points["firmograph.files_seen"].attributes[0]
    assert (attribute.key, attribute.value.string_value) == ("lake", str(delivered.folders.lake))
    assert {metric.unit for metric in metrics if "seconds" in metric.name} == {"s"}


def test_collector_that_does_not_answer_is_a_note_and_the_run_stands(
    delivered: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    report = firmograph.Project(delivered.root, metrics="otlp").run()
    assert report.totals.documents.published == 1
    assert report.notes[-1] == (
        "the metrics were not sent: the OpenTelemetry collector did not take them"
    )


def test_sink_that_fails_in_a_way_of_its_own_is_a_note_and_the_run_stands(
    delivered: Folder,
) -> None:
    project = firmograph.Project(delivered.root)
    report = project.run()

    def send(measurement: Measurement) -> None:
        raise ValueError(f"{len(measurement.values)} values are too many")

    assert record(lambda: report, send, "s3://acme/lake", project.open) is report
    assert report.notes[-1] == "the metrics were not sent: 17 values are too many"


def test_file_that_cannot_be_written_is_a_note_and_the_run_stands(delivered: Folder) -> None:
    (delivered.root / "firmograph.prom").mkdir()
    report = firmograph.Project(delivered.root, metrics="prometheus").run()
    assert report.snapshot_id == 1
    assert re.match("the metrics were not sent: .*firmograph.prom", report.notes[-1])


def test_every_metric_is_documented_with_its_unit_and_meaning() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "monitoring.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (count|seconds) \| (.+) \|$", page, re.MULTILINE)
    assert {name: (unit, meaning) for name, unit, meaning in rows} == METRICS
