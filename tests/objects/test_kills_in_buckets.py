"""The process is killed at requests to the store; the next run heals all of it."""

import os
import random
from collections.abc import Callable

import pytest
from proxy import proxied
from scenario import Account
from servers import Bucket

from objects.conftest import Prepare
from objects.drills import (
    assert_clean,
    expire_lease,
    run_killed,
    start,
)

KILLS = int(os.environ.get("SOAK_OBJECT_KILLS", "6"))
CLOUD_KILLS = int(os.environ.get("SOAK_CLOUD_KILLS", "2"))
SEED = 20260302
REQUESTS = 320
"""So many requests the run makes at least; `test_run_makes_so_many_requests` tells if not."""
PLACES = [
    # every fourth is on another store
    *(("ministack" if n % 4 == 3 else "versitygw", n, n / KILLS) for n in range(KILLS)),
    *(("fake-gcs-server", n, n / CLOUD_KILLS) for n in range(CLOUD_KILLS)),
]

pytestmark = pytest.mark.objects


@pytest.mark.parametrize("store", ["versitygw", "fake-gcs-server"])
def test_run_makes_so_many_requests(
    store: str, prepare: Prepare, make_bucket: Callable[[str], Bucket], expected: Account
) -> None:
    bucket = make_bucket(store)
    project = prepare(bucket)
    with proxied(bucket.endpoint) as proxy:
        process = start(project, "run", endpoint=proxy.url)
        _, stderr = process.communicate(timeout=240)
    assert process.returncode == 3, stderr
    assert REQUESTS <= len(proxy.requests) < REQUESTS + 30
    assert project.account() == expected
    assert_clean(project)


@pytest.mark.parametrize(("store", "number", "share"), PLACES)
def test_run_killed_at_a_request_is_healed_by_the_next(
    store: str,
    number: int,
    share: float,
    prepare: Prepare,
    make_bucket: Callable[[str], Bucket],
    expected: Account,
    figure: Callable[[str, int], None],
) -> None:
    """Every other request reaches the store."""
    bucket = make_bucket(store)
    project = prepare(bucket)
    width = 1 / (CLOUD_KILLS if bucket.server.is_cloud_storage else KILLS)
    chosen = share + width * random.Random(SEED + number).random()
    place = 1 + int(chosen * REQUESTS)
    run_killed(project, bucket.endpoint, lambda r: r.number == place, is_made=bool(number % 2))
    expire_lease(project)
    assert project.run().exit_code in (0, 3)
    assert project.account() == expected
    assert_clean(project)
    kind = "Cloud Storage" if bucket.server.is_cloud_storage else "S3"
    figure(f"kills at requests to {kind}, each healed by the next run", 1)


def test_file_that_was_copied_but_not_deleted_is_moved_and_no_duplicate(
    prepare: Prepare, make_bucket: Callable[[str], Bucket], expected: Account
) -> None:
    bucket = make_bucket("versitygw")
    project = prepare(bucket)
    address = bucket.endpoint
    run_killed(project, address, lambda request: request.kind == "DELETE", is_made=False)
    again = "c2_data_blocks_20260305.json"
    content = project.storages.uploads.read(again)
    assert project.storages.processed.read(again) == content
    expire_lease(project)
    project.run()
    assert project.account() == expected
    project.drop(again, content)
    assert project.run().totals.files["duplicate"] == 1
    assert (project.storages.processed / "duplicates").read(again) == content
