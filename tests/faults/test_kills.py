"""The process is ended at boundaries and at random moments; the next run heals all of it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from scenario import (
    KILLER,
    copy_with_drop,
    files,
    firmograph,
    make_base,
    published_twice,
    sums,
    tables,
)

KILLS = int(os.environ.get("SOAK_KILLS", "20"))
SEED = 20260301


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("base")
    make_base(root)
    return root


@pytest.fixture(scope="module")
def undisturbed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A lake that took the second drop undisturbed, and how many boundaries that passed."""
    root = tmp_path_factory.mktemp("undisturbed") / "lake"
    copy_with_drop(base, root)
    done = firmograph(root, "run")
    assert done.returncode == 3, done.stderr
    return root, int(done.stderr.splitlines()[-1])


def end_at_random(root: Path, delay: float) -> int:
    """Ends a run some seconds after it started; its exit code."""
    command = [sys.executable, str(KILLER), "0", "run", "--root", str(root)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        deadline = time.monotonic() + delay
        while run.poll() is None and time.monotonic() < deadline:
            os.sched_yield()
        run.send_signal(signal.SIGKILL)
        return run.wait()


def assert_healed(root: Path, undisturbed: Path) -> float:
    """After one more run everything is as if nothing had happened; how long that run took."""
    began = time.monotonic()
    again = firmograph(root, "run")
    took = time.monotonic() - began
    assert again.returncode in (0, 3), again.stderr
    assert tables(root) == tables(undisturbed)
    assert files(root) == files(undisturbed)
    assert sums(root) == sums(undisturbed)
    assert published_twice(root) == []
    return took


def test_undisturbed_run_accounts_for_every_document(undisturbed: tuple[Path, int]) -> None:
    assert sums(undisturbed[0]) == {
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


def test_run_ended_anywhere_is_healed_by_the_next(
    base: Path,
    undisturbed: tuple[Path, int],
    tmp_path: Path,
    figure: Callable[[str, object], None],
) -> None:
    reference, boundaries = undisturbed
    chosen = random.Random(SEED)
    duration, landed = 1.0, 0
    for number in range(KILLS):
        root = _fresh(base, tmp_path / f"lake-{number}")
        if number % 2:
            code = end_at_random(root, chosen.uniform(0.2, 0.9) * duration)
        else:
            place = 1 + (number // 2 * boundaries // max(1, KILLS // 2)) % boundaries
            code = firmograph(root, "run", kill_at=place).returncode
        landed += code == -signal.SIGKILL
        duration = assert_healed(root, reference)
        shutil.rmtree(root)
    figure("kills that landed inside a run", f"{landed} of {KILLS}")
    assert landed >= KILLS * 0.7


@pytest.mark.parametrize("command", ["rebuild", "compact", "vacuum"])
def test_upkeep_ended_anywhere_leaves_the_tables_alone(
    command: str, undisturbed: tuple[Path, int], tmp_path: Path
) -> None:
    reference = undisturbed[0]
    for number, place in enumerate((3, 9, 20)):
        root = tmp_path / f"lake-{number}"
        _copy(reference, root)
        firmograph(root, command, kill_at=place)
        assert_same_rows(root, reference)


def assert_same_rows(root: Path, reference: Path) -> None:
    again = firmograph(root, "run")
    assert again.returncode in (0, 3), again.stderr
    expected = tables(reference)
    found = tables(root)
    for name in expected.keys() - {"tb_data_quality"}:
        assert found[name] == expected[name], name


def _fresh(base: Path, root: Path) -> Path:
    copy_with_drop(base, root)
    return root


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-r", str(source), str(target)], check=True)
