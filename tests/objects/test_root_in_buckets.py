"""A root folder in a bucket: its declarations are copied for one command, and nothing else."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from documents import organization, response
from servers import STORES, Bucket

import firmograph
from firmograph.storage.objects import ObjectStorage
from objects.bucket_project import BucketProject

MART = "SELECT duns, upper(primary_name) AS name FROM dw_company_data"
TEST = "-- severity: fail\nSELECT duns FROM dw_company_data WHERE primary_name IS NULL"


def put_root(bucket: Bucket, files: Mapping[str, str]) -> str:
    """Puts files below the root folder in a bucket; returns its url."""
    url = f"{bucket.url}/configuration"
    for name, content in files.items():
        folder, _, file = name.rpartition("/")
        ObjectStorage(f"{url}/{folder}".rstrip("/")).put(file, content.encode())
    return url


def settings_file(project: BucketProject, more: str = "") -> str:
    """A settings file that names the places of a project."""
    return "\n".join([*(f'{n} = "{url}"' for n, url in project.settings.items()), more])


@pytest.mark.parametrize("bucket", STORES, indirect=True)
def test_run_uses_settings_marts_and_tests_of_the_bucket(bucket: Bucket, tmp_path: Path) -> None:
    project = BucketProject(tmp_path, bucket.url)
    project.drop("alpine_data_blocks_20260301.json", response(organization()))
    url = put_root(
        bucket,
        {
            "firmograph.toml": settings_file(project, "snapshots_kept = 7"),
            "marts/app_names.sql": MART,
            "marts/tests/named.sql": TEST,
        },
    )
    opened = firmograph.Project(url)
    report = opened.run()
    assert (opened.root, opened.settings.snapshots_kept) == (url, 7)
    assert (report.tables["app_names"].rows, list(report.test_results)) == (1, ["named"])
    with opened.open() as reader:
        assert reader.sql("SELECT name FROM app_names").to_pylist() == [{"name": "ALPINE COCOA AG"}]


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_project_opened_again_sees_what_changed_in_the_bucket(
    bucket: Bucket, tmp_path: Path
) -> None:
    project = BucketProject(tmp_path, bucket.url)
    url = put_root(bucket, {"firmograph.toml": settings_file(project, "snapshots_kept = 7")})
    opened = firmograph.Project(url, wait_seconds=3)
    put_root(bucket, {"firmograph.toml": settings_file(project, "snapshots_kept = 8")})
    again = opened.again()
    assert (opened.settings.snapshots_kept, again.settings.snapshots_kept) == (7, 8)
    assert again.settings.wait_seconds == 3


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_copy_is_deleted_once_the_project_is_gone(bucket: Bucket, tmp_path: Path) -> None:
    url = put_root(bucket, {"firmograph.toml": settings_file(BucketProject(tmp_path, bucket.url))})
    opened = firmograph.Project(url)
    copy = opened.configuration.root
    assert (copy / "firmograph.toml").is_file()
    del opened
    assert not copy.exists()


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_lake_below_a_root_in_a_bucket_is_refused(bucket: Bucket) -> None:
    url = put_root(bucket, {"firmograph.toml": "snapshots_kept = 7"})
    with pytest.raises(firmograph.SettingsError) as caught:
        firmograph.Project(url)
    assert caught.value.message == (
        f"setting uploads is 'workingArea/uploads', a folder below the root {url}, of which this "
        "machine has a copy for one command only"
    )
    assert caught.value.hint == "give a url or an absolute path"


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_declarations_outside_of_a_root_in_a_bucket_are_refused(
    bucket: Bucket, tmp_path: Path
) -> None:
    places = settings_file(BucketProject(tmp_path, bucket.url))
    url = put_root(bucket, {"firmograph.toml": f'{places}marts = "../marts"'})
    with pytest.raises(firmograph.SettingsError) as caught:
        firmograph.Project(url)
    assert caught.value.message == (
        f"setting marts is '../marts', which leads out of the root {url}"
    )


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_root_in_a_bucket_that_is_not_there_is_an_error(bucket: Bucket) -> None:
    with pytest.raises(firmograph.SettingsError) as caught:
        firmograph.Project("s3://no-such-bucket-anywhere/configuration")
    assert "the root folder cannot be read: " in caught.value.message
    assert "no-such-bucket-anywhere" in caught.value.message


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("s3://acme-data", "as in s3://acme-data/root"),
        ("s3a://acme-data/root", "write s3://acme-data/root"),
        ("s3://key:secret@acme/root", "as in s3://acme-data/firmograph/lake; credentials are given "
         "by the environment"),
    ],
)  # fmt: skip
def test_root_by_another_url_is_an_error(url: str, hint: str) -> None:
    with pytest.raises(firmograph.SettingsError) as caught:
        firmograph.Project(url)
    assert caught.value.hint == hint
    assert "secret" not in str(caught.value)
