"""Why a file, a lock or a bucket cannot be used."""

from collections.abc import Mapping
from typing import ClassVar


class StorageError(OSError):
    """A file that cannot be used.

    Attributes:
        reason: a phrase whose subject is the file.
    """

    def __init__(self, reason: str, where: str) -> None:
        super().__init__(reason, where)
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.args[1]}: {self.reason}"


class Gone(StorageError):  # noqa: N818 - a fact about a file
    """The file, or the whole storage, does not exist."""


class Changed(StorageError):  # noqa: N818 - a fact about a file
    """The file is not the version that was expected, or changed while it was read."""


class InUse(StorageError):  # noqa: N818 - a fact about a file
    """Another process has the file open for writing."""


class Taken(StorageError):  # noqa: N818 - a fact about a file
    """A file of that name already exists."""


class Busy(StorageError):  # noqa: N818 - a fact about a file
    """Another process holds the lock.

    Attributes:
        holder: the facts that process gave about itself; empty if there are none yet.
        seconds_left: how long the lock outlives that process if it was killed; None in a folder.
    """

    def __init__(
        self, reason: str, where: str, holder: Mapping[str, str], seconds_left: int | None = None
    ) -> None:
        super().__init__(reason, where)
        self.holder = dict(holder)
        self.seconds_left = seconds_left
        # what unpickling passes to the constructor
        self.args = (reason, where, self.holder, seconds_left)


class Lost(StorageError):  # noqa: N818 - a fact about a lock
    """This process may no longer hold the lock, so it must not write any more."""


class BucketError(StorageError):
    """A bucket cannot be used, whatever is in the file.

    Attributes:
        hint: what to do next, as a command.
    """

    hint: ClassVar[str] = "look into the store's own log, which may say more"
