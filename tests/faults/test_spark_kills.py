"""The driver of a run on Spark is ended at boundaries; the next run, on either engine, heals it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SPARK_CONF, SPARK_JARS, Once, Project, absent
from scenario import (
    Undisturbed,
    assert_same,
    copy_with_drop,
    extent,
    firmograph,
    make_base,
    undisturbed_lake,
)

from firmograph.engine.base import SparkOptions

pytestmark = pytest.mark.spark

KILLS = int(os.environ.get("SOAK_SPARK_KILLS", "3"))
FEWEST = 250
"""A run passes at least as many boundaries; where kills are few, they are spread over these."""
SETTINGS = {
    "engine": "spark",
    "spark_master": "local[2]",
    "spark_jars": str(SPARK_JARS),
    "spark_publish_bytes": "0",
    "spark_conf": ";".join(f"{name}={value}" for name, value in SPARK_CONF.items()),
}


@pytest.fixture(scope="module")
def base(once: Once) -> Path:
    if reason := absent():
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return once("faults-base", make_base)


@pytest.fixture(scope="module")
def undisturbed(once: Once) -> Undisturbed:
    """A lake that took the second drop undisturbed, on one machine."""
    return undisturbed_lake(once)


@pytest.fixture(scope="module")
def boundaries(base: Path, undisturbed: Undisturbed, once: Once) -> int:
    """How many places there are to end a driver at.

    For many kills they are counted by a run that nothing disturbs, which takes as long as a kill.
    """
    if KILLS < 10:
        return FEWEST

    def fill(folder: Path) -> None:
        copy_with_drop(base, folder / "lake")
        done = firmograph(folder / "lake", "run", **SETTINGS)
        assert done.returncode == 3, done.stderr
        assert_same(folder / "lake", undisturbed.root)
        (folder / "stderr").write_text(done.stderr, "utf-8")

    return extent((once("faults-on-spark", fill) / "stderr").read_text("utf-8"))[0]


@pytest.mark.parametrize("number", range(KILLS))
def test_driver_ended_anywhere_is_healed_by_the_next_run(
    number: int,
    base: Path,
    undisturbed: Undisturbed,
    boundaries: int,
    spark: SparkOptions,
    tmp_path: Path,
    figure: Callable[[str, int], None],
) -> None:
    root = tmp_path / "lake"
    copy_with_drop(base, root)
    place = (2 * number + 1) * boundaries // (2 * KILLS)
    killed = firmograph(root, "run", kill_at=place, **SETTINGS)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    healed = Project(root).on(spark if number % 3 == 1 else None).run()
    assert healed.exit_code in (0, 3)
    assert_same(root, undisturbed.root)
    figure("drivers on Spark ended inside a run, each healed by the next", 1)
