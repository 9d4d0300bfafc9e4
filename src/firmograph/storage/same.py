"""Whether files of two storages are the same."""

from firmograph.storage.base import Storage, sha256_of


def is_same(storage: Storage, other: Storage, name: str) -> bool:
    """Whether two storages have the same bytes under a name; reads them only if sizes are equal."""
    found = [place.stamps([name]).get(name) for place in (storage, other)]
    sizes = {stamp.size if stamp else None for stamp in found}
    if len(sizes) > 1 or None in sizes:
        return False
    return sha256_of(storage, name) == sha256_of(other, name)
