"""Examines a folder: whether its file system has what runs build on."""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path

from firmograph.storage.doctor.findings import Failed, Finding, Report
from firmograph.storage.errors import Taken
from firmograph.storage.local import LocalStorage

FREE_BYTES = 1 << 30
_LOCKED = 9
_TRY_LOCK = f"""
import sys
from pathlib import Path
from firmograph.storage.errors import Busy
from firmograph.storage.local import LocalStorage
try:
    with LocalStorage(Path(sys.argv[1])).lock({{}}, 0):
        pass
except Busy:
    sys.exit({_LOCKED})
"""
"""Run by another process while the lock is held."""


def examine_folder(storage: LocalStorage, uploads: LocalStorage | None = None) -> list[Finding]:
    """Examines a folder, and deletes all that it wrote.

    Args:
        storage: the folder; if it does not exist, the nearest one above it is examined.
        uploads: the folder from which files are moved into this one, if any.
    """
    report, folder = Report(), _existing(storage.folder)
    if folder != storage.folder.absolute():
        report.note("folder", f"it does not exist yet; {folder} was examined")
    probe = LocalStorage(folder / f".doctor-{uuid.uuid4().hex[:12]}")
    checks: list[tuple[str, str, Callable[[LocalStorage], str]]] = [
        ("write", "no run could write", _write),
        ("rename", "readers could see half a file", _rename),
        ("hard links", "a file could replace another of its name", _link),
        ("lock", "two runs at once could overwrite each other's tables", _lock),
        ("free space", "a run could stop for want of space", _measure),
    ]
    try:
        for name, why, check in checks:
            if report.has_failed("write"):
                report.skip([name], "needs write")
                continue
            with report.check(name, why) as seen:
                seen.append(check(probe))
    finally:
        shutil.rmtree(probe.folder, ignore_errors=True)
    if uploads is not None:
        _note_distance(report, folder, _existing(uploads.folder))
    return report.findings


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    absolute = folder.absolute()
    return next((path for path in (absolute, *absolute.parents) if path.is_dir()), absolute)


def _write(probe: LocalStorage) -> str:
    probe.put("a", b"abcdef")
    if probe.read("a") != b"abcdef" or [entry.name for entry in probe.files()] != ["a"]:
        raise Failed("a file that was written is not there", "use another file system")
    probe.delete(["a"])
    return "a file was written, read, listed and deleted"


def _rename(probe: LocalStorage) -> str:
    (probe / "below").put("a", b"old")
    probe.put("a", b"new")
    (probe.folder / "a").replace(probe.folder / "below" / "a")
    if (probe / "below").read("a") != b"new":
        raise Failed("a renamed file did not replace the other", "use another file system")
    return "a file replaced another in another folder"


def _link(probe: LocalStorage) -> str:
    probe.put("one", b"1")
    try:
        os.link(probe.folder / "one", probe.folder / "two")
    except OSError as error:
        raise Failed(
            f"there are none: {error.strerror}", "use a local file system, NFS, EFS or Filestore"
        ) from error
    try:
        probe.put_if_absent("two", b"2")
    except Taken:
        return "a name that was taken was refused"
    raise Failed("a name that was taken was given again", "use another file system")


def _lock(probe: LocalStorage) -> str:
    command = [sys.executable, "-c", _TRY_LOCK, str(probe.folder)]
    with probe.lock({}, 0):
        code = subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603
    if code != _LOCKED:
        raise Failed("two processes held it at once", "use a file system that has flock")
    return "another process was refused"


def _measure(probe: LocalStorage) -> str:
    free = shutil.disk_usage(probe.folder).free
    seen = f"{free / 1e9:.1f} GB are free"
    if free < FREE_BYTES:
        raise Failed(seen, "make room, or choose another disk")
    return seen


def _note_distance(report: Report, folder: Path, uploads: Path) -> None:
    is_same = folder.stat().st_dev == uploads.stat().st_dev
    there = "the file system of the uploads: files are renamed"
    report.note(
        "file system", there if is_same else "not that of the uploads: files are copied and deleted"
    )
