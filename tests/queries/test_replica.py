"""Replicas: copies of a lake in which files arrive one by one, in any order."""

import random
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from conftest import Project
from documents import member, organization, response, tree_page

import firmograph
from firmograph.errors import LakeError, UsageError

ROOT = "200000001"
QUERIES = (
    "SELECT duns, primary_name FROM dw_company_data ORDER BY duns",
    "SELECT duns FROM dw_family_tree_members ORDER BY duns",
    "SELECT file_name FROM tb_quarantine_files ORDER BY ALL",
)


def rows(reader: Any) -> list[list[tuple[object, ...]]]:
    return [[tuple(row.values()) for row in reader.sql(q).to_pylist()] for q in QUERIES]


@pytest.fixture
def states(project: Project) -> dict[int, list[list[tuple[object, ...]]]]:
    """A lake with four snapshots, and what each holds."""
    found = {}
    for day in range(1, 5):
        time = f"2026-03-0{day}T00:00:00Z"
        company = organization(f"10000000{day % 4}", f"Day {day}")
        project.drop(f"{day}_data_blocks_2026030{day}.json", response(company, time))
        members = [member(ROOT), *(member(f"30000000{n}", ROOT, 2) for n in range(day))]
        project.drop(f"{day}_family_tree_2026030{day}.json", tree_page(ROOT, members, time=time))
        project.drop(f"bad{day}_data_blocks_2026030{day}.json", {"duns": f"1234567{day}"})
        project.run()
        with firmograph.Project(project.root).open() as reader:
            found[reader.snapshot.snapshot_id] = rows(reader)
    assert len({str(state) for state in found.values()}) == 4
    return found


@pytest.mark.parametrize("seed", range(2))
def test_replica_opens_at_a_whole_snapshot_wherever_the_copy_stops(
    seed: int, project: Project, states: dict[int, Any], tmp_path: Path
) -> None:
    lake, copy = project.folders.lake, tmp_path / "copy"
    files = sorted(path.relative_to(lake) for path in lake.rglob("*") if path.is_file())
    chosen = random.Random(seed)
    chosen.shuffle(files)
    last = 0
    for number, file in enumerate(files, 1):
        target = copy / "datasets" / file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(lake / file, target)
        if number % 12 and number < len(files) - 6:
            continue
        at = open_at(copy, states)
        assert at >= last
        last = at
    assert last == 4


def open_at(root: Path, states: dict[int, Any], **settings: str) -> int:
    """The snapshot that a replica opens at, whose rows are compared; 0 if none is whole."""
    with ExitStack() as stack:
        try:
            replica = firmograph.Project(root, replica=True, **settings)
            reader = stack.enter_context(replica.open())
        except LakeError:
            return 0
        found = reader.snapshot.snapshot_id
        assert rows(reader) == states[found]
        assert reader.newer <= 4 - found
        return found


def test_snapshot_without_one_of_its_files_is_passed_over(
    project: Project, states: dict[int, Any]
) -> None:
    newest = max(
        (project.folders.lake / "dw" / "dw_company_data").glob("*.parquet"),
        key=lambda path: path.stat().st_mtime_ns,
    )
    newest.unlink()
    replica = firmograph.Project(project.root, replica=True)
    with replica.open() as reader:
        assert (reader.snapshot.snapshot_id, reader.newer) == (3, 1)
        assert rows(reader) == states[3]
        assert reader.status().newer_snapshots == 1


def test_replica_is_not_written_to(project: Project) -> None:
    project.run()
    replica = firmograph.Project(project.root, replica=True)
    for command in (replica.run, replica.plan, replica.rebuild, replica.vacuum, replica.compact):
        with pytest.raises(UsageError, match="is a replica, which is only read"):
            command()


def test_replica_without_a_snapshot_says_so(project: Project) -> None:
    with (
        pytest.raises(LakeError, match="has no snapshot yet"),
        firmograph.Project(project.root, replica=True).open(),
    ):
        pass
