"""Several processes read large uploads; the tables equal those of a single process."""

import dataclasses
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from documents import organization, response
from scenario import tables

from firmograph.errors import LakeError
from firmograph.ingest import ingest_pool, pool
from firmograph.ingest.requests import ReadLines
from firmograph.lake.tuning import Tuning
from firmograph.sources.ranges import Block, Range, blocks, hash_lines
from firmograph.storage.local import LocalStorage

LINES = "many_data_blocks_20260301.jsonl"
packings = pytest.mark.parametrize(
    ("name", "pack"),
    [(LINES, bytes), (f"{LINES}.gz", partial(gzip.compress, mtime=0))],
    ids=["plain", "gz"],
)
Pack = Callable[[bytes], bytes]


def companies(first: int, count: int) -> list[dict[str, Any]]:
    return [response(organization(f"{n:09}", f"Company {n}")) for n in range(first, first + count)]


def lines(documents: list[Any]) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


SMALL_PIECES = Tuning(
    parallel_bytes=0,
    streamed_bytes=20_000,
    small_bytes=3_000,
    small_packed_bytes=500,
    submitted_bytes=2_000,
    range_bytes=3_000,
    batch_bytes=5_000,
    replay_bytes=0,
)
"""Every upload counts as large, and is cut into small pieces."""


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for the other process to start: so little would be done before."""
    begin = ingest_pool.IngestPool.__init__

    def begin_together(self: ingest_pool.IngestPool, *work: Any) -> None:
        begin(self, *work)
        self.start()
        while any(process.is_busy for process in self._processes):
            self._poll(wait=True)

    monkeypatch.setattr(ingest_pool.IngestPool, "__init__", begin_together)


def with_workers(project: Project, count: int) -> Project:
    project.limits = dataclasses.replace(project.limits, workers=count, tuning=SMALL_PIECES)
    return project


def drop_all(project: Project) -> None:
    """Lines with empty and bad ones among them, compressed lines, an array, small files."""
    parts = [*companies(100, 30), "no object", {"organization": {"duns": "1"}}]
    project.drop(LINES, b"\xef\xbb\xbf\n\n" + lines(parts) + b"\n\n" + lines(companies(200, 9)))
    project.drop(
        "packed_data_blocks_20260301.jsonl.gz", gzip.compress(lines(companies(300, 30)), mtime=0)
    )
    project.drop("array_data_blocks_20260301.json", companies(400, 30))
    for document in companies(500, 9):
        duns = document["organization"]["duns"]
        project.drop(f"c{duns}_data_blocks_20260301.json", document)


def test_two_processes_make_the_tables_of_one(
    small_pieces: None, make_project: Callable[[str], Project]
) -> None:
    alone, pool = with_workers(make_project("alone"), 1), with_workers(make_project("crew"), 2)
    drop_all(alone)
    drop_all(pool)
    assert alone.run().totals == pool.run().totals
    found = tables(pool.folders.root)
    assert found == tables(alone.folders.root)
    assert len(found["dw_company_data"]) == 108
    assert len(found["ods_datablocks_raw"]) == 110


def odd_lines() -> bytes:
    """Lines, among them an array, three documents without a break, a bad stretch, a pretty one."""
    one, two, three = (lines(companies(n, 1)).strip() for n in (600, 601, 602))
    return b"\n".join(
        [
            lines(companies(100, 30)),
            json.dumps(companies(200, 40)).encode(),
            one + two + b"\x1e" + three + b",",
            b'{"organization": {"duns": ',
            b"not json",
            b"\xef\xbb\xbf" + lines(companies(300, 30)),
            json.dumps(companies(400, 1)[0], indent=2).encode(),
            lines(companies(500, 30)),
        ]
    )


@packings
def test_lines_that_are_not_documents_are_split_alike_by_one_process_and_two(
    name: str, pack: Pack, small_pieces: None, make_project: Callable[[str], Project]
) -> None:
    alone, pool = with_workers(make_project("alone"), 1), with_workers(make_project("crew"), 2)
    for project in (alone, pool):
        project.drop(name, pack(odd_lines()))
        totals = project.run().totals.documents
        assert (totals.received, totals.published, totals.quarantined) == (135, 134, 1)
        (refused,) = project.sql("SELECT rule, record_number, reason FROM tb_quarantine_files")
        assert refused["rule"] == "malformed"
        assert "(line 35, column 1 of the file, in what begins at byte " in refused["reason"]
    found = tables(pool.folders.root)
    assert found == tables(alone.folders.root)
    assert len(found["dw_company_data"]) == 134


def test_files_known_already_are_duplicates_in_every_process(
    small_pieces: None, project: Project
) -> None:
    drop_all(with_workers(project, 2))
    project.run()
    drop_all(project)
    report = project.run()
    assert report.totals.files == {"duplicate": 12}
    assert report.totals.documents.received == 0
    assert project.sql("SELECT count(*) AS n FROM ods_datablocks_raw") == [{"n": 110}]


def test_same_bytes_under_two_names_are_kept_once_whoever_opens_them(
    small_pieces: None, project: Project
) -> None:
    with_workers(project, 2)
    for number, document in enumerate(companies(100, 40)):
        project.drop(f"a{number:02}_data_blocks_20260301.json", document)
        project.drop(f"b{number:02}_data_blocks_20260301.json", document)
    assert project.run().totals.files == {"ingested": 40, "duplicate": 40}
    rows = project.sql("SELECT file_name, ingest_seq FROM ods_datablocks_raw ORDER BY ingest_seq")
    assert [row["ingest_seq"] for row in rows] == list(range(1, 41))
    assert rows[0]["file_name"] == "a00_data_blocks_20260301.json"
    assert rows[39]["file_name"] == "a39_data_blocks_20260301.json"


def test_files_known_already_start_no_process(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_workers(project, 2).drop("a_data_blocks_20260301.json", companies(100, 1)[0])
    project.run()
    project.drop("b_data_blocks_20260301.json", companies(100, 1)[0])
    started: list[object] = []
    monkeypatch.setattr(pool, "WorkerProcess", started.append)
    assert project.run().totals.files == {"duplicate": 1}
    assert started == []


def test_process_that_was_given_nothing_is_not_waited_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.drop("a_data_blocks_20260301.json", companies(100, 1)[0])
    assert with_workers(project, 2).run().totals.documents.published == 1


@packings
def test_record_number_is_the_line_in_the_file_whoever_reads_it(
    name: str, pack: Pack, small_pieces: None, project: Project
) -> None:
    content = b"\n" + lines(companies(100, 20)) + b"\n\n{}"
    with_workers(project, 2).drop(name, pack(content))
    project.run()
    rows = project.sql("SELECT record_number FROM ods_datablocks_raw ORDER BY ingest_seq")
    assert [row["record_number"] for row in rows] == [*range(2, 22), 24]


@packings
def test_file_with_a_document_too_large_leaves_nothing_behind(
    name: str, pack: Pack, small_pieces: None, project: Project
) -> None:
    with_workers(project, 2)
    project.limits = dataclasses.replace(project.limits, max_document_bytes=4_000)
    documents = [*companies(100, 20), {"x": "y" * 50_000}, *companies(200, 20)]
    project.drop(name, pack(lines(documents)))
    project.drop("z_data_blocks_20260301.json", companies(900, 1)[0])
    report = project.run()
    assert report.totals.files == {"unreadable": 1, "ingested": 1}
    assert project.sql("SELECT entity_id FROM ods_datablocks_raw") == [{"entity_id": "000000900"}]
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "000000900"}]
    assert project.names(project.folders.quarantined) == [name]


def test_cut_off_archive_leaves_nothing_behind(small_pieces: None, project: Project) -> None:
    whole = gzip.compress(lines(companies(100, 200)))
    with_workers(project, 2).drop("cut_data_blocks_20260301.jsonl.gz", whole[:-9])
    project.drop("z_data_blocks_20260301.json", companies(900, 1)[0])
    report = project.run()
    assert report.totals.files == {"unreadable": 1, "ingested": 1}
    assert project.sql("SELECT entity_id FROM ods_datablocks_raw") == [{"entity_id": "000000900"}]


def test_ended_worker_stops_the_run_and_the_next_one_reads_all(
    small_pieces: None, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_workers(project, 2).drop(LINES, lines(companies(100, 40)))
    read_lines = ingest_pool.IngestPool.read_lines

    def end_one(self: ingest_pool.IngestPool, lines: ReadLines) -> None:
        process = self._processes[0]._process
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        read_lines(self, lines)

    with monkeypatch.context() as patch:
        patch.setattr(ingest_pool.IngestPool, "read_lines", end_one)
        with pytest.raises(LakeError, match="a worker process ended by signal 9"):
            project.run()
    assert project.names(project.folders.uploads) == [LINES]
    assert project.run().totals.documents.published == 40


class Unreadable:
    """What cannot be unpickled at the other end."""

    load = held = 0

    def __reduce__(self) -> tuple[Any, ...]:
        return int, ("no number",)


def test_worker_that_cannot_read_a_request_ends_and_is_not_waited_for() -> None:
    process: pool.WorkerProcess[Any] = pool.WorkerProcess("any")
    while process.is_busy:  # it is starting
        process.receive()
    process.send(Unreadable(), lambda _: None)  # type: ignore[arg-type]
    with pytest.raises(LakeError, match="a worker process ended"):
        process.receive()
    process.end()


def test_process_that_dies_while_it_starts_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource_tracker.ensure_running()
    monkeypatch.setattr("multiprocessing.spawn._python_exe", b"/bin/false")
    process: pool.WorkerProcess[Any] = pool.WorkerProcess(bytes(1 << 20))
    with pytest.raises(LakeError, match="a worker process ended with code 1"):
        process.receive()
    process.end()


def test_process_imports_neither_the_command_line_nor_what_only_publishes() -> None:
    program = (
        "import sys, firmograph.__main__, firmograph.ingest.worker_process;"
        "from firmograph.ingest.worker import Worker;"
        "from firmograph.lake.parquet import FileWriter;"
        "print(*sorted({'click', 'deltalake', 'duckdb', 'filelock', 'yaml'} & sys.modules.keys()))"
    )
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert printed.stdout == b"\n"


def test_rebuild_by_two_processes_reads_every_document_once(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        project.drop(f"{number}_data_blocks_20260301.jsonl", lines(companies(100 + number, 30)))
        project.run()
    before = tables(project.root)
    assert len(before["dw_company_data"]) == 32
    started: list[object] = []

    class Counted(pool.WorkerProcess):
        def __init__(self, work: object) -> None:
            super().__init__(work)
            started.append(work)
            while self.is_busy:  # so little would be done before it has started
                self.receive()

    monkeypatch.setattr(pool, "WorkerProcess", Counted)
    report = with_workers(project, 2).rebuild()
    assert len(started) == 1
    assert report.totals.documents.received == 90
    assert tables(project.root) == before


def test_ranges_cover_a_file_without_gap(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"".join(b"x" * (n % 97) + b"\n" for n in range(2_000)) + b"end")
    storage = LocalStorage(tmp_path)
    with storage.open("lines") as file:
        whole = Range(storage, "lines", file.stamp)
        _, found = hash_lines(file.content, whole, range_bytes=3_000)
    assert len(found) > 5
    assert found[0].offset == 0
    assert found[0].first_line == 1
    for before, after in pairwise(found):
        assert after.offset == before.offset + before.size
        assert after.first_line == before.first_line + before.line_count
    assert found[-1].offset + found[-1].size == path.stat().st_size
    assert sum(part.line_count for part in found) == 2_001


def test_blocks_are_whole_lines_but_for_those_too_large() -> None:
    content = b"one\n\nthree\n" + b"4" * 9 + b"5" * 9 + b"\nsix"
    found = list(blocks(io.BytesIO(content), block_bytes=6, limit=12))
    assert found == [
        Block(b"one\n\n", 1, 2),
        Block(b"three\n", 3, 1),
        Block(b"44444444455555", 4, 0),
        Block(b"5555\n", 4, 1),
        Block(b"six", 5, 1),
    ]
    assert list(blocks(io.BytesIO(b""), block_bytes=6, limit=12)) == []
    assert list(blocks(io.BytesIO(b"one\n"), block_bytes=6, limit=12)) == [Block(b"one\n", 1, 1)]
