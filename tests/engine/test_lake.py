"""A lake tells which of its tables exist without opening them."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmograph.errors import LakeError
from firmograph.lake.lake import Lake
from firmograph.lake.store import RunStamp, Store
from firmograph.lake.tables import table_specs
from firmograph.storage.local import LocalStorage

QUALITY = "tb_data_quality"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake with one table, which is not open."""
    lake = Lake(LocalStorage(tmp_path), table_specs([]))
    Store(lake, RunStamp("r1", datetime(2026, 3, 1, tzinfo=UTC))).create(QUALITY)
    lake.forget(QUALITY)
    return lake


def test_table_exists_once_it_was_created(lake: Lake) -> None:
    assert [name for name in lake.specs if lake.exists(name)] == [QUALITY]
    assert not lake.is_open(QUALITY)


def test_table_whose_log_is_damaged_exists(lake: Lake) -> None:
    log = lake.table(QUALITY) / "_delta_log"
    Path(log.url, f"{0:020}.json").write_text("{cut off")
    assert lake.exists(QUALITY)
    with pytest.raises(LakeError, match="cannot be opened"):
        lake.open(QUALITY)


def test_table_whose_log_cannot_be_listed_exists(lake: Lake) -> None:
    log = Path((lake.table(QUALITY) / "_delta_log").url)
    shutil.rmtree(log)
    log.symlink_to(log)
    assert lake.exists(QUALITY)
    with pytest.raises(LakeError, match=r"cannot be opened: [ -~]+Too many [ -~]+\nhint: "):
        lake.open(QUALITY)


def test_table_without_a_log_does_not_exist(lake: Lake) -> None:
    log = lake.table(QUALITY) / "_delta_log"
    log.delete([entry.name for entry in log.files()])
    assert not lake.exists(QUALITY)
    with pytest.raises(LakeError, match="does not exist"):
        lake.open(QUALITY)
