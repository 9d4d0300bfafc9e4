"""What a user sees when a bucket refuses something: one sentence and a hint."""

import contextlib
import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from documents import organization, response
from proxy import Fault, Proxy, Request, proxied
from servers import ACCESS_KEY, STRANGER, STRANGERS_KEY, Bucket, free_port

from firmograph import Project
from firmograph.cli import main
from firmograph.storage.objects import ObjectStorage

pytestmark = pytest.mark.objects
SETTINGS = """
uploads = "{url}/uploads"
processed = "{url}/processed"
quarantined = "{url}/quarantined"
lake = "{url}/lake"
"""


def firmograph(root: Path, *args: str) -> tuple[int, str]:
    """Runs the program; returns its exit code and all that it printed."""
    shown = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(shown),
        contextlib.redirect_stderr(shown),
    ):
        patch.setattr(sys, "argv", ["firmograph", "--root", str(root), *args])
        with pytest.raises(SystemExit) as ended:
            main()
    return int(ended.value.code or 0), shown.buffer.getvalue().decode()  # type: ignore[attr-defined]


@pytest.fixture
def bucket(make_bucket: Callable[[str], Bucket]) -> Bucket:
    """An empty bucket."""
    return make_bucket("versitygw")


@pytest.fixture
def root(bucket: Bucket, tmp_path: Path) -> Path:
    """A root folder whose places are in the bucket."""
    (tmp_path / "firmograph.toml").write_text(SETTINGS.format(url=bucket.url))
    return tmp_path


@pytest.fixture
def proxy(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before the store."""
    with proxied(bucket.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


def check_shown(root: Path, reason: str, hint: str) -> None:
    """Checks that a command that writes and one that reads say why and what to do, and no more."""
    for command, first in (("run", "the run stopped"), ("status", "the lake cannot be read")):
        code, shown = firmograph(root, command)
        error, advice = shown.splitlines()
        assert code == 1
        assert error.startswith(f"error: {first}: s3://"), shown
        assert error.endswith(f": {reason}"), shown
        assert advice.startswith("hint: ")
        assert hint in advice
        assert f" {ACCESS_KEY}" not in shown


@pytest.mark.parametrize(
    ("changes", "reason", "hint"),
    [
        (
            {"AWS_ACCESS_KEY_ID": STRANGER, "AWS_SECRET_ACCESS_KEY": STRANGERS_KEY},
            "it cannot be read: permission is missing (s3:GetObject)",
            "allow it for these credentials (`firmograph doctor` names all that is missing)",
        ),
        (
            {"AWS_ACCESS_KEY_ID": "AKIANOBODY"},
            "it cannot be read: the store does not know the access key",
            "correct or renew the credentials in the environment (AWS_ACCESS_KEY_ID, ",
        ),
        (
            {"AWS_SECRET_ACCESS_KEY": "another"},
            "it cannot be read: the secret key does not fit the access key",
            "correct or renew the credentials in the environment (AWS_ACCESS_KEY_ID, ",
        ),
        (
            {"AWS_REGION": "eu-west-1"},
            "it cannot be read: the bucket is in another region, us-east-1",
            "set AWS_REGION to the region of the bucket",
        ),
        (
            {"AWS_ALLOW_HTTP": "false"},
            "it cannot be read: its address is not allowed: http needs AWS_ALLOW_HTTP=true",
            "correct the variable AWS_ENDPOINT_URL, or allow http by AWS_ALLOW_HTTP=true",
        ),
    ],
    ids=["nothing allowed", "unknown key", "wrong secret", "other region", "http"],
)
def test_what_the_environment_lacks_is_shown(
    root: Path,
    changes: dict[str, str],
    reason: str,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    check_shown(root, reason, hint)


def test_missing_bucket_is_shown(root: Path, bucket: Bucket) -> None:
    settings = SETTINGS.format(url="s3://never-made")
    (root / "firmograph.toml").write_text(settings)
    check_shown(root, "the bucket does not exist", "create the bucket, or correct the url")


def test_store_that_does_not_listen_is_shown(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    check_shown(root, "it cannot be read: the store cannot be reached", "AWS_ENDPOINT_URL")


@pytest.mark.parametrize(
    ("fault", "reason", "hint"),
    [
        (Fault(403, code="RequestTimeTooSkewed"), "the clock of this machine is wrong", "clock"),
        (Fault(400, code="ExpiredToken"), "the credentials have expired", "renew"),
        (Fault(503), "the store asks for fewer requests", "wait a few minutes"),
        (Fault(500, code="Teapot"), "the store answered 500 Teapot", "the store's own log"),
    ],
    ids=["clock", "expired", "throttled", "other"],
)
def test_what_the_store_refuses_is_shown(
    root: Path, proxy: Proxy, fault: Fault, reason: str, hint: str
) -> None:
    proxy.rule = lambda _: fault
    check_shown(root, f"it cannot be read: {reason}", hint)


@pytest.mark.parametrize(
    ("kind", "reason", "hint"),
    [
        ("PUT", "it cannot be written: permission is missing (s3:PutObject)", "allow it"),
        ("LIST", "it cannot be listed: permission is missing (s3:ListBucket)", "allow it"),
    ],
)
def test_operation_that_is_not_allowed_is_shown(
    root: Path, proxy: Proxy, kind: str, reason: str, hint: str
) -> None:
    proxy.rule = lambda request: Fault(403) if request.kind == kind else None
    _, shown = firmograph(root, "run")
    error, advice = [line for line in shown.splitlines() if "[info]" not in line]
    assert error.startswith("error: the run stopped: s3://")
    assert error.endswith(reason)
    assert advice.startswith(f"hint: nothing was published; {hint}")


def is_of_a_file(request: Request) -> bool:
    """Whether a request reads or looks at a file of a table."""
    return request.kind in ("GET", "HEAD") and request.key.endswith(".parquet")


@pytest.fixture
def published(root: Path, proxy: Proxy) -> Path:
    """The root folder of a lake with one document."""
    upload = root / "alpine_data_blocks_20260301.json"
    upload.write_text(json.dumps(response(organization())))
    text = (root / "firmograph.toml").read_text()
    (root / "firmograph.toml").write_text(f"{text}settle_seconds = 0\n")
    Project(root).folders.uploads.put(upload.name, upload)
    code, shown = firmograph(root, "run")
    assert code == 0, shown
    return root


COMMANDS = (
    ("status",),
    ("sql", "SELECT * FROM dw_company_data"),
    ("quarantine", "list"),
    ("verify",),
    ("plan",),
    ("rebuild",),
)


def test_refused_file_of_a_table_is_shown_by_each_command(published: Path, proxy: Proxy) -> None:
    proxy.rule = lambda request: Fault(403) if is_of_a_file(request) else None
    for command in COMMANDS:
        code, shown = firmograph(published, *command)
        error, advice = [line for line in shown.splitlines() if "[info]" not in line]
        assert code == 1
        assert ".parquet: it cannot be read: permission is missing (s3:GetObject)" in error
        assert "allow it for these credentials" in advice


@pytest.mark.parametrize("part", ["_delta_log", ".parquet"])
def test_rebuild_does_not_take_a_refusal_for_damage(
    published: Path, proxy: Proxy, part: str
) -> None:
    """A rebuild drops what is damaged; what cannot be read just now is not."""

    def is_refused(request: Request) -> bool:
        return request.kind in ("GET", "HEAD") and "/dw/" in request.key and part in request.key

    proxy.rule = lambda request: Fault(403) if is_refused(request) else None
    code, shown = firmograph(published, "rebuild")
    assert (code, "permission is missing" in shown) == (1, True)
    assert not [r for r in proxy.requests if r.kind == "DELETE" and "/dw/" in r.key]
    proxy.rule = lambda _: None
    code, shown = firmograph(published, "rebuild")
    assert (code, "lost and rebuilt" in shown) == (0, False), shown


@pytest.mark.parametrize("size", [1, 9 << 20], ids=["small", "large"])
@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_uploads_that_must_not_be_read_stay_and_the_run_says_so(
    ending: str, size: int, root: Path, bucket: Bucket, proxy: Proxy
) -> None:
    document = response(organization("100000001", filler="x" * size))
    name = f"a_data_blocks_20260301.{ending}"
    uploads = ObjectStorage(f"{bucket.url}/uploads")
    uploads.put(name, json.dumps(document).encode())
    uploads.put("b_data_blocks_20260301.json", json.dumps(response(organization())).encode())
    denied = f"/uploads/{name}"
    proxy.rule = lambda r: Fault(403) if r.kind == "GET" and r.key.endswith(denied) else None
    code, shown = firmograph(root, "run")
    assert code == 3
    assert "finished, with files left in the upload folder that cannot be read" in shown
    assert "1 ingested + 0 duplicate + 0 unreadable + 0 unknown + 1 deferred" in shown
    reason = "it cannot be read: permission is missing (s3:GetObject)"
    assert f"deferred: {name}: {reason}" in shown.splitlines()
    assert [entry.name for entry in uploads.files()] == [name]
    assert firmograph(root, "status", "--json")[1].count('"status": "refused"') == 1
    proxy.rule = lambda _: None
    code, shown = firmograph(root, "run")
    assert code == 0
    assert "1 ingested" in shown


def test_damaged_log_stops_a_run_before_it_reads_uploads(root: Path, bucket: Bucket) -> None:
    assert firmograph(root, "run")[0] == 0
    log = ObjectStorage(f"{bucket.url}/lake/dw/dw_company_data/_delta_log")
    newest = max(entry.name for entry in log.files() if entry.name.endswith(".json"))
    log.put(newest, b"cut o")
    uploads = ObjectStorage(f"{bucket.url}/uploads")
    uploads.put("a_data_blocks_20260301.json", json.dumps(response(organization())).encode())
    code, shown = firmograph(root, "run")
    assert code == 1
    assert "error: table dw/dw_company_data cannot be opened" in shown
    assert [entry.name for entry in uploads.files()] == ["a_data_blocks_20260301.json"]
