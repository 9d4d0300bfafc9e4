"""Heals tables that follow from ODS: a rebuild derives anew what was lost or damaged."""

import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from firmograph.control.snapshots import REBUILT
from firmograph.engine.base import Engine
from firmograph.lake.files import DataFile
from firmograph.lake.lake import Lake, table_names
from firmograph.storage.base import StorageError


def drop_unreadable_logs(lake: Lake) -> list[str]:
    """Deletes the logs of derived tables that cannot be opened; returns the names of the tables.

    Such a table is created again, empty; its old files are deleted by the next vacuum.
    """
    dropped = []
    marts = [("app", name) for name in table_names(lake.root, "app")]
    for zone, name in [*marts, *((lake.specs[name].zone, name) for name in _derived(lake))]:
        log = lake.root / zone / name / "_delta_log"
        if zone == "app" or lake.exists(name):
            try:
                DeltaTable((lake.root / zone / name).url)
            except (DeltaError, OSError, ValueError):
                log.delete([entry.name for entry in log.files()])
                dropped.append(name)
    return dropped


def drop_lost_files(engine: Engine) -> list[str]:
    """Removes files that are missing or damaged from derived tables; returns their names."""
    healed = []
    for name in _derived(engine.lake):
        lost = [file for file in engine.store.files(name) if not _is_whole(engine.lake, name, file)]
        if lost:
            engine.store.commit(name, [], lost)
            healed.append(name)
    return healed


def _derived(lake: Lake) -> list[str]:
    """The tables that a rebuild derives from ODS."""
    return [n for n, spec in lake.specs.items() if spec.zone in ("dw", "app") or n in REBUILT]


def _is_whole(lake: Lake, name: str, file: DataFile) -> bool:
    """Whether a file has its size and its footer."""
    try:
        with lake.table(name).open(file.path) as opened:
            pq.read_metadata(opened.content)
            return opened.stamp.size == file.size
    except (StorageError, pa.ArrowException):
        return False
