"""The process is killed at requests to the store; the next run heals all of it."""

import os
import random
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from bucket_project import BucketProject, keys
from conftest import SPARK_CONF, SPARK_JARS, Once
from processes import expire_lease, start
from scenario import Undisturbed, account_once, copy_with_drop, make_base, undisturbed_lake
from servers import Bucket, Servers
from store_proxy import ANSWER_LOST, NOT_SENT, Fault, Request, proxied

import firmograph
from firmograph.engine.base import SparkOptions
from firmograph.lake.staged import STAGED
from firmograph.pipeline.maintenance import vacuum

KILLS = int(os.environ.get("SOAK_OBJECT_KILLS", "12"))
SEED = 20260302
ON_SPARK = {
    "engine": "spark",
    "spark_master": "local[2]",
    "spark_jars": str(SPARK_JARS),
    "spark_conf": ";".join(f"{name}={value}" for name, value in SPARK_CONF.items()),
}
DATA_FILE = re.compile(r".+/part-[0-9a-f-]+(\.zstd)?\.parquet")

pytestmark = pytest.mark.objects


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    return once("faults-base", make_base)


@pytest.fixture(scope="module")
def undisturbed(once: Once) -> Undisturbed:
    return undisturbed_lake(once)


Start = Callable[[str, Path], BucketProject]


@pytest.fixture
def prepared(base: Path, make_bucket: Callable[[str], Bucket], tmp_path: Path) -> Start:
    """Puts the lake, with the second drop waiting, into a bucket of a store."""
    copy_with_drop(base, tmp_path / "base")

    def prepare(store: str, root: Path) -> BucketProject:
        project = BucketProject(root, make_bucket(store).url)
        project.upload_root(tmp_path / "base")
        project.limits = replace(project.limits, wait_seconds=60)
        return project

    return prepare


def run_killed(
    project: BucketProject,
    store: str,
    is_last: Callable[[Request], bool],
    *,
    is_made: bool,
    **settings: str,
) -> None:
    """Runs in a process that is killed when it makes a request.

    Args:
        project: what it works on.
        store: the address of the store.
        is_last: which request.
        is_made: whether the store gets it; it gets none of those that are made at the same time.
        settings: of the run.
    """
    with proxied(store) as proxy:
        process = start(project, "run", endpoint=proxy.url, **settings)

        def rule(request: Request) -> Fault | None:
            if process.returncode is not None or not is_last(request):
                return None if process.poll() is None else NOT_SENT
            process.kill()
            process.wait()
            return ANSWER_LOST if is_made else NOT_SENT

        proxy.rule = rule
        process.communicate(timeout=240)
    assert process.returncode == -signal.SIGKILL


REQUESTS = 320
"""So many requests the run makes at least; `test_run_makes_so_many_requests` tells if not."""


def test_run_makes_so_many_requests(
    prepared: Start, servers: Servers, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    project = prepared("versitygw", tmp_path / "project")
    with proxied(servers.get("versitygw").address) as proxy:
        process = start(project, "run", endpoint=proxy.url)
        _, stderr = process.communicate(timeout=240)
    assert process.returncode == 3, stderr
    assert REQUESTS <= len(proxy.requests) < REQUESTS + 30
    assert project.account() == account_once(undisturbed.root)
    assert_clean(project)


@pytest.mark.parametrize("number", range(KILLS))
def test_run_killed_at_a_request_is_healed_by_the_next(
    number: int,
    prepared: Start,
    servers: Servers,
    undisturbed: Undisturbed,
    tmp_path: Path,
    figure: Callable[[str, int], None],
) -> None:
    store = "ministack" if number % 4 == 3 else "versitygw"
    project = prepared(store, tmp_path / "project")
    share = (number + random.Random(SEED + number).random()) / KILLS
    place = 1 + int(share * REQUESTS)
    run_killed(
        project, servers.get(store).address, lambda r: r.number == place, is_made=bool(number % 2)
    )
    expire_lease(project)
    assert project.run().exit_code in (0, 3)
    assert project.account() == account_once(undisturbed.root)
    assert_clean(project)
    figure("kills at requests to a store, each healed by the next run", 1)


def test_file_that_was_copied_but_not_deleted_is_moved_and_no_duplicate(
    prepared: Start, servers: Servers, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    project = prepared("versitygw", tmp_path / "project")
    address = servers.get("versitygw").address
    run_killed(project, address, lambda request: request.kind == "DELETE", is_made=False)
    again = "c2_data_blocks_20260305.json"
    content = project.storages.uploads.read(again)
    assert project.storages.processed.read(again) == content
    expire_lease(project)
    project.run()
    assert project.account() == account_once(undisturbed.root)
    project.drop(again, content)
    assert project.run().totals.files["duplicate"] == 1
    assert (project.storages.processed / "duplicates").read(again) == content


def assert_clean(project: BucketProject) -> None:
    """Nothing is left over but files that were written and never committed, until a vacuum."""
    others = [
        key
        for key in keys(project.storages.lake)
        if "/_delta_log/" not in key and not DATA_FILE.fullmatch(key)
    ]
    assert others == []
    assert not list(project.root.glob(".*"))
    lake = firmograph.Project(project.root, **project.settings)
    assert lake.verify(sample=None).is_ok


@pytest.mark.spark
@pytest.mark.parametrize("heals_on_spark", [True, False])
def test_run_on_spark_killed_between_its_tasks_is_healed_by_the_next(
    heals_on_spark: bool,
    prepared: Start,
    servers: Servers,
    undisturbed: Undisturbed,
    spark: SparkOptions,
    tmp_path: Path,
) -> None:
    project = prepared("versitygw", tmp_path / "project")
    lake = project.storages.lake

    def is_last(request: Request) -> bool:
        if heals_on_spark:
            return request.kind == "GET" and f"/{STAGED}/" in request.key
        return request.kind == "PUT" and "/dw/" in request.key and "/part-" in request.key

    run_killed(
        project, servers.get("versitygw").address, is_last, is_made=heals_on_spark, **ON_SPARK
    )
    expire_lease(project)
    assert [key for key in keys(lake) if key.startswith(STAGED)]
    project.on(spark if heals_on_spark else None)
    assert project.run().exit_code in (0, 3)
    assert project.account() == account_once(undisturbed.root)
    if not heals_on_spark:
        vacuum(project.storages, project.limits, project.contracts)
    assert_clean(project)
