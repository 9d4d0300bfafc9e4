"""The lock: one writer at a time, held by an open file and thus never by a dead process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import Project
from documents import organization, response
from publish.tables import column, count, versions

from firmograph.errors import LakeBusy


@contextmanager
def holder(project: Project) -> Iterator[subprocess.Popen[str]]:
    """A run in another process that holds the lake until the block ends."""
    script = Path(__file__).with_name("holding.py")
    command = [sys.executable, str(script), str(project.root)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held with 1 files\n"
            yield process
        finally:
            process.kill()


def test_second_holder_is_refused_and_told_who_holds(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    with holder(project) as process:
        before = versions(project)
        with pytest.raises(LakeBusy) as caught:
            project.run()
        assert f"process {process.pid} on " in caught.value.message
        assert "wait" in (caught.value.hint or "")
        assert caught.value.exit_code == 4
        with pytest.raises(LakeBusy, match=f"process {process.pid} on "):
            project.rebuild()
        assert versions(project) == before
        assert project.names(project.folders.uploads) == ["a_data_blocks_20260301.json"]


def test_holder_that_ends_publishes_and_lets_go(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    with holder(project) as process:
        process.communicate("")
        assert process.returncode == 0
    assert column(project, "SELECT duns FROM dw_company_data") == ["100000001"]
    project.run()


def test_dead_holder_holds_nothing_and_its_run_is_done_by_the_next(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    with holder(project) as process:
        process.kill()
        process.wait()
    assert project.run().totals.documents.published == 1
    assert count(project, "ods_datablocks_raw") == 1


def test_readers_do_not_wait_for_the_holder(project: Project) -> None:
    project.drop("a_data_blocks_20260301.json", response(organization()))
    project.run()
    project.drop("b_data_blocks_20260301.json", response(organization("100000002")))
    with holder(project):
        rows = project.sql("SELECT duns FROM dw_company_data")
        assert rows == [{"duns": "100000001"}]
