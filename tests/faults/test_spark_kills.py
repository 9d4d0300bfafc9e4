"""The driver of a run on Spark is ended at boundaries; the next run, on either engine, heals it."""

import os
import signal
from pathlib import Path

import pytest
from conftest import SPARK_CONF, SPARK_JARS, absent
from scenario import (
    copy_with_drop,
    files,
    firmograph,
    make_base,
    published_twice,
    sums,
    tables,
)

pytestmark = pytest.mark.spark

KILLS = int(os.environ.get("SOAK_SPARK_KILLS", "3"))
SETTINGS = {
    "engine": "spark",
    "spark_master": "local[2]",
    "spark_jars": str(SPARK_JARS),
    "spark_conf": ";".join(f"{name}={value}" for name, value in SPARK_CONF.items()),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if reason := absent():
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    root = tmp_path_factory.mktemp("base")
    make_base(root)
    return root


@pytest.fixture(scope="module")
def undisturbed(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake that took the second drop undisturbed, on one machine."""
    root = tmp_path_factory.mktemp("undisturbed") / "lake"
    copy_with_drop(base, root)
    assert firmograph(root, "run").returncode == 3
    return root


def assert_same(root: Path, reference: Path) -> None:
    assert tables(root) == tables(reference)
    assert files(root) == files(reference)
    assert sums(root) == sums(reference)
    assert published_twice(root) == []


@pytest.fixture(scope="module")
def boundaries(base: Path, undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many places there are to end a driver at; counted by a run that nothing disturbs."""
    root = tmp_path_factory.mktemp("whole") / "lake"
    copy_with_drop(base, root)
    done = firmograph(root, "run", **SETTINGS)
    assert done.returncode == 3, done.stderr
    assert_same(root, undisturbed)
    return int(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("number", range(KILLS))
def test_driver_ended_anywhere_is_healed_by_the_next_run(
    number: int, base: Path, undisturbed: Path, boundaries: int, tmp_path: Path
) -> None:
    root = tmp_path / "lake"
    copy_with_drop(base, root)
    place = (2 * number + 1) * boundaries // (2 * KILLS)
    killed = firmograph(root, "run", kill_at=place, **SETTINGS)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    healed = firmograph(root, "run", **(SETTINGS if number % 3 == 1 else {}))
    assert healed.returncode in (0, 3), healed.stderr
    assert_same(root, undisturbed)
