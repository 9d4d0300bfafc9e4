"""Redelivery in a bucket: in whatever order and split, the same documents give the same tables."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Project
from servers import STORES, Bucket
from test_orders import SEED, Tables, deliver, deliveries, split

from objects.bucket_project import BucketProject

ORDERS = int(os.environ.get("SOAK_OBJECT_ORDERS", "10"))
RUNS = 3


@pytest.mark.objects
@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_any_order_and_split_of_a_delivery_gives_the_same_tables(
    bucket: Bucket, tmp_path: Path, figure: Callable[[str, int], None]
) -> None:
    whole = deliver(Project(tmp_path / "folder"), [[list(deliveries(0).items())]])
    (expected,) = whole.values()

    def read(project: Project) -> Tables:
        assert isinstance(project, BucketProject)
        return project.account().tables

    chosen = random.Random(SEED)
    families = [split(chosen, number, RUNS) for number in range(ORDERS)]
    found = deliver(BucketProject(tmp_path / "bucket", bucket.url), families, read)
    assert found.keys() == {f"{number:03}" for number in range(ORDERS)}
    for family, rows in found.items():
        assert rows == expected, families[int(family)]
    figure("orders of delivery with equal tables, in a bucket", len(found))
