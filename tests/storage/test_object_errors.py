"""What is said when a bucket cannot be used: which, and why, but never a credential."""

import pickle
import re
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from servers import (
    ACCESS_KEY,
    SECRET_KEY,
    STORES,
    STRANGER,
    STRANGERS_KEY,
    Bucket,
    free_port,
    lead_to,
)

from firmograph.storage.errors import Gone, StorageError, Taken
from firmograph.storage.object_errors import (
    BucketError,
    ClockError,
    CredentialsError,
    NoBucketError,
    NoConditionsError,
    NoConnectionError,
    PermissionMissingError,
    RegionError,
    ThrottledError,
)
from firmograph.storage.objects import ObjectStorage

everywhere = pytest.mark.parametrize("bucket", STORES, indirect=True)
on_versitygw = pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
"""For tests about credentials; MiniStack lets everybody in."""

STEPS: dict[str, Callable[[ObjectStorage], object]] = {
    "read": lambda storage: storage.read("a"),
    "written": lambda storage: storage.put("a", b""),
    "deleted": lambda storage: storage.delete(["a"]),
    "listed": lambda storage: list(storage.files()),
}


def sentences(error: BaseException) -> str:
    """All that a user or a log may come to see of an error."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)


@everywhere
@pytest.mark.parametrize("step", STEPS)
def test_missing_bucket_is_named(bucket: Bucket, step: str) -> None:
    storage = ObjectStorage("s3://never-made/kept")
    with pytest.raises(NoBucketError, match=r"^s3://never-made/kept.*: the bucket does not exist$"):
        STEPS[step](storage)


@on_versitygw
@pytest.mark.parametrize(
    ("step", "permission"),
    [
        ("read", "s3:GetObject"),
        ("written", "s3:PutObject"),
        ("deleted", "s3:DeleteObject"),
        ("listed", "s3:ListBucket"),
    ],
)
def test_missing_permission_is_named(
    bucket: Bucket, step: str, permission: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = ObjectStorage(f"{bucket.url}/kept")
    storage.put("a", b"")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", STRANGER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", STRANGERS_KEY)
    with pytest.raises(PermissionMissingError) as caught:
        STEPS[step](storage)
    assert caught.value.reason == f"it cannot be {step}: permission is missing ({permission})"
    assert caught.value.hint.startswith("allow it for these credentials")


@on_versitygw
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("variable", "reason"),
    [
        ("AWS_SECRET_ACCESS_KEY", "the secret key does not fit the access key"),
        ("AWS_ACCESS_KEY_ID", "the store does not know the access key"),
    ],
)
def test_wrong_credentials_are_told_apart_and_never_repeated(
    bucket: Bucket, step: str, variable: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "SOMETHING-ELSE")
    with pytest.raises(PermissionMissingError, match=reason) as caught:
        STEPS[step](ObjectStorage(f"{bucket.url}/kept"))
    said = sentences(caught.value)
    assert not re.search(f"SOMETHING-ELSE|{SECRET_KEY}|Signature|Credential=", said)
    assert not re.search(rf"\b{ACCESS_KEY}\b", said.replace(bucket.url, ""))


@everywhere
def test_other_region_is_told(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(RegionError, match="the bucket is in another region"):
        ObjectStorage(f"{bucket.url}/kept").read("a")


@everywhere
def test_setting_overrides_the_environment(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    storage = ObjectStorage(f"{bucket.url}/kept", (("region", "us-east-1"),))
    storage.put("a", b"abc")
    assert (storage.read("a"), storage.options) == (b"abc", {"region": "us-east-1"})


@everywhere
def test_http_must_be_allowed(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ALLOW_HTTP")
    with pytest.raises(NoConnectionError, match="http needs AWS_ALLOW_HTTP=true"):
        ObjectStorage(bucket.url).read("a")


class Answering(ThreadingHTTPServer):
    """A store that gives one answer to everything, as real ones do now and then."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status, self.code = status, code
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        assert isinstance(self.server, Answering)
        self.server.asked.append(self.command)
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = f"<Error><Code>{self.server.code}</Code><Key>{SECRET_KEY}</Key></Error>".encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - what http.server looks for

    def log_message(self, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int, str], Answering]]:
    """Starts a store that gives one answer, and sets the environment that leads to it."""
    with ExitStack() as stack:

        def start(status: int, code: str) -> Answering:
            server = stack.enter_context(Answering(status, code))
            thread = threading.Thread(target=server.serve_forever)
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.shutdown)
            lead_to(server.address, monkeypatch)
            return server

        yield start


@pytest.mark.parametrize(
    ("status", "code", "kind", "reason"),
    [
        (403, "RequestTimeTooSkewed", ClockError, "the clock of this machine is wrong"),
        (403, "ExpiredToken", CredentialsError, "the credentials have expired"),
        (501, "NotImplemented", NoConditionsError, "the store does not support this request"),
        (301, "PermanentRedirect", RegionError, "the bucket is in another region"),
        (418, "Teapot", BucketError, "the store answered 418 Teapot"),
    ],
)
def test_answer_is_told_in_words(
    status: int,
    code: str,
    kind: type[BucketError],
    reason: str,
    answering: Callable[[int, str], Answering],
) -> None:
    server = answering(status, code)
    with pytest.raises(StorageError) as caught:
        ObjectStorage("s3://bucket").put_if_absent("a", b"")
    assert type(caught.value) is kind
    assert str(caught.value) == f"s3://bucket/a: it cannot be written: {reason}"
    assert caught.value.hint
    assert SECRET_KEY not in sentences(caught.value)
    assert set(server.asked) == {"PUT"}
    again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own bytes
    assert (type(again), str(again)) == (kind, str(caught.value))


def test_busy_store_is_asked_again_a_few_times(
    answering: Callable[[int, str], Answering],
) -> None:
    server = answering(503, "SlowDown")
    with pytest.raises(ThrottledError, match="the store asks for fewer requests"):
        ObjectStorage("s3://bucket").read("a")
    assert server.asked == ["GET"] * 7


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (412, "PreconditionFailed", Taken),
        (404, "NoSuchKey", Gone),
        (404, "NoSuchBucket", NoBucketError),
    ],
)
def test_answer_about_the_object_is_a_fact(
    status: int,
    code: str,
    expected: type[StorageError],
    answering: Callable[[int, str], Answering],
) -> None:
    answering(status, code)
    with pytest.raises(expected):
        ObjectStorage("s3://bucket").put_if_absent("a", b"")


def test_missing_credentials_are_told(
    answering: Callable[[int, str], Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = answering(404, "")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    # where a machine of the provider would have some
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", server.address)
    with pytest.raises(PermissionMissingError, match="there are no credentials in the environment"):
        ObjectStorage("s3://bucket").read("a")


def test_store_where_nothing_listens_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    lead_to(f"http://127.0.0.1:{free_port()}", monkeypatch)
    with pytest.raises(NoConnectionError) as caught:
        ObjectStorage("s3://bucket").read("a")
    assert str(caught.value) == "s3://bucket/a: it cannot be read: the store cannot be reached"
