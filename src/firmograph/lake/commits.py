"""Commits to the logs of tables: each is made once, and only while the lake is held.

The answer to a commit may be lost though it was made. The log tells: if its next entry bears the
mark of the commit, it was made; if there is none, it was not, and is tried once more.
"""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from deltalake import CommitProperties
from deltalake.exceptions import DeltaError

from firmograph.errors import LakeError, first_line
from firmograph.lake.lake import retelling
from firmograph.storage.base import Hold, Storage
from firmograph.storage.errors import Gone

_MARK = "commit_id"


@dataclass(frozen=True)
class Committer:
    """Commits for one run.

    Attributes:
        run_id: stored in each commit, for the tables' history.
        hold: of the lake; None where no other process can know it, as in a temporary folder.
    """

    run_id: str
    hold: Hold | None = None

    def commit(
        self, storage: Storage, before: int, act: Callable[[CommitProperties], object]
    ) -> bool:
        """Makes one commit.

        Args:
            storage: of the table's files.
            before: the version of the table; -1 before it is created.
            act: makes the commit, with the properties given to it.

        Returns:
            Whether its answer arrived; if not, the table must be opened anew.

        Raises:
            LakeError: if another process committed to the table meanwhile, or a store refuses the
                commit.
            Lost: if the lake is no longer held.
        """
        for attempt in (1, 2):
            mark = uuid.uuid4().hex
            if self.hold is not None:
                self.hold.check()
            try:
                with retelling(storage):
                    act(
                        CommitProperties(
                            custom_metadata={"run_id": self.run_id, _MARK: mark},
                            max_commit_retries=0,
                        )
                    )
            except (DeltaError, OSError) as error:
                made = _mark_of(storage, before + 1)
                if made == mark:
                    return False
                if made is not None:
                    raise _other_writer(storage, before + 1) from error
                if storage.is_local:
                    raise
                if attempt == 2:
                    raise _refused(storage, before + 1, error) from error
            else:
                return True
        raise AssertionError


def _mark_of(storage: Storage, version: int) -> str | None:
    """The mark in a version's entry of a log, empty if it bears none; None without such an entry.

    Raises:
        OSError: if the log cannot be read.
    """
    try:
        text = (storage / "_delta_log").read(f"{version:020}.json").decode()
    except Gone:
        return None
    infos = (json.loads(line).get("commitInfo") for line in text.splitlines() if line.strip())
    return next((info.get(_MARK, "") for info in infos if info), "")


def _refused(storage: Storage, version: int, error: Exception) -> LakeError:
    return LakeError(
        f"version {version} of {storage.url} could not be written: {first_line(error)}",
        hint="nothing was published; run again",
    )


def _other_writer(storage: Storage, version: int) -> LakeError:
    return LakeError(
        f"another process wrote version {version} of {storage.url} during this run",
        hint="only firmograph may write to the lake; the next run restores the last snapshot",
    )
