"""A table's log is trimmed to what its kept versions need."""

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from firmograph.lake.lake import Lake
from firmograph.lake.log import TableLog
from firmograph.lake.store import RunStamp, Store
from firmograph.lake.tables import table_specs
from firmograph.storage.local import LocalStorage

QUALITY = "tb_data_quality"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of 45 versions with a row each, and checkpoints at versions 19 and 39."""
    lake = Lake(LocalStorage(tmp_path), table_specs([]))
    store = Store(lake, RunStamp("r1", datetime(2026, 3, 1, tzinfo=UTC)))
    store.create(QUALITY)
    schema = lake.specs[QUALITY].schema
    for number in range(1, 46):
        appender = store.appender(QUALITY)
        appender.write(pa.Table.from_pylist([{"count": number}], schema=schema))
        appender.commit()
    return Path(lake.table(QUALITY).url)


def log_of(table: Path) -> list[str]:
    return sorted(path.name.lstrip("0") for path in (table / "_delta_log").iterdir())


def counts(table: Path, version: int) -> list[int]:
    return sorted(DeltaTable(table, version=version).to_pyarrow_table()["count"].to_pylist())


@pytest.mark.parametrize(
    ("version", "deleted", "first"), [(45, 40, 39), (39, 40, 39), (38, 19, 19), (18, 0, 0)]
)
def test_log_older_than_the_checkpoint_of_the_version_is_deleted(
    version: int, deleted: int, first: int, table: Path
) -> None:
    assert TableLog(LocalStorage(table)).expire(version) == deleted
    commits = [f"{number:020}.json".lstrip("0") for number in range(first, 46)]
    checkpoints = [f"{number}.checkpoint.parquet" for number in (19, 39) if number >= first]
    assert log_of(table) == sorted([*commits, *checkpoints, "_last_checkpoint"])
    for kept in {version, 39, 45}:
        assert counts(table, kept) == list(range(1, kept + 1))
    assert TableLog(LocalStorage(table)).expire(version) == 0


def test_older_version_is_gone(table: Path) -> None:
    TableLog(LocalStorage(table)).expire(39)
    with pytest.raises(DeltaError):
        DeltaTable(table, version=38)


def test_nothing_is_deleted_if_the_checkpoint_is_broken(table: Path) -> None:
    before = log_of(table)
    (table / "_delta_log" / f"{39:020}.checkpoint.parquet").write_bytes(b"cut off")
    with pytest.raises(pa.ArrowException):
        TableLog(LocalStorage(table)).expire(45)
    assert log_of(table) == before
