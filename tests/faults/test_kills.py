"""The process is ended at boundaries and at random moments; the next run heals all of it."""

import os
import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Once, Project
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
        "received": 25,
        "waiting_before": 0,
        "retried": 0,
        "published": 17,
        "unchanged": 2,
        "superseded": 1,
        "quarantined": 3,
        "waiting": 2,
        "in_ods": 25,
    }


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
