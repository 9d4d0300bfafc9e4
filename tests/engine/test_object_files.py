"""What DuckDB reads of the files of a bucket."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from firmograph.engine.duckdb.object_files import ObjectFiles
from firmograph.lake.files import TableFile
from firmograph.storage.local import LocalStorage


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
