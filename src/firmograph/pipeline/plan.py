"""Plan: a run on a clone of the lake, so that what it would do is known before anything is written.

The clone links the lake's files instead of copying them, and holds its own copy of the logs; the
run on it is the real one. Where linking is impossible files are copied.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from firmograph.control.lock import hold_lake
from firmograph.pipeline.report import Folders, Limits, Report

LOG = "_delta_log"


@contextmanager
def cloned(folders: Folders, limits: Limits) -> Iterator[Folders]:
    """A clone of the folders that is gone at the end of the `with` block.

    The lake is held only while it is cloned.
    """
    folders.lake.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".plan-", dir=folders.lake) as name:
        root = Path(name)
        copy = replace(
            folders,
            root=root,
            uploads=root / "uploads",
            processed=root / "processed",
            quarantined=root / "quarantined",
            lake=root / "lake",
        )
        with hold_lake(folders.lake, datetime.now(UTC), limits.wait_seconds):
            for zone in ("ods", "dw", "app", "control"):
                _clone_tree(folders.lake / zone, copy.lake / zone)
        _clone_uploads(folders.uploads, copy.uploads)
        yield copy


def plan(folders: Folders, limits: Limits, command: Callable[[Folders], Report]) -> Report:
    """Runs a command on a clone and reports what it did there.

    Args:
        folders: of the real lake, which stays as it is.
        limits: how long to wait for a run that holds the lake.
        command: takes the clone's folders.
    """
    with cloned(folders, limits) as copy:
        return command(copy)


def _clone_tree(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, copy_function=_link_data)


def _link_data(source: str, target: str) -> str:
    if Path(source).parent.name == LOG:
        return str(shutil.copy2(source, target))
    return _link(source, target)


def _link(source: str, target: str) -> str:
    try:
        os.link(source, target, follow_symlinks=False)
    except OSError:
        shutil.copy2(source, target, follow_symlinks=False)
    return target


def _clone_uploads(source: Path, target: Path) -> None:
    target.mkdir()
    if not source.is_dir():
        return
    with os.scandir(source) as entries:
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                _link(entry.path, str(target / entry.name))
