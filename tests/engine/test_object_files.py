"""What DuckDB reads of the files of a bucket."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import pytest
from proxy import proxied
from servers import Bucket, lead_to

from firmograph.engine.duckdb.object_files import (
    END_BYTES,
    PIECE_BYTES,
    WHOLE_BYTES,
    ObjectFiles,
)
from firmograph.lake.files import TableFile
from firmograph.storage.local import LocalStorage
from firmograph.storage.objects import ObjectStorage


def test_threads_that_share_an_open_file_have_places_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "part.parquet").write_bytes(bytes(range(256)))
    files = ObjectFiles()
    url = files.add(TableFile(LocalStorage(tmp_path), "part.parquet", 256))
    with files.open(url) as content, ThreadPoolExecutor(1) as other:
        content.seek(3)
        other.submit(content.seek, 200).result()
        assert content.read(2) == bytes([3, 4])
        assert other.submit(content.read, 2).result() == bytes([200, 201])
        assert (content.tell(), other.submit(content.tell).result()) == (5, 202)


@pytest.mark.parametrize("size", [0, 1, 200_000, WHOLE_BYTES, WHOLE_BYTES + 1, 1_500_000])
def test_any_range_is_read_as_it_is(tmp_path: Path, size: int) -> None:
    content = random.Random(size).randbytes(size)
    (tmp_path / "part.parquet").write_bytes(content)
    files = ObjectFiles()
    url = files.add(TableFile(LocalStorage(tmp_path), "part.parquet", size))
    edges = {0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, size - END_BYTES, size - 1, size}
    places = sorted(edge for edge in edges if 0 <= edge <= size)
    with files.open(url) as opened:
        for _ in range(2):  # the second time from memory
            for start, end in combinations(places, 2):
                opened.seek(start)
                assert opened.read(end - start) == content[start:end], (start, end)
        opened.seek(size)
        assert opened.read(10) == b""


@pytest.mark.objects
def test_columns_that_lie_next_to_each_other_take_one_request(
    make_bucket: Callable[[str], Bucket], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = make_bucket("versitygw")
    content = random.Random(1).randbytes(3_000_000)
    ObjectStorage(bucket.url, scratch=tmp_path).put("part.parquet", content)
    with proxied(bucket.endpoint) as proxy:
        lead_to(proxy.url, monkeypatch)
        files = ObjectFiles()
        again = ObjectStorage(bucket.url, scratch=tmp_path)
        url = files.add(TableFile(again, "part.parquet", len(content)))
        with files.open(url) as opened:
            for start in (140_000, 150_000, 250_000, 140_000):
                opened.seek(start)
                assert opened.read(20_000) == content[start : start + 20_000]
        assert proxy.counts == {"GET": 2}  # the last but one reaches into the next piece
