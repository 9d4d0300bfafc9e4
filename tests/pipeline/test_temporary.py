"""The folder of a plan is deleted however its process ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Project

from firmograph.pipeline.temporary import delete_abandoned, temporary_folder
from firmograph.storage.local import LocalStorage

HOLD = """
import sys
from pathlib import Path
from firmograph.pipeline.temporary import temporary_folder
from firmograph.storage.local import LocalStorage
with temporary_folder(LocalStorage(Path(sys.argv[1]))) as folder:
    (folder / "file").write_text("x")
    print("ready", flush=True)
    sys.stdin.read()
"""


def left(lake: Path) -> list[str]:
    return [path.name for path in lake.glob(".plan-*")]


@pytest.mark.parametrize(
    ("number", "remains", "code"), [(signal.SIGTERM, 0, 143), (signal.SIGKILL, 1, -9)]
)
def test_folder_of_an_ended_process_is_deleted(
    tmp_path: Path, number: int, remains: int, code: int
) -> None:
    lake = LocalStorage(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        delete_abandoned(lake)
        assert len(left(tmp_path)) == 1  # it is in use
        process.send_signal(number)
        assert process.wait() == code
    assert len(left(tmp_path)) == remains
    delete_abandoned(lake)
    assert left(tmp_path) == []


def test_folder_that_was_never_locked_is_deleted_once_it_is_old(tmp_path: Path) -> None:
    folder = tmp_path / ".plan-x"
    folder.mkdir()
    delete_abandoned(LocalStorage(tmp_path))
    assert left(tmp_path) == [".plan-x"]
    os.utime(folder, (0, 0))
    delete_abandoned(LocalStorage(tmp_path))
    assert left(tmp_path) == []


def test_signal_handler_of_the_program_is_left_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with temporary_folder(LocalStorage(tmp_path)):
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    assert signal.getsignal(signal.SIGTERM) is before


def test_next_run_deletes_what_a_killed_plan_left(project: Project) -> None:
    folder = project.folders.lake / ".plan-x"
    folder.mkdir(parents=True)
    (folder / ".lock").touch()
    project.run()
    assert left(project.folders.lake) == []
