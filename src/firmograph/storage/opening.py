"""From what a person writes to a storage."""

from pathlib import Path

from firmograph.storage.base import Storage
from firmograph.storage.local import LocalStorage

Settings = tuple[tuple[str, str], ...]
"""Of the client of a bucket."""


def open_storage(
    place: str,
    settings: Settings = (),
    *,
    scratch: Path = Path(".spill"),
    lease_seconds: float = 60.0,
) -> Storage:
    """The storage at a path, or at ``s3://bucket/prefix`` or ``gs://bucket/prefix``.

    Args:
        place: a path or a url; slashes at its end do not count.
        settings: of the client of a bucket, by obstore's names; none of them a credential.
        scratch: where a bucket is used, the folder of this machine for unfinished files.
        lease_seconds: how long the lock of a bucket outlives a killed process.

    Raises:
        ValueError: if it is another kind of url, or names no bucket, or a setting is a credential.
    """
    scheme, separator, rest = place.partition("://")
    if not separator:
        return LocalStorage(Path(place))
    if scheme in ("s3a", "s3n"):
        raise ValueError(f"write s3:// instead of {scheme}://")
    if scheme not in ("s3", "gs"):
        raise ValueError(f"{scheme}:// is not supported: a path, s3:// or gs:// is")
    from firmograph.storage.objects import ObjectStorage  # imports obstore

    return ObjectStorage(f"{scheme}://{rest.rstrip('/')}", settings, lease_seconds, scratch)
