"""Plan: a run on a clone of the lake, which shows what it would do without writing to the lake.

The clone shares the lake's files where possible, and has its own copy of the logs; the run on it
is an ordinary one.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from firmograph.control.lock import hold_lake
from firmograph.errors import LakeError
from firmograph.pipeline.failures import check_writable
from firmograph.pipeline.report import Folders, Limits, Report
from firmograph.pipeline.temporary import temporary_folder
from firmograph.storage.base import Storage
from firmograph.storage.errors import BucketError, Gone
from firmograph.storage.local import LocalStorage
from firmograph.storage.overlay import Overlay

LOG = "_delta_log"


@contextmanager
def cloning() -> Iterator[None]:
    """Says why a plan cannot write its clone.

    Raises:
        LakeError: if the operating system or the bucket refuses it.
    """
    try:
        yield
    except BucketError as error:
        raise LakeError(f"nothing can be planned: {error}", hint=error.hint) from error
    except OSError as error:
        raise LakeError(
            f"nothing can be planned: {error}",
            hint="a plan works on a clone in the lake's folder, which it must be able to write",
        ) from error


@contextmanager
def cloned(folders: Folders, limits: Limits) -> Iterator[Folders]:
    """Yields a clone of the folders, which is deleted at the end of the `with` block.

    The lake is locked only while it is cloned.
    """
    check_writable(folders.lake, limits)
    with temporary_folder(folders.lake) as root:
        with hold_lake(folders.lake, datetime.now(UTC), limits.wait_seconds):
            for zone in ("ods", "dw", "app", "control"):
                _clone(folders.lake / zone, root / "lake" / zone)
        if folders.uploads.is_local:
            _clone_uploads(folders.uploads, root / "uploads", folders, limits)
        yield replace(
            folders,
            root=root,
            uploads=_clone_of(folders.uploads, root / "uploads"),
            processed=_clone_of(folders.processed, root / "processed"),
            quarantined=_clone_of(folders.quarantined, root / "quarantined"),
            lake=_clone_of(folders.lake, root / "lake"),
        )


def _clone_of(storage: Storage, folder: Path) -> Storage:
    """The clone in a folder; files of buckets are not in it, but read where they are."""
    clone = LocalStorage(folder)
    return clone if storage.is_local else Overlay(clone, storage)


@cloning()
def plan(folders: Folders, limits: Limits, command: Callable[[Folders], Report]) -> Report:
    """Runs a command on a clone and reports what it did there.

    Args:
        folders: of the real lake, which is not changed.
        limits: tell how long to wait for another run.
        command: called with the clone's folders.

    Returns:
        The report of the command.
    """
    with cloned(folders, limits) as copy:
        return command(copy)


def _clone(source: Storage, target: Path) -> None:
    """Clones a folder and those below it."""
    try:
        names = source.folders()
    except Gone:
        return
    if source.is_local or target.name == LOG:
        _clone_files(source, target)
    for name in names:
        _clone(source / name, target / name)


def _clone_uploads(source: Storage, target: Path, folders: Folders, limits: Limits) -> None:
    """Clones the upload folder: all that a run sees of it."""
    try:
        names = source.folders()
    except Gone:
        names = []
    _clone_files(source, target)
    for name in names:
        below = source / name
        if limits.ignored.has_folder(name) or below.url in folders.others:
            continue
        if limits.is_recursive:
            _clone_uploads(below, target / name, folders, limits)
        elif not any(url.startswith(f"{below.url}/") for url in folders.others):
            (target / name).mkdir()


def _clone_files(source: Storage, target: Path) -> None:
    target.mkdir(parents=True)
    try:
        for entry in source.files():
            if target.name == LOG:  # copied, since an engine may write to files of a log
                (target / entry.name).write_bytes(source.read(entry.name))
            else:
                source.fetch(entry.name, target / entry.name)
    except Gone:
        return
