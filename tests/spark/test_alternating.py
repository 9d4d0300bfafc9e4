"""One lake, two engines that alternate run by run: each table is as a single engine leaves it."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from conftest import Project
from publish.histories import live_through

from firmograph.engine.base import SparkOptions
from firmograph.pipeline.report import Report
from firmograph.testing import lake_differences, read_lake

pytestmark = pytest.mark.spark


class Alternating(Project):
    """A project whose runs take turns between engines."""

    def __init__(self, root: Path, turns: Sequence[SparkOptions | None]) -> None:
        super().__init__(root)
        self._turns = turns
        self._count = 0

    def run(self) -> Report:
        self.on(self._turns[self._count % len(self._turns)])
        self._count += 1
        return super().run()


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A history on the embedded engine alone, rebuilt at its end."""
    project = Project(tmp_path_factory.mktemp("embedded") / "lake")
    live_through(project)
    project.rebuild()
    return project


@pytest.mark.parametrize("spark_first", [True, False])
def test_lake_alternates_between_engines(
    spark_first: bool, embedded: Project, spark: SparkOptions, tmp_path: Path
) -> None:
    turns = (spark, None) if spark_first else (None, spark)
    project = Alternating(tmp_path / "lake", turns)
    live_through(project)
    project.on(spark if spark_first else None).rebuild()
    assert len(read_lake(embedded.folders.lake)["dw_company_data"].rows) == 3
    assert lake_differences(embedded.folders.lake, project.folders.lake) == []
