"""Redeliver: puts a refused file or document into the uploads again, under another name."""

from collections.abc import Mapping

from firmograph.contract.model import Contract
from firmograph.errors import UsageError
from firmograph.pipeline.report import Folders
from firmograph.queries.reader import Reader
from firmograph.sources.names import FileNames, Unknown
from firmograph.storage.base import Storage, sha256_of, walk
from firmograph.storage.errors import StorageError, Taken


def redeliver(
    folders: Folders,
    contracts: Mapping[str, Contract],
    reader: Reader,
    document_id: str,
    name: str,
) -> str:
    """Puts a refused file or document into the uploads; the next run reads it.

    Args:
        folders: where the files are.
        contracts: by document type.
        reader: of the last snapshot.
        document_id: the beginning of the id of a refused document or file.
        name: of the new upload.

    Returns:
        The path of the new upload.

    Raises:
        UsageError: if nothing refused has such an id, or the name is taken or not one of an upload.
    """
    refusal = reader.refusal(document_id)
    _check_name(folders, contracts, name)
    content = refusal.document
    if content is None:
        names = sorted({violation.file_name for violation in refusal.violations})
        content = _find_file(folders, names, refusal.violations[0].document_id)
    try:
        folders.uploads.put_if_absent(name, content)
    except Taken as error:
        raise UsageError(f"{name} is in the upload folder already") from error
    return f"{folders.uploads.url}/{name}"


def _check_name(folders: Folders, contracts: Mapping[str, Contract], name: str) -> None:
    if "/" in name or "\\" in name:
        raise UsageError(f"{name!r} is a path; give the name of a file in the upload folder")
    found = FileNames(contracts.values()).recognise(folders.uploads, name)
    if isinstance(found, Unknown):
        raise UsageError(f"{name!r} is not the name of an upload: {found.reason}")


def _find_file(folders: Folders, names: list[str], sha256: str) -> bytes:
    """The bytes of a file that was moved or kept, under one of some names."""
    for folder in (folders.quarantined, folders.processed, folders.uploads):
        for storage, _, entry in walk(folder):
            if entry.name in names and _has_hash(storage, entry.name, sha256):
                return storage.read(entry.name)
    raise UsageError(
        f"{', '.join(names)} is not in {folders.quarantined.url} or "
        f"{folders.processed.url} any more",
        hint="ask the sender for it again",
    )


def _has_hash(storage: Storage, name: str, sha256: str) -> bool:
    try:
        return sha256_of(storage, name) == sha256
    except StorageError:
        return False
