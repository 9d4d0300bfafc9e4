"""The log of a Delta table: its checkpoints, and what of it can be deleted.

In a folder delta-rs writes a checkpoint whenever a version is due. In a bucket every entry since
the last checkpoint costs two requests whenever the table is opened, and a checkpoint costs two
dozen; so runs write them, more often, but few at once.
"""

import re
from collections.abc import Mapping
from contextlib import suppress

from deltalake import PostCommitHookProperties

from firmograph.storage.base import Storage
from firmograph.storage.errors import Gone

CHECKPOINT_ENTRIES = 5
"""With as many entries since the last one, a log in a bucket is worth a checkpoint."""
CHECKPOINTS_AT_ONCE = 2
"""How many checkpoints a run writes in a bucket at most."""

_CHECKPOINT = ".checkpoint.parquet"
_ENTRY = re.compile(r"(\d{20})(\.json|\.crc|\.checkpoint\..*)")
"""A file of one version in a log: a commit, its checksum, a checkpoint or a part of one."""


def after_commit(table: Storage) -> PostCommitHookProperties:
    """What delta-rs does after a commit to a table: it writes a checkpoint that is due, or not."""
    return PostCommitHookProperties(create_checkpoint=table.is_local, cleanup_expired_logs=False)


class TableLog:
    """The files of a table's log, listed once.

    Args:
        table: where the table's files are.

    """

    def __init__(self, table: Storage) -> None:
        self._log = table / "_delta_log"
        self._found: list[tuple[int, str, str]] = []
        with suppress(Gone):
            self._found = [
                (int(match[1]), match[2], entry.name)
                for entry in self._log.files()
                if (match := _ENTRY.fullmatch(entry.name))
            ]

    @property
    def is_there(self) -> bool:
        """Whether there is a log; it may be damaged."""
        return bool(self._found)

    def _checkpoint(self, version: int) -> int:
        """The last checkpoint at or before a version; 0 without one."""
        made = (number for number, kind, _ in self._found if kind == _CHECKPOINT)
        return max((number for number in made if number <= version), default=0)

    @property
    def entry_count(self) -> int:
        """How many entries a reader of the newest version reads beside a checkpoint."""
        newest = max((version for version, _, _ in self._found), default=0)
        return newest - self._checkpoint(newest)

    def expire(self, version: int) -> int:
        """Deletes what neither this version nor a later one needs.

        That is everything older than the last checkpoint at or before the version. Opening a table
        lists its whole log, so an unbounded log would slow down every run.

        Args:
            version: the oldest version that must stay readable.

        Returns:
            How many files were deleted.
        """
        base = self._checkpoint(version)
        outdated = sorted(name for number, _, name in self._found if number < base)
        if outdated:
            import pyarrow.parquet as pq  # slow to import, and needed by runs alone

            with self._log.open(f"{base:020}{_CHECKPOINT}") as checkpoint:
                pq.read_metadata(checkpoint.content)  # nothing is deleted if it is damaged
        self._log.delete(outdated)
        return len(outdated)


def due_for_checkpoint(entry_counts: Mapping[str, int]) -> list[str]:
    """Which tables of a bucket get a checkpoint, by how many entries each has since its last."""
    due = [name for name, count in entry_counts.items() if count >= CHECKPOINT_ENTRIES]
    return sorted(due, key=lambda name: (-entry_counts[name], name))[:CHECKPOINTS_AT_ONCE]
