"""Where the tasks of a run leave rows that the run reads again.

In a folder that all machines share, this is the spill folder, which each run empties. In a bucket
it is a prefix of the lake; what a killed run left there is deleted by the next run on other
machines, and by a vacuum.
"""

from contextlib import suppress
from pathlib import Path

from firmograph.lake.lake import Lake
from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage

STAGED = ".staged"


def staged_in(lake: Lake, spill: Path, run_id: str) -> Storage:
    """The storage for the staged rows of a run; deletes those of earlier runs."""
    if lake.root.is_local:
        return LocalStorage(spill)
    delete_staged(lake)
    return lake.root / STAGED / run_id


def delete_staged(lake: Lake) -> None:
    """Deletes what killed runs left in a bucket; the lake is locked."""
    if not lake.root.is_local:
        staged = lake.root / STAGED
        for run_id in staged.folders():
            (staged / run_id).delete([entry.name for entry in (staged / run_id).files()])


def clear(staged: Storage) -> None:
    """Deletes what is left of a run's staged rows in a bucket; if that fails, the next run does."""
    if not staged.is_local:
        with suppress(OSError):
            staged.delete([entry.name for entry in staged.files()])
