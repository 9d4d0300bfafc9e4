"""The process is ended at boundaries and at random moments; the next run heals all of it."""

import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Once, Project
from documents import organization, response
from scenario import (
    Undisturbed,
    assert_same,
    copy_with_drop,
    firmograph,
    make_base,
    tables,
    totals,
    undisturbed_lake,
)

from firmograph.verify.verify import verify

KILLS = int(os.environ.get("SOAK_KILLS", "20"))
SEED = 20260301


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    return once("faults-base", make_base)


@pytest.fixture(scope="module")
def undisturbed(once: Once) -> Undisturbed:
    return undisturbed_lake(once)


def stratum(number: int) -> float:
    """A moment between 0 and 1: each kill has a part of the run to itself, and a place in it."""
    share = number // 2 + random.Random(SEED + number).random()
    return share / ((KILLS + 1) // 2)


def assert_healed(root: Path, undisturbed: Undisturbed) -> None:
    """After one more run everything is as if nothing had happened."""
    assert Project(root).run().exit_code in (0, 3)
    assert_same(root, undisturbed.root)


def test_undisturbed_run_accounts_for_every_document(undisturbed: Undisturbed) -> None:
    assert totals(undisturbed.root) == {
        "received": 24,
        "waiting_before": 0,
        "retried": 0,
        "published": 17,
        "unchanged": 2,
        "superseded": 1,
        "quarantined": 2,
        "waiting": 2,
        "in_ods": 24,
    }


@pytest.mark.essential
@pytest.mark.parametrize("number", range(0, KILLS, 2))
def test_run_ended_at_a_boundary_is_healed_by_the_next(
    number: int,
    base: Path,
    undisturbed: Undisturbed,
    tmp_path: Path,
    figure: Callable[[str, int], None],
) -> None:
    copy_with_drop(base, tmp_path / "lake")
    place = 1 + int(stratum(number) * undisturbed.boundaries)
    killed = firmograph(tmp_path / "lake", "run", kill_at=place)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert_healed(tmp_path / "lake", undisturbed)
    figure("kills inside a run, each healed by the next", 1)


@pytest.mark.essential
@pytest.mark.parametrize("number", range(1, KILLS, 2))
def test_run_ended_at_any_moment_is_healed_by_the_next(
    number: int,
    base: Path,
    undisturbed: Undisturbed,
    tmp_path: Path,
    figure: Callable[[str, int], None],
) -> None:
    """A run that came to its end before its moment had come is tried again with an earlier one."""
    moment = (0.02 + 0.93 * stratum(number)) * undisturbed.seconds
    code = 3
    while code in (0, 3):
        shutil.rmtree(tmp_path / "lake", ignore_errors=True)
        copy_with_drop(base, tmp_path / "lake")
        code = firmograph(tmp_path / "lake", "run", kill_after=moment).returncode
        moment *= 0.8
    assert code == -signal.SIGPROF
    assert_healed(tmp_path / "lake", undisturbed)
    figure("kills inside a run, each healed by the next", 1)


@pytest.mark.parametrize(
    ("command", "place"),
    [
        *[("rebuild", place) for place in (2, 4, 7)],
        *[("compact", place) for place in (3, 20, 45)],
        *[("vacuum", place) for place in (3, 9, 30)],
    ],
)
def test_maintenance_ended_anywhere_leaves_the_tables_alone(
    command: str, place: int, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    root = tmp_path / "lake"
    shutil.copytree(undisturbed.root, root)
    killed = firmograph(root, command, kill_at=place)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Project(root).run().exit_code in (0, 3)
    expected, found = tables(undisturbed.root), tables(root)
    for name in expected.keys() - {"tb_data_quality"}:
        assert found[name] == expected[name], name


CHANGED = "c1_data_blocks_20260301.json"


def changed_id(root: Path) -> str:
    """The id of the document that the second drop replaces a company's first one by."""
    query = f"SELECT document_id FROM ods_datablocks_raw WHERE file_name = '{CHANGED}'"
    return str(Project(root).sql(f"{query} ORDER BY ingest_seq DESC LIMIT 1")[0]["document_id"])


@pytest.mark.parametrize(
    ("before", "command", "places"),
    [
        ((), ("withdraw", "ID", "--why", "a test"), (8, 30, 47)),
        ((("withdraw", "ID", "--why", "a test"),), ("reinstate", "ID"), (6, 30, 45)),
        ((), ("rollback", "1"), (5, 20, 33)),
        ((("rollback", "1"),), ("reinstate",), (4, 50, 86)),
    ],
)
def test_decision_ended_anywhere_is_not_taken_and_can_be_taken_again(
    before: tuple[tuple[str, ...], ...],
    command: tuple[str, ...],
    places: tuple[int, ...],
    undisturbed: Undisturbed,
    tmp_path: Path,
) -> None:
    """The lake is killed at each place in turn; readers see nothing of it."""
    document_id = changed_id(undisturbed.root)
    for name in ("whole", "killed"):
        shutil.copytree(undisturbed.root, tmp_path / name)
    whole, root = tmp_path / "whole", tmp_path / "killed"
    steps = [[document_id if word == "ID" else word for word in one] for one in (*before, command)]
    for step in steps:
        assert firmograph(whole, *step).returncode in (0, 3)
    for step in steps[:-1]:
        assert firmograph(root, *step).returncode in (0, 3)
    names = "SELECT duns, primary_name FROM dw_company_data ORDER BY duns"
    seen = Project(root).sql(names)
    for place in places:
        killed = firmograph(root, *steps[-1], kill_at=place)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert Project(root).sql(names) == seen
    assert firmograph(root, *steps[-1]).returncode in (0, 3)
    assert Project(root).sql(names) != seen
    assert published_tables(root) == published_tables(whole)


def published_tables(root: Path) -> dict[str, list[dict[str, str]]]:
    """The rows of the tables, those of the quarantine without the runs that they name."""
    return {name: rows for name, rows in tables(root).items() if name != "tb_data_quality"}


@pytest.mark.parametrize("place", [8, 12, 15])
def test_bytes_that_were_moved_under_the_same_name_before_are_counted(
    project: Project, place: int
) -> None:
    """The run ends between ODS and the ledger; a file that looks the same was moved long ago."""
    document = response(organization())
    for name in ("a_family_tree_20260301.json", "a_data_blocks_20260302.json"):
        project.drop(name, document)
        project.run()
    project.drop("a_family_tree_20260301.json", document)
    killed = firmograph(project.root, "run", kill_at=place)
    assert killed.returncode == -signal.SIGKILL
    assert project.run().totals.files["ingested"] == 1
    entries = project.sql(
        "SELECT count(*) AS n FROM tb_pipeline_control "
        "WHERE status = 'ingested' AND file_name = 'a_family_tree_20260301.json'"
    )
    assert entries == [{"n": 2}]
    verdict = verify(project.storages.lake, project.storages.processed)
    assert [check.differences.examples for check in verdict.checks if not check.is_ok] == []
