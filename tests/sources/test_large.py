import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import Project
from documents import organization, response

MIB = 1 << 20
COUNT = 36


def lines(first: int, count: int = COUNT) -> bytes:
    """JSON lines of a little over a MiB each."""
    padding = "x" * MIB
    documents = (
        response(organization(f"{duns:09}", notes=padding)) for duns in range(first, first + count)
    )
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


def small(duns: str) -> bytes:
    return json.dumps(response(organization(duns))).encode()


def duns_of(project: Project) -> list[str]:
    return [r["duns"] for r in project.sql("SELECT duns FROM dw_company_data ORDER BY duns")]


def ods_files(project: Project) -> list[Path]:
    return list((project.folders.lake / "ods/ods_datablocks_raw").glob("*.parquet"))


def count_ods(project: Project) -> int:
    rows = project.sql("SELECT count(*) AS n FROM ods_datablocks_raw")
    return int(rows[0]["n"])


@contextmanager
def growing(path: Path) -> Iterator[None]:
    """A file that another program keeps writing to."""
    done, begun = threading.Event(), threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            while not done.is_set():
                file.write(b" ")
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    try:
        yield
    finally:
        done.set()
        writer.join()


def test_large_lines_are_published_beside_small_files(project: Project) -> None:
    content = lines(500_000_000)
    project.drop("a_data_blocks_20260301.json", small("100000001"))
    project.drop("b_data_blocks_20260301.jsonl", content)
    project.drop("c_data_blocks_20260301.json", small("900000001"))
    report = project.run()
    assert report.status == "ok"
    assert report.totals.files == {"ingested": 3}
    assert report.totals.documents.published == 38
    wanted = ["100000001", *(f"5000000{n:02}" for n in range(36)), "900000001"]
    assert duns_of(project) == wanted
    assert project.sql(
        "SELECT min(ingest_seq) AS low, max(ingest_seq) AS high, "
        "count(DISTINCT ingest_seq) AS n, min(length(raw_data)) > 1048576 AS is_whole "
        "FROM ods_datablocks_raw WHERE file_name LIKE 'b%'"
    ) == [{"low": 2, "high": 37, "n": 36, "is_whole": True}]
    project.drop("d_data_blocks_20260302.jsonl", content)
    assert project.run().totals.files == {"duplicate": 1}


def test_large_gzip_cut_off_leaves_nothing_behind(project: Project) -> None:
    squeezed = gzip.compress(lines(500_000_000), 1)
    project.drop("a_data_blocks_20260301.json", small("100000001"))
    project.drop("b_data_blocks_20260301.jsonl.gz", squeezed[:-2000])
    project.drop("c_data_blocks_20260301.json", small("900000001"))
    report = project.run()
    assert report.status == "refused"
    assert report.totals.files == {"ingested": 2, "unreadable": 1}
    assert (report.totals.documents.received, report.totals.documents.published) == (2, 2)
    assert report.totals.elements.elements == 4
    assert duns_of(project) == ["100000001", "900000001"]
    assert project.sql("SELECT ingest_seq FROM ods_datablocks_raw ORDER BY 1") == [
        {"ingest_seq": 1},
        {"ingest_seq": 2},
    ]
    assert project.sql("SELECT count(*) AS n FROM tb_entity_heads") == [{"n": 8}]
    assert sum(file.stat().st_size for file in ods_files(project)) < 100_000
    assert project.names(project.folders.quarantined) == ["b_data_blocks_20260301.jsonl.gz"]
    project.drop("b_data_blocks_20260301.jsonl.gz", squeezed)
    assert project.run().totals.documents.published == 36
    assert len(duns_of(project)) == 38


def test_large_file_that_changes_is_deferred_and_leaves_nothing_behind(project: Project) -> None:
    path = project.drop("b_data_blocks_20260301.jsonl", lines(500_000_000))
    project.drop("c_data_blocks_20260301.json", small("900000001"))
    with growing(path):
        report = project.run()
    assert (report.status, report.exit_code) == ("ok", 0)
    assert report.totals.files == {"ingested": 1, "deferred": 1}
    assert project.names(project.folders.uploads) == ["b_data_blocks_20260301.jsonl"]
    assert duns_of(project) == ["900000001"]
    assert count_ods(project) == 1
    assert project.run().totals.documents.published == 36
    assert len(duns_of(project)) == 37
