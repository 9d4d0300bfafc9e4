"""Opens the storage that a setting names."""

from dataclasses import dataclass
from pathlib import Path

from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage


@dataclass(frozen=True)
class ObjectOptions:
    """What buckets need beside their url.

    Attributes:
        scratch: a folder of this machine for unfinished files.
        lease_seconds: how long a lock lasts after its process was killed.
    """

    scratch: Path
    lease_seconds: float = 60.0


def open_storage(place: str, options: ObjectOptions) -> Storage:  # noqa: ARG001
    """The storage at a path or a url."""
    return LocalStorage(Path(place))
