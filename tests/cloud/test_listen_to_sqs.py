"""Listening to an SQS queue, on a server that the tests start."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import Project
from documents import organization, response
from listening import Listening
from objects.bucket_project import PLACES, BucketProject
from servers import Bucket, Servers, lead_to

import firmograph
from firmograph.cloud.aws.sqs import SQSSource
from firmograph.cloud.events import Event

Listen = Callable[..., Listening]
VISIBILITY = 4
"""Seconds after which a message that is not acknowledged comes again."""
pytestmark = pytest.mark.objects


class Queue:
    """A queue of the test's own."""

    def __init__(self, client: Any) -> None:
        self.client = client
        attributes = {"VisibilityTimeout": str(VISIBILITY)}
        self.url: str = client.create_queue(QueueName=f"q-{id(self)}", Attributes=attributes)[
            "QueueUrl"
        ]

    def send(self, *bodies: Any) -> None:
        """Sends messages."""
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body if isinstance(body, str) else json.dumps(body)}
                for n, body in enumerate(bodies[start : start + 10])
            ]
            self.client.send_message_batch(QueueUrl=self.url, Entries=entries)

    def counts(self) -> tuple[int, int]:
        """How many messages wait, and how many were received and not acknowledged."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)
        return int(found["Attributes"][names[0]]), int(found["Attributes"][names[1]])


@pytest.fixture
def queue(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Iterator[Queue]:
    """An empty queue, to which the environment leads."""
    lead_to(servers.get("ministack").address, monkeypatch)
    found = Queue(boto3.client("sqs", region_name="us-east-1"))
    yield found
    found.client.delete_queue(QueueUrl=found.url)


def created(key: str, bucket: str = "acme-data") -> dict[str, Any]:
    """What EventBridge sends for a new object."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


def notified(key: str, name: str = "ObjectCreated:Put") -> dict[str, Any]:
    """What S3 sends for an object by itself."""
    s3 = {"bucket": {"name": "acme-data"}, "object": {"key": key}}
    return {"Records": [{"eventName": name, "s3": s3}]}


@pytest.mark.parametrize(
    ("body", "place", "is_arrival"),
    [
        (created("dnb/a b.json"), "s3://acme-data/dnb/a b.json", True),
        (notified("dnb/a+b%C3%A9.json"), "s3://acme-data/dnb/a bé.json", True),
        (notified("dnb/a.json", "ObjectRemoved:Delete"), "s3://acme-data/dnb/a.json", False),
        ({**created("a"), "detail-type": "Object Deleted"}, "s3://acme-data/a", False),
        ({"Service": "Amazon S3", "Event": "s3:TestEvent"}, None, True),
        ({"Records": []}, None, True),
        ({"detail": {"bucket": 3}}, None, True),
        ("no JSON", None, True),
        ("[1]", None, True),
    ],
)
def test_message_is_read_as_far_as_it_can_be(
    queue: Queue, body: Any, place: str | None, is_arrival: bool
) -> None:
    queue.send(body)
    (event,) = SQSSource(queue.url).receive(1)
    assert (event.place, event.is_arrival) == (place, is_arrival)


@pytest.mark.parametrize(
    ("place", "uploads", "expected"),
    [
        ("s3://acme/up/a.json", "s3://acme/up", True),
        ("s3://acme/up/a.json", "s3://acme/up/", True),
        ("s3://acme/up2/a.json", "s3://acme/up", False),
        ("s3://other/up/a.json", "s3://acme/up", False),
        ("s3://acme/up/a.json", "/data/up", True),
        (None, "s3://acme/up", True),
    ],
)
def test_event_concerns_the_uploads_by_its_url(
    place: str | None, uploads: str, expected: bool
) -> None:
    assert Event("r", place).concerns(uploads) is expected
    assert not Event("r", place, is_arrival=False).concerns(uploads)


def test_flood_of_events_makes_few_runs_and_leaves_no_message(
    queue: Queue, project: Project, listen: Listen
) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    queue.send(*(created(f"dnb/{n}_data_blocks_20260301.json") for n in range(1_000)))
    code, log = listen(project.root, queue.url, "--quiet", "2s", "--until-empty").finish()
    runs = [line["events"] for line in log if line["event"] == "run begins"]
    assert (code, sum(runs)) == (0, 1_000)
    assert len(runs) <= 3
    assert queue.counts() == (0, 0)
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 1}]


def test_events_of_other_prefixes_start_no_run(
    queue: Queue, make_bucket: Callable[[str], Bucket], project: Project, listen: Listen
) -> None:
    bucket = make_bucket("ministack")
    queue.send(*(created(f"lake/{n}.parquet", bucket.name) for n in range(30)))
    uploads = {"FIRMOGRAPH_UPLOADS": f"{bucket.url}/dnb"}
    listener = listen(project.root, queue.url, "--quiet", "1s", "--until-empty", **uploads)
    code, log = listener.finish()
    assert (code, [line["events"] for line in log if line["event"] == "run begins"]) == (0, [0])
    assert queue.counts() == (0, 0)


def test_failed_run_acknowledges_nothing(queue: Queue, project: Project, listen: Listen) -> None:
    contracts = project.root / "contracts"
    contracts.mkdir()
    (contracts / "data_blocks.yaml").write_text("contract: data_blocks\n")
    queue.send(created("dnb/a.json"))
    code, _ = listen(project.root, queue.url, "--quiet", "0.1s", "--until-empty").finish()
    assert (code, sum(queue.counts())) == (2, 1)


def test_killed_listener_loses_no_event(queue: Queue, project: Project, listen: Listen) -> None:
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    queue.send(created("dnb/alpine_data_blocks_20260301.json"))
    listener = listen(project.root, queue.url, "--quiet", "0.1s")
    assert listener.wait_for("run begins")["events"] == 1
    listener.process.kill()
    listener.process.communicate()
    assert sum(queue.counts()) == 1
    following = listen(project.root, queue.url, "--quiet", f"{VISIBILITY + 2}s", "--until-empty")
    code, log = following.finish()
    assert (code, sum(line["events"] for line in log if line["event"] == "run begins")) == (0, 1)
    assert queue.counts() == (0, 0)
    assert project.sql("SELECT count(*) AS n FROM dw_company_data") == [{"n": 1}]


def test_event_is_kept_from_others_while_it_is_worked_on(queue: Queue) -> None:
    queue.send(created("dnb/a.json"))
    source = SQSSource(queue.url)
    events = source.receive(1)
    for _ in range(2 * VISIBILITY):
        source.keep(events)
        assert source.receive(1) == []
    source.acknowledge(events)
    assert queue.counts() == (0, 0)


@pytest.mark.parametrize("act", [SQSSource.acknowledge, SQSSource.keep])
def test_message_that_the_queue_refuses_is_an_error(
    queue: Queue, act: Callable[[SQSSource, list[Event]], None]
) -> None:
    with pytest.raises(firmograph.FirmographError) as caught:
        act(SQSSource(queue.url), [Event("no receipt")])
    assert caught.value.message.startswith(f"the queue {queue.url} refused 1 messages of a request")


def test_queue_that_is_not_there_is_an_error(
    queue: Queue, project: Project, listen: Listen
) -> None:
    code, log = listen(project.root, f"{queue.url}-nowhere").finish()
    assert code == 1
    assert log[-1]["event"].startswith(f"the queue {queue.url}-nowhere cannot be used: ")


def test_file_in_the_bucket_is_in_the_tables_without_a_hand(
    queue: Queue, make_bucket: Callable[[str], Bucket], tmp_path: Path, listen: Listen
) -> None:
    bucket = make_bucket("ministack")
    project = BucketProject(tmp_path, bucket.url)
    tell(bucket.name, f"{PLACES['uploads']}/", queue)
    places = {f"FIRMOGRAPH_{name.upper()}": url for name, url in project.settings.items()}
    listener = listen(tmp_path, queue.url, "--quiet", "1s", **places)
    listener.wait_for("run ended")
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    assert listener.wait_for("run begins")["events"] == 1
    assert listener.wait_for("run ended")["exit_code"] == 0
    with firmograph.Project(tmp_path, **project.settings).open() as reader:
        found = reader.sql("SELECT duns FROM dw_company_data").to_pylist()
    assert found == [{"duns": "100000001"}]
    assert listener.end() == 0
    assert queue.counts() == (0, 0)


def tell(bucket: str, prefix: str, queue: Queue) -> None:
    """Has EventBridge send an event to the queue for each new object below a prefix."""
    s3, events = (boto3.client(name, region_name="us-east-1") for name in ("s3", "events"))
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": prefix}]}},
    }
    events.put_rule(Name=bucket, EventPattern=json.dumps(pattern))
    attributes = queue.client.get_queue_attributes(QueueUrl=queue.url, AttributeNames=["QueueArn"])
    arn = attributes["Attributes"]["QueueArn"]
    events.put_targets(Rule=bucket, Targets=[{"Id": "queue", "Arn": arn}])
