"""Heals tables that follow from ODS: a rebuild derives anew what was lost or damaged."""

from firmograph.control.snapshots import REBUILT
from firmograph.engine.base import Engine
from firmograph.lake.damage import has_readable_log, is_whole
from firmograph.lake.lake import Lake, table_names


def drop_unreadable_logs(lake: Lake) -> list[str]:
    """Deletes the logs of derived tables that cannot be opened; returns the names of the tables.

    Such a table is created again, empty; its old files are deleted by the next vacuum.
    """
    dropped = []
    marts = [("app", name) for name in table_names(lake.root, "app")]
    for zone, name in [*marts, *((lake.specs[name].zone, name) for name in _derived(lake))]:
        table = lake.root / zone / name
        if (zone == "app" or lake.exists(name)) and not has_readable_log(table):
            log = table / "_delta_log"
            log.delete([entry.name for entry in log.files()])
            dropped.append(name)
    return dropped


def drop_lost_files(engine: Engine) -> list[str]:
    """Removes files that are missing or damaged from derived tables; returns their names."""
    healed = []
    for name in _derived(engine.lake):
        table = engine.lake.table(name)
        lost = [file for file in engine.store.files(name) if not is_whole(table, file)]
        if lost:
            engine.store.commit(name, [], lost)
            healed.append(name)
    return healed


def _derived(lake: Lake) -> list[str]:
    """The tables that a rebuild derives from ODS."""
    return [n for n, spec in lake.specs.items() if spec.zone in ("dw", "app") or n in REBUILT]
