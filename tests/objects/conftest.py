"""What the drills in buckets start from."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Once
from proxy import Proxy, proxied
from scenario import Account, account_once, copy_with_drop, make_base, undisturbed_lake
from servers import Bucket

from objects.bucket_project import BucketProject
from objects.drills import leading_to

Prepare = Callable[[Bucket], BucketProject]
Through = Callable[..., AbstractContextManager[tuple[BucketProject, Proxy]]]


@pytest.fixture(scope="module")
def expected(once: Once) -> Account:
    """What a lake in a folder holds that took the second drop undisturbed."""
    return account_once(undisturbed_lake(once).root)


@pytest.fixture
def prepare(once: Once, tmp_path: Path) -> Prepare:
    """Puts a lake, with the second drop waiting, into a bucket."""
    copy_with_drop(once("faults-base", make_base), tmp_path / "base")

    def fill(bucket: Bucket) -> BucketProject:
        project = BucketProject(tmp_path / "project", bucket.url)
        project.upload_root(tmp_path / "base")
        project.limits = replace(project.limits, wait_seconds=60)
        return project

    return fill


@pytest.fixture
def through(
    make_bucket: Callable[[str], Bucket], prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> Through:
    """Prepares a project whose requests go through a proxy inside a `with` block."""

    @contextmanager
    def lead(store: str = "versitygw") -> Iterator[tuple[BucketProject, Proxy]]:
        bucket = make_bucket(store)
        project = prepare(bucket)
        with proxied(bucket.endpoint) as proxy, monkeypatch.context() as inside:
            for name, value in leading_to(proxy.url, project).items():
                inside.setenv(name, value)
            yield project, proxy

    return lead
