"""What `doctor` finds in buckets that are fit, and in those that are not."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from proxy import Fault, Proxy, proxied
from servers import EVERY_STORE, STRANGER, STRANGERS_KEY, Bucket

from firmograph import LakeError, Project
from firmograph.storage.base import walk
from firmograph.storage.doctor.bucket import examine_bucket
from firmograph.storage.doctor.findings import Finding
from firmograph.storage.objects import ObjectStorage
from objects.test_refusals_shown import SETTINGS, firmograph

CHECKS = [
    "access",
    *("put", "get", "list", "delete"),
    *("create if absent", "replace if unchanged"),
    *("list after write", "read of a range", "copy", "delete of several", "multipart", "clock"),
]
REFUSED_BY = "1 of 4 writers at once succeeded"

pytestmark = pytest.mark.objects


def by_check(findings: list[Finding]) -> dict[str, Finding]:
    """The findings by the names of their checks."""
    return {finding.check: finding for finding in findings}


def outcomes(findings: list[Finding], outcome: str) -> list[str]:
    """The checks with an outcome."""
    return [finding.check for finding in findings if finding.outcome == outcome]


@pytest.mark.parametrize("bucket", EVERY_STORE, indirect=True)
def test_all_is_well_in_a_store_that_is_fit_and_nothing_is_left(bucket: Bucket) -> None:
    storage = ObjectStorage(f"{bucket.url}/a prefix/lake")
    storage.put("kept", b"abc")
    findings = examine_bucket(storage)
    assert outcomes(findings, "ok") == [*CHECKS, "nothing left behind"]
    noted = ["encryption"] if bucket.server.is_cloud_storage else ["encryption", "versioning"]
    assert outcomes(findings, "note") == noted
    assert by_check(findings)["create if absent"].seen == f"{REFUSED_BY}, 3 times"
    assert [entry.name for _, _, entry in walk(ObjectStorage(bucket.url))] == ["kept"]


def test_each_missing_permission_is_named(
    make_bucket: Callable[[str], Bucket], monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = make_bucket("versitygw")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", STRANGER)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", STRANGERS_KEY)
    found = by_check(examine_bucket(ObjectStorage(bucket.url)))
    assert {name: found[name].seen for name in CHECKS[1:5]} == {
        "put": "it cannot be written: permission is missing (s3:PutObject)",
        "get": "it cannot be read: permission is missing (s3:GetObject)",
        "list": "it cannot be listed: permission is missing (s3:ListBucket)",
        "delete": "it cannot be deleted: permission is missing (s3:DeleteObject)",
    }
    assert found["put"].hint == "allow s3:PutObject for these credentials; see docs/storage.md"
    assert found["copy"] == Finding("copy", "skipped", "needs put and get")
    assert "nothing left behind" not in found


@pytest.fixture
def bucket_of_all(make_bucket: Callable[[str], Bucket]) -> Bucket:
    """A bucket of a store that lets everybody in."""
    return make_bucket("ministack")


@pytest.fixture
def proxy(bucket_of_all: Bucket, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy before that store."""
    with proxied(bucket_of_all.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


@pytest.fixture
def storage(bucket_of_all: Bucket, proxy: Proxy) -> ObjectStorage:
    """A place behind the proxy."""
    return ObjectStorage(f"{bucket_of_all.url}/lake")


@pytest.mark.parametrize(
    ("kind", "failed"),
    [
        ("LIST", ["list", "list after write", "nothing left behind"]),
        ("DELETE", ["delete", "delete of several", "nothing left behind"]),
        ("COPY", ["copy"]),
    ],
)
def test_what_one_refused_operation_keeps_from_working_is_told(
    storage: ObjectStorage,
    proxy: Proxy,
    kind: str,
    failed: list[str],
) -> None:
    proxy.rule = lambda request: Fault(403) if request.kind == kind else None
    assert outcomes(examine_bucket(storage), "failed") == failed
    proxy.rule = lambda _: None
    assert bool(list(walk(storage))) == (kind == "DELETE")


@pytest.mark.parametrize(
    ("dropped", "seen"),
    [
        (
            ("if-none-match", "if-match"),
            {
                "create if absent": "4 of 4 writers at once succeeded",
                "replace if unchanged": "4 of 4 writers at once succeeded",
            },
        ),
        (("if-match",), {"replace if unchanged": "4 of 4 writers at once succeeded"}),
    ],
)
def test_no_lake_is_begun_in_a_store_without_conditions(
    storage: ObjectStorage,
    proxy: Proxy,
    tmp_path: Path,
    dropped: tuple[str, ...],
    seen: dict[str, str],
) -> None:
    proxy.dropped = dropped
    found = by_check(examine_bucket(storage))
    assert {n: f.seen for n, f in found.items() if f.outcome == "failed"} == seen
    (tmp_path / "firmograph.toml").write_text(SETTINGS.format(url=storage.url))
    with pytest.raises(LakeError, match=r"^no lake can be begun in s3://.*/lake/lake: ") as caught:
        Project(tmp_path).run()
    assert caught.value.hint == (
        f"`firmograph doctor {storage.url}/lake` shows all; use another store, or a folder"
    )
    assert {entry.name for _, _, entry in walk(storage)} == {".lease.json"}


def test_clock_that_is_off_is_told(storage: ObjectStorage, proxy: Proxy) -> None:
    proxy.answered = {"last-modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    found = by_check(examine_bucket(storage))["clock"]
    assert found.outcome == "failed"
    assert found.seen.endswith(" s ahead")
    assert found.hint == "set the clock of this machine, by NTP for instance"


def test_project_s_places_are_shown_with_why_and_hint(
    storage: ObjectStorage, proxy: Proxy, tmp_path: Path
) -> None:
    (tmp_path / "firmograph.toml").write_text(f'lake = "{storage.url}"\n')
    proxy.rule = lambda request: Fault(403) if request.kind == "COPY" else None
    code, shown = firmograph(tmp_path, "doctor")
    assert code == 1
    headings = [line for line in shown.splitlines() if not line.startswith(" ")]
    assert headings == [
        f"uploads: {tmp_path}/workingArea/uploads",
        f"processed: {tmp_path}/workingArea/processedFiles",
        f"quarantined: {tmp_path}/workingArea/quarantinedFiles",
        f"lake: {storage.url}",
        "something is not as it must be: no lake should be here until it is",
    ]
    assert (
        "  FAIL copy: it cannot be written: permission is missing (s3:PutObject)\n"
        "       why it matters: ingested files could not be moved\n"
        "       hint: allow it for these credentials ("
    ) in shown
