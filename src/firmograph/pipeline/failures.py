"""How a run ends that the disk, the tables or another process stop."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from firmograph.errors import LakeError, UsageError, first_line
from firmograph.pipeline.report import Limits
from firmograph.storage.base import Storage
from firmograph.storage.doctor.examine import why_unfit
from firmograph.storage.errors import BucketError


def check_writable(lake: Storage, limits: Limits) -> None:
    """Refuses a lake that is a replica."""
    if limits.is_replica:
        raise UsageError(
            f"the lake {lake.url} is a replica, which is only read (setting replica)",
            hint="write to the lake that is replicated; after a disaster, make this one the lake "
            "with replica = false",
        )


def check_store(lake: Storage) -> None:
    """Refuses to begin a lake in a bucket whose writes are not conditional.

    Raises:
        LakeError: naming what was seen.
    """
    if seen := why_unfit(lake):
        raise LakeError(
            f"no lake can be begun in {lake.url}: its store does not keep one writer from another "
            f"({seen})",
            hint=f"`firmograph doctor {lake.url}` shows all; use another store, or a folder",
        )


@contextmanager
def translate_errors(faults: Sequence[type[Exception]], published: Sequence[int]) -> Iterator[None]:
    """Turns some exceptions into a `LakeError`.

    Args:
        faults: the exceptions; more may be added inside the block.
        published: the snapshot that the block published, once it has.
    """
    try:
        yield
    except Exception as error:
        if not isinstance(error, tuple(faults)):
            raise
        message = first_line(error)
        hint = _what_remains(error, message, published)
        raise LakeError(f"the run stopped: {message}", hint=hint) from error


def _what_remains(error: Exception, message: str, published: Sequence[int]) -> str:
    """What a run that stopped has published, and what to do."""
    first = error.hint if isinstance(error, BucketError) else "fix what the message names"
    if published:
        return (
            f"snapshot {published[0]} was published and stays; {first}, then run again to complete "
            "what follows it"
        )
    if "/ods/" in message and not isinstance(error, BucketError):
        return (
            "nothing was published; files of ODS do not follow from anything else: restore them "
            "from a backup; `firmograph verify` names what is missing"
        )
    return f"nothing was published; {first}, then run again"


@contextmanager
def clean_spill_folder(spill: Path) -> Iterator[None]:
    """Deletes what an interrupted run spilled, and at the end what this run spilled."""
    shutil.rmtree(spill, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(spill, ignore_errors=True)
