"""Lists and opens uploads: their hashes, and the documents in them."""

import hashlib
import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO, Self

from firmograph.sources.archives import (
    gzip_blocks,
    gzip_documents,
    gzip_has_lines,
    zip_documents,
)
from firmograph.sources.cut_off import mark_cut_off
from firmograph.sources.ignored import NotDeliveries, is_hidden
from firmograph.sources.names import FileNames, Unknown, Upload
from firmograph.sources.ranges import Block, Range, hash_lines
from firmograph.sources.split import PIECE_BYTES, RawDocument, Refusal, are_lines, split
from firmograph.sources.stream import SPACE
from firmograph.storage.base import OpenFile, Storage
from firmograph.storage.errors import Changed, Gone, InUse, StorageError

REQUESTS = 32
"""How many files are read from a bucket at once."""


class Deferred(Exception):  # noqa: N818 - a fact about a file, which stays where it is
    """A file that changed while it was read, or cannot be read now.

    Attributes:
        is_inaccessible: whether something keeps it from being read, which somebody must look into:
            a permission, the disk, the bucket.
    """

    def __init__(self, reason: str, *, is_inaccessible: bool = False) -> None:
        super().__init__(reason)
        self.is_inaccessible = is_inaccessible

    @classmethod
    def of(cls, error: StorageError) -> Self:
        """The fact that a storage tells."""
        return cls(error.reason, is_inaccessible=is_inaccessible(error))


def is_inaccessible(error: StorageError) -> bool:
    """Whether a file cannot be read although nobody changes it."""
    return not isinstance(error, InUse | Changed | Gone)


@dataclass(frozen=True)
class OpenUpload:
    """An upload open for reading.

    Attributes:
        upload: the file.
        sha256: of its bytes.
        size: in bytes.
        content: its bytes.
        ranges: of whole lines, if it was opened by `open_upload` and has one document per line.
    """

    upload: Upload
    sha256: str
    size: int
    content: IO[bytes]
    ranges: list[Range] = field(default_factory=list)

    def sole_object(self, limit: int) -> bytes | None:
        """Its bytes, if they may be one JSON object, which is for the caller to find out."""
        upload = self.upload
        if upload.is_gzip or upload.is_zip or self.size > limit:
            return None
        raw = self.content.read().rstrip(SPACE)
        self.content.seek(0)
        return raw if raw.startswith(b"{") and raw.endswith(b"}") else None

    def lines(self, block_bytes: int, limit: int) -> Iterable[Range | Block]:
        """Its lines in parts that can be read in parallel; none if it may not have lines.

        Args:
            block_bytes: about how large a part of a compressed file is.
            limit: the largest document in bytes.

        Raises:
            Unreadable: on the way, if it cannot be decompressed to its end.
        """
        is_packed = self.upload.is_gzip and self.upload.is_lines
        if not is_packed or not gzip_has_lines(self.content, self.size):
            return self.ranges
        return gzip_blocks(self.content, self.size, block_bytes, limit)

    def documents(
        self, limit: int, ignored: NotDeliveries | None = None
    ) -> Iterator[RawDocument | Refusal]:
        """Yields its documents, numbered throughout the file, and its refused parts.

        Args:
            limit: the largest document in bytes.
            ignored: members of archives that are passed over; the default ones if None.

        Raises:
            Unreadable: if it cannot be read to its end.
        """
        upload = self.upload
        if upload.is_zip:
            return zip_documents(self.content, limit, ignored or NotDeliveries())
        if upload.is_gzip:
            parts = gzip_documents(self.content, self.size, is_lines=upload.is_lines, limit=limit)
        else:
            parts = split(self.content, is_lines=upload.is_lines, limit=limit)
        return mark_cut_off(parts)


@dataclass(frozen=True)
class ScanRules:
    """What a scan of the upload folder sees.

    Attributes:
        names: how deliveries are named.
        ignored: files that are passed over.
        is_recursive: whether to look into subfolders.
        other_folders: urls of folders that are never looked into, such as that of ingested files.
    """

    names: FileNames
    ignored: NotDeliveries = field(default_factory=NotDeliveries)
    is_recursive: bool = False
    other_folders: Collection[str] = ()


def scan(folder: Storage, rules: ScanRules) -> list[Upload | Unknown]:
    """Lists the files of the upload folder, ordered by document type, name and folder.

    Raises:
        Gone: if the folder does not exist.
    """
    return sorted(_scan(folder, rules), key=_order)


def _scan(folder: Storage, rules: ScanRules) -> Iterator[Upload | Unknown]:
    files, folders = folder.listing()
    for name, stamp in files:
        found = rules.names.recognise(folder, name, stamp)
        if is_hidden(name) or (isinstance(found, Unknown) and name in rules.ignored):
            continue
        if stamp is None:
            reason = "it is a symbolic link or a special file; only plain files are read"
            found = Unknown(folder, name, reason)
        yield found
    for name in folders:
        below = folder / name
        if rules.ignored.has_folder(name) or below.url in rules.other_folders:
            continue
        if rules.is_recursive:
            yield from _scan(below, rules)
        elif not any(url.startswith(f"{below.url}/") for url in rules.other_folders):
            reason = "it is a folder; with the setting recursive = true its files are read"
            yield Unknown(folder, name, reason)


def _order(file: Upload | Unknown) -> tuple[str, str, str]:
    kind = file.document_type if isinstance(file, Upload) else "~"
    return kind, file.file_name, file.folder.url


def read_upload(upload: Upload) -> OpenUpload:
    """Reads and hashes a small file at once.

    Raises:
        Deferred: if it cannot be opened, is being written, or changed since it was listed.
    """
    try:
        data = upload.folder.read(upload.name, expected=upload.stamp, at_rest=True)
    except StorageError as error:
        raise Deferred.of(error) from error
    return OpenUpload(upload, hashlib.sha256(data).hexdigest(), len(data), io.BytesIO(data))


def read_uploads(uploads: Sequence[Upload]) -> Iterator[OpenUpload | Deferred]:
    """Reads small files in their order, those in a bucket side by side."""
    if all(upload.folder.is_local for upload in uploads):
        yield from map(_read_or_deferred, uploads)
        return
    with ThreadPoolExecutor(min(REQUESTS, len(uploads)), "uploads") as threads:
        yield from threads.map(_read_or_deferred, uploads)


def _read_or_deferred(upload: Upload) -> OpenUpload | Deferred:
    try:
        return read_upload(upload)
    except Deferred as reason:
        return reason


@contextmanager
def open_upload(upload: Upload, range_bytes: int) -> Iterator[OpenUpload]:
    """Opens a file and hashes it.

    Args:
        upload: the file.
        range_bytes: the approximate size of its ranges of lines.

    Raises:
        Deferred: if it cannot be opened, is being written, or has changed by the end of the `with`
            block.
    """
    with ExitStack() as stack:
        try:
            opening = upload.folder.open(upload.name, expected=upload.stamp, at_rest=True)
            file = stack.enter_context(opening)
        except StorageError as error:
            raise Deferred.of(error) from error
        digest, ranges = _hash(file, upload, range_bytes)
        file.content.seek(0)
        try:
            yield OpenUpload(upload, digest, file.stamp.size, file.content, ranges)
        finally:  # a change of the file overrides any error in what was read
            try:
                stack.close()
            except StorageError as error:
                raise Deferred.of(error) from error


def _hash(file: OpenFile, upload: Upload, range_bytes: int) -> tuple[str, list[Range]]:
    content = file.content
    if upload.is_lines and not upload.is_gzip:
        has_lines = are_lines(content.read(PIECE_BYTES))
        content.seek(0)
        if has_lines:
            whole = Range(upload.folder, upload.name, file.stamp)
            return hash_lines(content, whole, range_bytes)
    return hashlib.file_digest(content, "sha256").hexdigest(), []  # type: ignore[arg-type]
