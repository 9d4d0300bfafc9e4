"""Readers of a lake in a bucket see whole snapshots, while runs write and files are merged."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from servers import STORES, Bucket
from test_reader_loop import READER, drop

import firmograph
from objects.bucket_project import BucketProject

pytestmark = [
    pytest.mark.objects,
    pytest.mark.parametrize("bucket", STORES[:1], indirect=True),
]
RUNS = int(os.environ.get("SOAK_READER_RUNS", "3"))
NAMES = "SELECT DISTINCT registered_name FROM dw_company_data"
FIRST = [{"registered_name": "run 0"}]


def deliver(project: BucketProject, number: int) -> None:
    """Forty companies that name the run that brought them."""
    drop(project.root / "dropped", number)
    for path in (project.root / "dropped" / "workingArea" / "uploads").iterdir():
        project.drop(path.name, path.read_bytes())


def test_readers_see_whole_runs_only(
    bucket: Bucket, tmp_path: Path, figure: Callable[[str, str], None]
) -> None:
    project = BucketProject(tmp_path, bucket.url)
    deliver(project, 0)
    project.run()
    stop = tmp_path / "stop"
    command = [sys.executable, "-c", READER, project.storages.lake.url, str(stop)]
    lake = firmograph.Project(tmp_path, **project.settings)
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process,
        lake.open() as reader,
    ):
        try:
            for number in range(1, RUNS + 1):
                deliver(project, number)
                project.run()
                assert reader.sql(NAMES).to_pylist() == FIRST
            lake.compact()
            assert reader.sql(NAMES).to_pylist() == FIRST
            with lake.open() as newer:
                assert newer.sql(NAMES).to_pylist() == [{"registered_name": f"run {RUNS}"}]
        finally:
            stop.touch()
        output, _ = process.communicate(timeout=120)
    reads, torn, examples = output.split(maxsplit=2)
    figure("reads of a bucket while runs wrote, of which torn", f"{reads}, {torn}")
    assert int(reads) >= 1
    assert int(torn) == 0, examples
