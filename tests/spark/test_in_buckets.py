"""Spark on a lake in a bucket: the tables that a folder gives, whichever engine has its turn."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from bucket_project import BucketProject, keys
from conftest import Project
from golden.test_golden import drop_cases
from publish.histories import live_through
from scenario import account
from servers import STORES, Bucket

from firmograph.engine.base import SparkOptions
from firmograph.pipeline.report import Report
from firmograph.verify.evidence import Sample
from firmograph.verify.verify import verify

pytestmark = [pytest.mark.spark, pytest.mark.objects]


class TakingTurns(BucketProject):
    """A project in a bucket whose runs take turns between engines."""

    def __init__(self, root: Path, bucket: str, turns: Sequence[SparkOptions | None]) -> None:
        super().__init__(root, bucket)
        self._turns, self._count = turns, 0

    def run(self) -> Report:
        self.on(self._turns[self._count % len(self._turns)])
        self._count += 1
        return super().run()


@pytest.mark.parametrize("bucket", STORES[:1], indirect=True)
def test_engines_that_take_turns_give_the_tables_of_a_folder(
    bucket: Bucket, spark: SparkOptions, tmp_path: Path
) -> None:
    shared = TakingTurns(tmp_path / "b", bucket.url, [spark, None, None, spark, None])
    folder = Project(tmp_path / "f")
    for project in (shared, folder):
        drop_cases(project)
        live_through(project)
    rebuilt = shared.on(spark).rebuild()
    folder.rebuild()
    assert [name for name, c in rebuilt.tables.items() if name.startswith("dw_") and c.any] == []
    assert shared.account() == account(folder.root)
    assert (
        verify(shared.storages.lake, shared.storages.processed, Sample(None)).difference_count == 0
    )
    assert [key for key in keys(shared.storages.lake) if key.startswith(".staged")] == []
