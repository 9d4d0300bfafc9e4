"""Examines storages of any kind."""

from firmograph.storage.base import Storage
from firmograph.storage.doctor.findings import Examination, Failed
from firmograph.storage.doctor.folder import examine_folder
from firmograph.storage.local import LocalStorage


def examine(
    storage: Storage, place: str | None = None, uploads: Storage | None = None
) -> Examination:
    """Examines a folder or a bucket.

    Args:
        storage: what is examined.
        place: the setting that names it; None if it was given by its url.
        uploads: from which files are moved into it, if any.
    """
    if isinstance(storage, LocalStorage):
        source = uploads if isinstance(uploads, LocalStorage) else None
        return Examination(place, storage.url, examine_folder(storage, source))
    from firmograph.storage.doctor.bucket import examine_bucket  # imports obstore
    from firmograph.storage.objects import ObjectStorage

    if not isinstance(storage, ObjectStorage):
        raise TypeError(f"{storage.url} is neither a folder nor a bucket")
    return Examination(place, storage.url, examine_bucket(storage))


def why_unfit(storage: Storage) -> str | None:
    """Why no lake may be begun in a bucket; None if one may, or if it is a folder.

    Raises:
        BucketError: if the bucket cannot be used.
    """
    if "://" not in storage.url:
        return None
    from firmograph.storage.doctor.bucket import check_conditions  # imports obstore
    from firmograph.storage.objects import ObjectStorage

    if not isinstance(storage, ObjectStorage):
        return None
    try:
        check_conditions(storage)
    except Failed as error:
        return error.seen
    return None
