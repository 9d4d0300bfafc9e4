"""Spark on a lake in a bucket: the tables that a folder gives, whichever engine has its turn."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Project
from documents import organization
from golden.test_golden import drop_cases
from objects.bucket_project import BucketProject, keys
from objects.drills import start
from publish.histories import live_through
from scenario import account
from servers import ACCESS_KEY, SECRET_KEY, STORES, Bucket

import firmograph
from firmograph.engine.base import SparkOptions
from firmograph.pipeline.report import Report
from firmograph.storage.objects import ObjectStorage
from firmograph.verify.evidence import Sample
from firmograph.verify.verify import verify

pytestmark = [pytest.mark.spark, pytest.mark.objects]


class TakingTurns(BucketProject):
    """A project in a bucket whose runs take turns between engines."""

    def __init__(self, root: Path, bucket: str, turns: Sequence[SparkOptions | None]) -> None:
        super().__init__(root, bucket)
        self._turns, self._count = turns, 0

    def run(self) -> Report:
        self.on(self._turns[self._count % len(self._turns)])
        self._count += 1
        return super().run()


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_engines_that_take_turns_give_the_tables_of_a_folder(
    bucket: Bucket, spark: SparkOptions, tmp_path: Path
) -> None:
    small = replace(spark, publish_bytes=1 << 30)
    shared = TakingTurns(tmp_path / "b", bucket.url, [spark, None, small, spark, small])
    folder = Project(tmp_path / "f")
    for project in (shared, folder):
        drop_cases(project)
        live_through(project)
    rebuilt = shared.on(spark).rebuild()
    folder.rebuild()
    assert [name for name, c in rebuilt.tables.items() if name.startswith("dw_") and c.any] == []
    assert shared.account() == account(folder.root)
    assert (
        verify(shared.storages.lake, shared.storages.processed, Sample(None)).difference_count == 0
    )
    assert [key for key in keys(shared.storages.lake) if key.startswith(".staged")] == []


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_plan_of_a_lake_in_a_bucket_does_without_spark(
    bucket: Bucket, spark: SparkOptions, tmp_path: Path
) -> None:
    project = BucketProject(tmp_path, bucket.url)
    project.drop("a_data_blocks_20260301.json", organization("100000001", "Alpine Cocoa"))
    lake = firmograph.Project(tmp_path, spark=spark.session, **project.settings)
    report = lake.plan()
    assert report.tables["dw_company_data"].inserted == 1
    assert lake.rebuild(dry_run=True).exit_code == 0
    assert keys(project.storages.lake) == {}


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_bucket_that_spark_cannot_read_is_told_and_not_locked(
    bucket: Bucket, tmp_path: Path
) -> None:
    project = BucketProject(tmp_path, bucket.url)
    process = start(project, "run", engine="spark", spark_master="local[1]")
    _, stderr = process.communicate(timeout=240)
    assert process.returncode == 2
    assert "Spark cannot read s3://: its installation lacks org.apache.hadoop.fs.s3a" in stderr
    assert "hint: name its jars in the setting spark_jars" in stderr
    assert "Traceback" not in stderr
    assert SECRET_KEY not in stderr


def test_session_is_led_to_the_store_unless_its_configuration_says_where_it_is(
    spark: SparkOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    from firmograph.engine.spark.buckets import open_bucket

    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-central-2")
    lake = ObjectStorage("s3://acme/lake", (("endpoint", "http://127.0.0.1:9"),))
    session = spark.session.newSession()
    open_bucket(session, lake)
    assert session.conf.get("fs.s3a.bucket.acme.endpoint") == "http://127.0.0.1:9"
    assert session.conf.get("fs.s3a.bucket.acme.path.style.access") == "true"
    assert session.conf.get("fs.s3a.bucket.acme.endpoint.region") == "eu-central-2"
    assert not {ACCESS_KEY, SECRET_KEY} & set(session.conf.getAll.values())
    other = spark.session.newSession()
    hadoop = spark.session.sparkContext._jsc.hadoopConfiguration()
    hadoop.set("fs.s3a.endpoint", "http://127.0.0.1:10")
    open_bucket(other, lake)
    hadoop.unset("fs.s3a.endpoint")
    assert other.conf.get("fs.s3a.bucket.acme.endpoint", None) is None
    assert other.conf.get("fs.s3a.bucket.acme.endpoint.region") == "eu-central-2"
