"""Lists and opens uploads: their hashes, and the documents in them."""

import hashlib
import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import IO

from firmograph.sources.archives import gzip_documents, zip_documents
from firmograph.sources.names import FileNames, Unknown, Upload, is_ignored
from firmograph.sources.ranges import Range, hash_lines
from firmograph.sources.split import PIECE_BYTES, RawDocument, Refusal, are_lines, split
from firmograph.storage.base import OpenFile, Storage, StorageError


class Deferred(Exception):  # noqa: N818 - a fact about a file, which stays where it is
    """A file that changed while it was read, or cannot be read now."""


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

    def documents(self, limit: int) -> Iterator[RawDocument | Refusal]:
        """Yields its documents, numbered throughout the file, and its refused parts.

        Raises:
            Unreadable: if it cannot be read to its end.
        """
        upload = self.upload
        if upload.is_zip:
            return zip_documents(self.content, limit)
        if upload.is_gzip:
            return gzip_documents(self.content, self.size, is_lines=upload.is_lines, limit=limit)
        return split(self.content, is_lines=upload.is_lines, limit=limit)


def scan(folder: Storage, names: FileNames) -> list[Upload | Unknown]:
    """Lists the files of the upload folder, ordered by document type and name; not recursive.

    Raises:
        Gone: if the folder does not exist.
    """
    found: list[Upload | Unknown] = []
    for name, stamp in folder.files():
        if is_ignored(name):
            continue
        if stamp is None:
            reason = "it is a symbolic link or a special file; only plain files are read"
            found.append(Unknown(folder, name, reason))
        else:
            found.append(names.recognise(folder, name, stamp.size))
    return sorted(found, key=_order)


def _order(file: Upload | Unknown) -> tuple[str, str]:
    return (file.document_type if isinstance(file, Upload) else "~", file.file_name)


def read_upload(upload: Upload) -> OpenUpload:
    """Reads and hashes a small file at once.

    Raises:
        Deferred: if it cannot be opened, or changed while it was read.
    """
    try:
        data = upload.folder.read(upload.name)
    except StorageError as error:
        raise Deferred(error.reason) from error
    return OpenUpload(upload, hashlib.sha256(data).hexdigest(), len(data), io.BytesIO(data))


@contextmanager
def open_upload(upload: Upload, range_bytes: int) -> Iterator[OpenUpload]:
    """Opens a file and hashes it.

    Args:
        upload: the file.
        range_bytes: the approximate size of its ranges of lines.

    Raises:
        Deferred: if it cannot be opened, or has changed by the end of the `with` block.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(upload.folder.open(upload.name))
        except StorageError as error:
            raise Deferred(error.reason) from error
        digest, ranges = _hash(file, upload, range_bytes)
        file.content.seek(0)
        try:
            yield OpenUpload(upload, digest, file.stamp.size, file.content, ranges)
        finally:  # a change of the file overrides any error in what was read
            try:
                stack.close()
            except StorageError as error:
                raise Deferred(error.reason) from error


def _hash(file: OpenFile, upload: Upload, range_bytes: int) -> tuple[str, list[Range]]:
    content = file.content
    if upload.is_lines and not upload.is_gzip:
        has_lines = are_lines(content.read(PIECE_BYTES))
        content.seek(0)
        if has_lines:
            whole = Range(upload.folder, upload.name, file.stamp)
            return hash_lines(content, whole, range_bytes)
    return hashlib.file_digest(content, "sha256").hexdigest(), []  # type: ignore[arg-type]
