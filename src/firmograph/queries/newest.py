"""Whether a run ended since a snapshot was opened, at the cost of two listings."""

from firmograph.control.ledger import LEDGER
from firmograph.control.snapshots import SNAPSHOTS
from firmograph.queries.reader import reading
from firmograph.storage.base import Storage
from firmograph.storage.errors import Gone

Mark = tuple[str | None, ...]


@reading()
def publication_mark(lake: Storage) -> Mark:
    """What differs after each run and each publish.

    Raises:
        LakeError: if the lake cannot be listed.
    """
    return tuple(_last_commit(lake / "control" / name) for name in (SNAPSHOTS, LEDGER))


def _last_commit(table: Storage) -> str | None:
    try:
        entries = (table / "_delta_log").files()
        return max((e.name for e in entries if e.name.endswith(".json")), default=None)
    except Gone:
        return None
