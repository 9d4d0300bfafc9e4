"""Replicas in a bucket, into which files come one by one, in any order."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from proxy import Fault, proxied
from queries.test_replica import open_at, states  # noqa: F401 - a fixture
from servers import Bucket

import firmograph
from firmograph.errors import LakeError
from firmograph.storage.objects import ObjectStorage
from objects.bucket_project import BucketProject

pytestmark = pytest.mark.objects


@pytest.mark.parametrize("bucket", ["versitygw", "fake-gcs-server"], indirect=True)
def test_replica_opens_at_a_whole_snapshot_wherever_the_copy_stops(
    bucket: Bucket,
    project: Project,
    states: dict[int, Any],  # noqa: F811 - the fixture
    tmp_path: Path,
) -> None:
    lake, last, root = project.folders.lake, 0, tmp_path / "replica"
    root.mkdir()
    files = sorted(str(path.relative_to(lake)) for path in lake.rglob("*.*") if path.is_file())
    random.Random(3).shuffle(files)
    for number, file in enumerate(files, 1):
        ObjectStorage(f"{bucket.url}/lake").put(file, (lake / file).read_bytes())
        if number % 30 and number < len(files) - 3:
            continue
        at = open_at(root, states, lake=f"{bucket.url}/lake")
        assert at >= last
        last = at
    assert last == 4


def test_permission_that_is_missing_is_not_taken_for_a_copy_that_is_not_done(
    make_bucket: Callable[[str], Bucket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = make_bucket("versitygw")
    BucketProject(tmp_path, bucket.url).run()
    lake = BucketProject(tmp_path, bucket.url).settings["lake"]
    with proxied(bucket.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        proxy.rule = lambda request: Fault(403) if request.kind == "GET" else None
        replica = firmograph.Project(tmp_path, replica=True, lake=lake)
        with pytest.raises(LakeError, match=r"permission is missing \(s3:GetObject\)"):
            replica.open().__enter__()
