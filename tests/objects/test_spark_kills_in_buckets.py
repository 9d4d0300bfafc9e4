"""Runs on Spark that are killed in a bucket, and what the next run makes of them."""

from collections.abc import Callable

import pytest
from conftest import SPARK_CONF, SPARK_JARS
from proxy import Request
from scenario import Account
from servers import Bucket

from firmograph.engine.base import SparkOptions
from firmograph.lake.staged import STAGED
from firmograph.pipeline.maintenance import vacuum
from objects.bucket_project import keys
from objects.conftest import Prepare
from objects.drills import assert_clean, expire_lease, run_killed

ON_SPARK = {
    "engine": "spark",
    "spark_master": "local[2]",
    "spark_jars": str(SPARK_JARS),
    "spark_publish_bytes": "0",
    "spark_conf": ";".join(f"{name}={value}" for name, value in SPARK_CONF.items()),
}

pytestmark = [pytest.mark.objects, pytest.mark.spark]


@pytest.mark.parametrize("heals_on_spark", [True, False])
def test_run_on_spark_killed_between_its_tasks_is_healed_by_the_next(
    heals_on_spark: bool,
    make_bucket: Callable[[str], Bucket],
    prepare: Prepare,
    expected: Account,
    spark: SparkOptions,
) -> None:
    bucket = make_bucket("versitygw")
    project = prepare(bucket)
    lake = project.storages.lake

    def is_last(request: Request) -> bool:
        if heals_on_spark:
            return request.kind == "GET" and f"/{STAGED}/" in request.key
        return request.kind == "PUT" and "/dw/" in request.key and "/part-" in request.key

    run_killed(project, bucket.endpoint, is_last, is_made=heals_on_spark, **ON_SPARK)
    expire_lease(project)
    assert [key for key in keys(lake) if key.startswith(STAGED)]
    project.on(spark if heals_on_spark else None)
    assert project.run().exit_code in (0, 3)
    assert project.account() == expected
    if not heals_on_spark:
        vacuum(project.storages, project.limits, project.contracts)
    assert_clean(project)
