"""Ingest by tasks: the same decisions and the same `ingest_seq`, whatever the files are.

The embedded engine calls the tasks one after another, so that this is tested without Spark, too.
"""

import gzip
import json
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from conftest import Json, Project
from documents import organization, response
from sources.archives import zipped

from firmograph.engine.base import InProcess
from firmograph.ingest import executor_tasks
from firmograph.ingest.distributed import packed
from firmograph.lake.tuning import Tuning
from firmograph.pipeline.report import Limits
from firmograph.testing import lake_differences, read_lake, table_differences


def company(number: int) -> Json:
    return response(organization(f"{number:09}", f"Company {number}"))


def lines(*numbers: int) -> str:
    return "\n".join(json.dumps(company(n)) if n else "" for n in numbers)


def drop_all_sorts(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", company(1))
    project.drop("b_data_blocks_20260301.jsonl", lines(2, 0, 3, 4))
    project.drop("c_data_blocks_20260301.json", [company(5), company(6)])
    project.drop("d_data_blocks_20260301.json", company(1))
    project.drop("e_data_blocks_20260301.json", '{"organization": {"duns": "1')
    project.drop("f_data_blocks_20260301.json", "")
    project.drop("g_data_blocks_20260301.json.gz", company(7))
    project.drop("h_data_blocks_20260301.json.gz", gzip.compress(b"{}" * 9)[:-6])
    project.drop(
        "i_data_blocks_20260301.zip",
        zipped({"x.json": json.dumps(company(8)).encode(), "y.txt": b""}),
    )
    project.drop("j_data_blocks_20260301.json", {"organization": {"duns": "1"}})
    project.drop("k_data_blocks_20260301.jsonl", lines(*range(10, 40)))
    project.drop("l_data_blocks_20260301.jsonl", lines(*range(40, 60)) + '\n"' + "x" * 3000 + '"')
    project.drop("m_data_blocks_20260301.json", company(9))
    project.drop("n_data_blocks_20260301.json", [company(n) for n in range(60, 70)])
    odd = [lines(*range(70, 80)), lines(80) + lines(81), '{"organization": {', lines(82, 83), "{}"]
    project.drop("o_data_blocks_20260301.jsonl", "\n".join(odd))
    project.drop("readme.txt", "not ours")


SMALL = Tuning(small_bytes=4_000, executor_small_bytes=4_000, range_bytes=3_000)
"""Files count as large from a few kilobytes on, so that every way is taken."""


@pytest.fixture
def map_tasks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From now on, files are ingested by tasks."""
    return lambda: monkeypatch.setattr(InProcess, "slots", 3)


def test_tasks_give_the_tables_of_one_process(
    map_tasks: Callable[[], None], make_project: Callable[[str], Project]
) -> None:
    alone, by_tasks = make_project("alone"), make_project("tasks")
    for project in (alone, by_tasks):
        project.limits = Limits(2_500, "1GB", tuning=SMALL)
        drop_all_sorts(project)
    first = alone.run().totals
    map_tasks()
    second = by_tasks.run().totals
    assert first.files == second.files
    assert first.files["ingested"] == 10
    assert first.files["unreadable"] == 4
    assert len(read_lake(alone.folders.lake)["ods_datablocks_raw"].rows) == 66
    assert lake_differences(alone.folders.lake, by_tasks.folders.lake) == []
    assert alone.names(alone.folders.processed) == by_tasks.names(by_tasks.folders.processed)


def test_rebuild_by_tasks_gives_the_same_tables(
    map_tasks: Callable[[], None], project: Project
) -> None:
    drop_all_sorts(project)
    project.run()
    before = read_lake(project.folders.lake)
    map_tasks()
    project.rebuild()
    after = read_lake(project.folders.lake)
    dw = {name for name in before if name.startswith("dw")}
    assert len(dw) == 6
    assert [line for name in dw for line in table_differences(before[name], after[name])] == []


@pytest.mark.parametrize("name", ["b_data_blocks_20260301.json", "l_data_blocks_20260301.jsonl"])
def test_file_that_changes_between_the_passes_waits_with_its_copies(
    name: str,
    map_tasks: Callable[[], None],
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    map_tasks()
    project.limits = replace(project.limits, tuning=SMALL)
    project.drop("a_data_blocks_20260301.json", company(1))
    content: Any = lines(*range(40, 60)) if name.endswith("l") else company(2)
    changing = project.drop(name, content)
    copy = project.drop(name.replace(name[0], "x", 1), content)
    inner = InProcess.map_tasks

    def map_tasks_late(self: InProcess, function: Any, arguments: Any) -> Any:
        if function.func is executor_tasks.write:
            changing.write_text(json.dumps(company(3)), "utf-8")
            os.utime(changing, (1, 1))
        return inner(self, function, arguments)

    monkeypatch.setattr(InProcess, "map_tasks", map_tasks_late)
    totals = project.run().totals
    assert totals.files == {"ingested": 1, "deferred": 2}
    assert project.names(project.folders.uploads) == sorted([changing.name, copy.name])
    assert project.sql("SELECT duns FROM dw_company_data") == [{"duns": "000000001"}]
    stray = {p.name for p in (project.folders.lake / "ods").glob("*/*.parquet")}
    assert len(stray) == 1
    monkeypatch.setattr(InProcess, "map_tasks", inner)
    assert project.run().totals.files == {"ingested": 2}


def test_items_are_packed_by_cost_in_their_order() -> None:
    packs = list(packed([5, 1, 1, 9, 4, 90, 2, 2], lambda n: n, 2, lambda n: n > 50, 1 << 20))
    assert packs == [[5, 1], [1, 9], [4], [90], [2, 2]]
    assert list(packed([], lambda n: n, 2, lambda n: n > 50, 1 << 20)) == []
