"""Listening to Pub/Sub: from a file in a bucket to a row of a table, on servers of the tests."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from conftest import Project
from documents import organization, response
from google.api_core.exceptions import AlreadyExists
from google.cloud import pubsub_v1
from listening import Listening
from objects.bucket_project import BucketProject
from servers import TOPIC, Servers, service_account

import firmograph
from firmograph.cloud.google.pubsub import PubSubSource

Listen = Callable[..., Listening]
pytestmark = pytest.mark.objects


class Subscription(NamedTuple):
    """A subscription of the test's own."""

    name: str
    publisher: pubsub_v1.PublisherClient

    def publish(self, **attributes: str) -> None:
        """Publishes a message, and waits until the server has it."""
        self.publisher.publish(TOPIC, b"look", **attributes).result(30)


@pytest.fixture
def subscription(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> Subscription:
    """An empty subscription, to which the environment leads."""
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", servers.get("pubsub-server").address)
    publisher, subscriber = pubsub_v1.PublisherClient(), pubsub_v1.SubscriberClient()
    with suppress(AlreadyExists):
        publisher.create_topic(name=TOPIC)
    name = f"projects/acme/subscriptions/s-{uuid.uuid4().hex}"
    subscriber.create_subscription(name=name, topic=TOPIC, ack_deadline_seconds=10)
    return Subscription(name, publisher)


@pytest.fixture
def told(servers: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BucketProject:
    """A project in a bucket of Cloud Storage that tells the topic of new objects."""
    server = servers.telling()
    account = service_account(servers.face(server).address, tmp_path)
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT", str(account))
    return BucketProject(tmp_path, f"gs://{server.make_bucket()}")


def test_file_in_the_bucket_is_in_the_tables_without_a_hand(
    subscription: Subscription, told: BucketProject, listen: Listen
) -> None:
    places = {f"FIRMOGRAPH_{name.upper()}": url for name, url in told.settings.items()}
    listener = listen(told.root, subscription.name, "--quiet", "1s", **places)
    listener.wait_for("run ended")
    told.drop("alpine_data_blocks_20260301.json", response(organization()))
    assert listener.wait_for("run begins")["events"] == 1
    assert listener.wait_for("run ended")["exit_code"] == 0
    with firmograph.Project(told.root, **told.settings).open() as reader:
        found = reader.sql("SELECT duns FROM dw_company_data").to_pylist()
    assert found == [{"duns": "100000001"}]
    assert listener.end() == 0


def test_message_is_read_as_far_as_it_can_be(subscription: Subscription) -> None:
    source = PubSubSource(subscription.name)
    subscription.publish(eventType="OBJECT_FINALIZE", bucketId="acme-data", objectId="dnb/a b.json")
    (event,) = source.receive(10)
    assert (event.place, event.is_arrival) == ("gs://acme-data/dnb/a b.json", True)
    source.acknowledge([event])
    subscription.publish(eventType="OBJECT_DELETE", bucketId="acme-data", objectId="dnb/a.json")
    (event,) = source.receive(10)
    assert (event.place, event.is_arrival) == ("gs://acme-data/dnb/a.json", False)
    source.acknowledge([event])
    subscription.publish()
    (event,) = source.receive(10)
    assert (event.place, event.is_arrival) == (None, True)
    source.acknowledge([event])
    assert source.receive(1) == []


def test_failed_run_acknowledges_nothing(
    subscription: Subscription, project: Project, listen: Listen
) -> None:
    contracts = project.root / "contracts"
    contracts.mkdir()
    (contracts / "data_blocks.yaml").write_text("contract: data_blocks\n")
    subscription.publish()
    code, log = listen(project.root, subscription.name, "--quiet", "0.1s", "--until-empty").finish()
    assert (code, [line["events"] for line in log if line["event"] == "run begins"]) == (2, [1])


def test_event_that_is_not_acknowledged_comes_again(subscription: Subscription) -> None:
    subscription.publish(eventType="OBJECT_FINALIZE", bucketId="acme-data", objectId="dnb/a.json")
    source = PubSubSource(subscription.name, deadline_seconds=10)
    (event,) = source.receive(10)
    assert source.receive(1) == []
    (again,) = source.receive(60)
    assert again.place == event.place
    source.acknowledge([again])


def test_subscription_that_is_not_there_is_an_error(
    subscription: Subscription, project: Project, listen: Listen
) -> None:
    code, log = listen(project.root, "projects/acme/subscriptions/nowhere").finish()
    assert code == 1
    assert log[-1]["event"].startswith(
        "the subscription projects/acme/subscriptions/nowhere cannot be used: "
    )
