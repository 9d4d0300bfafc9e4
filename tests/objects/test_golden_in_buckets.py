"""The golden cases in buckets: the very tables, refusals and totals that a folder gives."""

from pathlib import Path

import pytest
from conftest import Project
from golden.test_golden import CASES, assert_expected
from scenario import account
from servers import EVERY_STORE, STORES, Bucket

from firmograph.storage.objects import ObjectStorage
from objects.bucket_project import PLACES, BucketProject, keys

pytestmark = pytest.mark.objects


@pytest.mark.essential
@pytest.mark.parametrize("bucket", EVERY_STORE, indirect=True)
def test_uploads_of_all_cases_become_the_expected_tables(bucket: Bucket, tmp_path: Path) -> None:
    project, folder = BucketProject(tmp_path / "b", bucket.url), Project(tmp_path / "f")
    assert_expected(project, CASES)
    assert_expected(folder, CASES)
    assert project.account() == account(folder.root)


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
@pytest.mark.parametrize("places", [("uploads",), ("lake", "processed")])
def test_places_may_be_mixed(places: tuple[str, ...], bucket: Bucket, tmp_path: Path) -> None:
    case = ["tree_in_pages"]
    project, folder = BucketProject(tmp_path / "b", bucket.url, places), Project(tmp_path / "f")
    assert_expected(project, case)
    assert_expected(folder, case)
    assert project.account() == account(folder.root)
    assert {name for name in PLACES if (project.root / PLACES[name]).exists()} - set(places) == (
        PLACES.keys() - set(places) - {"quarantined"}
    )
    assert {name for name in PLACES if keys(ObjectStorage(f"{bucket.url}/{PLACES[name]}"))} == (
        set(places) - {"uploads"}
    )
