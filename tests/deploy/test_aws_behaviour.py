"""What deploy/aws/example makes does what docs/aws.md says: applied to MiniStack, then used."""

import json
import os
import threading
import uuid
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import pytest
from aws_terraform import copied, environment, initialized, terraform
from documents import organization, response
from listening import Listening, command
from servers import Servers, lead_to

import firmograph

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.timeout(900),  # the provider waits a minute for what it made to settle
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]
HERE, THERE, ACCOUNT = "eu-central-1", "eu-west-1", "000000000000"
INPUT, LAKE = f"acme-dnb-input-{ACCOUNT}", f"acme-dnb-lake-{ACCOUNT}"
NO_SUCH_HOST = "module.baseline.aws_s3_account_public_access_block.this"
"""Its endpoint is a host of the account's own, which MiniStack is not."""
VALUES = """
name               = "acme-dnb"
region             = "eu-central-1"
replica_region     = "eu-west-1"
alarm_email        = "ops@example.com"
monthly_budget_usd = 500
wheel              = "firmograph.whl"
function_archive   = "function.zip"
"""
HANDLER = "def handler(event, context):\n    return {'batchItemFailures': []}\n"


class Applied(NamedTuple):
    """The example, applied.

    Attributes:
        address: where MiniStack is.
        outputs: of the example.
        state: the addresses of all resources.
    """

    address: str
    outputs: dict[str, Any]
    state: list[str]

    def client(self, service: str, region: str = HERE, **identity: str) -> Any:
        """A client of one service, as the account's root or somebody else."""
        identity = identity or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, region_name=region, endpoint_url=self.address, **identity)


@pytest.fixture(scope="session")
def applied(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Applied:
    """The example in a fresh folder, applied to MiniStack."""
    folder = tmp_path_factory.mktemp("deploy")
    address = servers.get("ministack").address
    told = environment(folder) | {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    example = copied(folder) / "example"
    _fill_in(example)
    initialized(example, told)
    done = terraform(example, told, "apply", "-auto-approve", "-no-color", "-input=false")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    outputs = json.loads(terraform(example, told, "output", "-json").stdout)
    state = terraform(example, told, "state", "list").stdout.split("\n")
    values = {name: output["value"] for name, output in outputs.items()}
    return Applied(address, values, [name for name in state if name and ".data." not in name])


def _fill_in(example: Path) -> None:
    (example / "terraform.tfvars").write_text(VALUES)
    (example / "firmograph.whl").write_bytes(b"a wheel")
    with zipfile.ZipFile(example / "function.zip", "w") as archive:
        archive.writestr("firmograph/cloud/aws/function.py", HANDLER)
    aliases = ["", 'alias = "replica"', 'alias = "keys"', 'alias = "replica_keys"']
    (example / "ministack_override.tf").write_text(
        "".join(
            f'provider "aws" {{\n  {alias}\n  s3_use_path_style = true\n  max_retries = 3\n}}\n'
            for alias in aliases
        )
    )
    (example.parent / "modules" / "baseline" / "ministack_override.tf").write_text(
        'resource "aws_s3_account_public_access_block" "this" {\n  count = 0\n}\n'
    )


@pytest.fixture
def unread(applied: Applied) -> Applied:
    """The same, while nothing but the test reads the queue."""
    functions = applied.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    applied.client("sqs").purge_queue(QueueUrl=applied.outputs["queue"])
    return applied


def test_all_but_one_resource_is_made(applied: Applied) -> None:
    assert len(applied.state) > 80
    assert NO_SUCH_HOST not in applied.state
    assert applied.outputs["job"] == "glue:acme-dnb"
    assert applied.outputs["uploads"] == f"s3://{INPUT}/uploads"
    assert applied.outputs["lake"] == f"s3://{LAKE}/lake"


def test_upload_is_announced_and_nothing_else_is(unread: Applied) -> None:
    objects, queues = unread.client("s3"), unread.client("sqs")
    for key in ("processed/a.json", "uploads/b.json", "quarantined/c.json"):
        objects.put_object(Bucket=INPUT, Key=key, Body=b"{}")
    announced = _messages(queues, unread.outputs["queue"], 1)
    assert [event["detail"]["object"]["key"] for event in announced] == ["uploads/b.json"]
    assert announced[0]["detail"]["bucket"]["name"] == INPUT


def test_message_received_too_often_is_a_dead_letter(unread: Applied) -> None:
    queues, url = unread.client("sqs"), unread.outputs["queue"]
    unread.client("s3").put_object(Bucket=INPUT, Key="uploads/again.json", Body=b"{}")
    first = _receive(queues, url, 5)
    assert len(first) == 1
    for _ in range(60):
        for message in first:
            queues.change_message_visibility(
                QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        first = _receive(queues, url, 0)
        if not first:
            break
    dead = _messages(queues, unread.outputs["dead_letters"], 1)
    assert [event["detail"]["object"]["key"] for event in dead] == ["uploads/again.json"]


@pytest.mark.parametrize("bucket", [INPUT, LAKE])
def test_objects_are_encrypted_by_the_key_and_copied(applied: Applied, bucket: str) -> None:
    key = f"lake/{uuid.uuid4()}"
    applied.client("s3").put_object(Bucket=bucket, Key=key, Body=b"rows")
    made = applied.client("s3").head_object(Bucket=bucket, Key=key)
    assert made["ServerSideEncryption"] == "aws:kms"
    assert made["SSEKMSKeyId"] == applied.outputs["keys"]["here"]["data"]
    assert made["VersionId"] not in (None, "null")
    there = applied.client("s3", THERE)
    copy = there.get_object(Bucket=f"{bucket}-replica", Key=key)
    assert (copy["Body"].read(), copy["ServerSideEncryption"]) == (b"rows", "aws:kms")
    default = there.get_bucket_encryption(Bucket=f"{bucket}-replica")
    rule = default["ServerSideEncryptionConfiguration"]["Rules"][0]
    used = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert used == applied.outputs["keys"]["replica"]["data"]


def test_lifecycle_leaves_the_lake_readable_at_once(applied: Applied) -> None:
    found = applied.client("s3").get_bucket_lifecycle_configuration(Bucket=LAKE)["Rules"]
    rules = {rule["ID"]: rule for rule in found}
    assert set(rules) == {"tidy", "lake/ods/", "athena/"}
    assert not any("Transitions" in rule for rule in rules.values())
    assert "Expiration" not in rules["lake/ods/"]
    assert "Days" not in rules["tidy"]["Expiration"]
    found = applied.client("s3").get_bucket_lifecycle_configuration(Bucket=INPUT)["Rules"]
    moved = {rule["ID"]: rule["Transitions"] for rule in found if "Transitions" in rule}
    assert moved == {"processed/": [{"Days": 90, "StorageClass": "GLACIER"}]}


@pytest.mark.parametrize(
    ("metric", "value", "alarm"),
    [
        ("run_failed", 1, "failed"),
        ("open_refusals", 2, "refused"),
        ("newest_source_age_seconds", 41 * 86400, "stale"),
    ],
)
def test_metric_of_a_run_raises_its_alarm(
    applied: Applied, metric: str, value: int, alarm: str
) -> None:
    watch, name = applied.client("cloudwatch"), f"acme-dnb-{alarm}"
    dimensions = [{"Name": "lake", "Value": applied.outputs["lake"]}]
    assert watch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["Dimensions"] == dimensions
    for measured, state in ((0, "OK"), (value, "ALARM")):
        told = {"MetricName": metric, "Value": measured, "Dimensions": dimensions}
        watch.put_metric_data(Namespace="firmograph", MetricData=[told])
        assert _state(watch, name, state) == state


def test_file_becomes_rows_and_a_bad_one_raises_the_alarm(
    unread: Applied, listen: Callable[..., Listening], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the input bucket to the lake and the alarm, with nothing but a listener between."""
    lead_to(unread.address, monkeypatch)
    monkeypatch.setenv("AWS_REGION", HERE)
    root, watch = unread.outputs["root"], unread.client("cloudwatch")
    listener = listen(root, unread.outputs["queue"], "--quiet", "2s", FIRMOGRAPH_METRICS="emf")
    listener.wait_for("run ended")
    for duns in ("100000001", "12"):
        document = json.dumps(response(organization(duns))).encode()
        key = f"uploads/a{duns}_data_blocks_20260301.json"
        unread.client("s3").put_object(Bucket=INPUT, Key=key, Body=document)
    lines = listener.lines_until("run ended")
    assert lines[-1]["exit_code"] == 3
    with firmograph.Project(root).open() as reader:
        assert reader.sql("SELECT duns FROM dw_company_data").to_pylist() == [{"duns": "100000001"}]
        refused = reader.refusals()[0].document_id
    _measure(watch, lines)
    assert _state(watch, "acme-dnb-refused", "ALARM") == "ALARM"

    done = command(root, "quarantine", "discard", refused, "--why", "made up", "--set=metrics=emf")
    (told,) = (json.loads(line) for line in done.stderr.splitlines() if "_aws" in line)
    assert told["open_refusals"] == 0
    assert listener.end() == 0


def _measure(watch: Any, lines: Sequence[Mapping[str, Any]]) -> None:
    """What CloudWatch does with lines in the embedded metric format, which MiniStack does not."""
    for line in lines:
        for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
            (names,) = directive["Dimensions"]
            dimensions = [{"Name": name, "Value": line[name]} for name in names]
            watch.put_metric_data(
                Namespace=directive["Namespace"],
                MetricData=[
                    {
                        "MetricName": metric["Name"],
                        "Value": line[metric["Name"]],
                        "Unit": metric["Unit"],
                        "Dimensions": dimensions,
                    }
                    for metric in directive["Metrics"]
                ],
            )


def test_lines_of_level_error_are_counted_under_the_alarm_s_metric(applied: Applied) -> None:
    group = applied.outputs["log_groups"]["output"]
    found = applied.client("logs").describe_metric_filters(logGroupName=group)["metricFilters"]
    assert [each["filterPattern"] for each in found] == ['{ $.level = "error" }']
    counted = found[0]["metricTransformations"][0]
    alarms = applied.client("cloudwatch").describe_alarms(AlarmNames=["acme-dnb-errors"])
    watched = alarms["MetricAlarms"][0]
    assert (counted["metricNamespace"], counted["metricName"]) == (
        watched["Namespace"],
        watched["MetricName"],
    )


def _state(watch: Any, alarm: str, wanted: str) -> str:
    """An alarm's state, at the latest when the server looked at it again: every few seconds."""
    for _ in range(30):
        state = watch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0]["StateValue"]
        if state == wanted:
            break
        threading.Event().wait(1)
    return str(state)


def _receive(queues: Any, url: str, seconds: int) -> list[dict[str, Any]]:
    answer = queues.receive_message(QueueUrl=url, WaitTimeSeconds=seconds, MaxNumberOfMessages=10)
    return list(answer.get("Messages", []))


def _messages(queues: Any, url: str, count: int) -> list[Any]:
    """The events in a queue, and proof that there are no more."""
    found: list[Any] = []
    for seconds in (5, 1):
        for message in _receive(queues, url, seconds):
            found.append(json.loads(message["Body"]))
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert len(found) == count, os.linesep.join(map(str, found))
    return found
