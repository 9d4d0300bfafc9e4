"""How the versions of many objects are found: by listing as long as that costs less than asking."""

import obstore

from firmograph.storage.base import FileStamp
from firmograph.storage.object_client import Client, stamp_of
from firmograph.storage.object_errors import LIST, told

_PAGE = 1_000
_NAMES_PER_PAGE = 100
"""How many names a page of a listing must save: its price is that of a dozen look-ups, or more."""


def listed_stamps(
    client: Client, folder: str, url: str, names: list[str]
) -> tuple[dict[str, FileStamp | None], list[str]]:
    """Lists objects from the first of some names on, but not farther than it pays.

    Args:
        client: of the bucket.
        folder: the names' prefix, with a slash at its end; empty for none.
        url: of the folder.
        names: to be found.

    Returns:
        The versions of those that were listed, and the names about which the listing says nothing.
    """
    waiting = sorted(set(names))
    found: dict[str, FileStamp | None] = {}
    last = ""
    before = f"{folder}{waiting[0][:-1]}".rstrip("/.") if waiting else ""
    with told(url, LIST):
        pages = iter(obstore.list(client, folder or None, offset=before or None, chunk_size=_PAGE))
        for _ in range(len(waiting) // _NAMES_PER_PAGE):
            page = next(pages, [])
            for item in page:
                last, is_sorted = item["path"], item["path"] > last
                if not is_sorted:  # a directory bucket of S3 lists in no order
                    return found, [name for name in waiting if name not in found]
                found[last[len(folder) :]] = stamp_of(item)
            if len(page) < _PAGE or last >= folder + waiting[-1]:
                return found, []
    return found, [name for name in waiting if folder + name > last]
