"""Tables whose requests a run makes at once, or while it goes on."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pyarrow as pa
import pytest
from proxy import Fault, Request, proxied
from servers import Bucket, lead_to

from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp, Store
from firmograph.lake.tables import table_specs
from firmograph.storage.objects import ObjectStorage
from objects.bucket_project import BucketProject

QUALITY = "tb_data_quality"
TABLES = 14

pytestmark = pytest.mark.objects


def test_first_run_creates_its_tables_side_by_side(
    make_bucket: Callable[[str], Bucket], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bucket = make_bucket("versitygw")
    all_asked = Barrier(TABLES)

    def wait_for_the_others(request: Request) -> None:
        is_mart = "/app/" in request.key
        if request.kind == "PUT" and request.key.endswith(f"{0:020}.json") and not is_mart:
            all_asked.wait(timeout=60)

    with proxied(bucket.endpoint) as proxy:
        lead_to(proxy.url, monkeypatch)
        proxy.rule = wait_for_the_others
        BucketProject(tmp_path, bucket.url).run()
    assert not all_asked.broken


def test_table_whose_log_could_not_be_reread_is_opened_anew(
    make_bucket: Callable[[str], Bucket], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bucket = make_bucket("versitygw")
    refused: list[Request] = []

    def refuse_third(request: Request) -> Fault | None:
        if not refused and request.kind == "GET" and request.key.endswith(f"{1:020}.json"):
            asked.append(request)
            if len(asked) == 3:  # the commit itself reads the entry twice
                refused.append(request)
                return Fault(status=403)
        return None

    asked: list[Request] = []
    with proxied(bucket.endpoint) as proxy:
        lead_to(proxy.url, monkeypatch)
        proxy.rule = refuse_third
        lake = Lake(ObjectStorage(bucket.url, scratch=tmp_path), table_specs([]))
        store = Store(lake, RunStamp("r1", datetime(2026, 3, 1, tzinfo=UTC)))
        store.create(QUALITY)
        schema = lake.specs[QUALITY].schema
        for count in (1, 2):
            store.append(QUALITY, pa.Table.from_pylist([{"count": count}], schema=schema))
            assert lake.open(QUALITY).version() == count
        assert store.row_count(QUALITY) == 2
    assert len(refused) == 1
