"""Opens uploads: which files there are, their hash, and the documents in them."""

import gzip
import hashlib
import io
import lzma
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from firmograph.sources.names import FileNames, Unknown, Upload, is_ignored
from firmograph.sources.ranges import Range, hash_lines
from firmograph.sources.split import (
    PIECE_BYTES,
    RawDocument,
    Refusal,
    Source,
    Unreadable,
    are_lines,
    split,
)

BOMB_RATIO = 200
BOMB_FLOOR_BYTES = 64 << 20

_BROKEN = (EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile)
_BROKEN_ARCHIVE = (
    *_BROKEN,
    # what zipfile raises on bytes that only look like an archive, an encrypted or an odd one
    ValueError,
    OverflowError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    LookupError,
    lzma.LZMAError,
    OSError,
)
_MEMBER_ENDS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")


class Deferred(Exception):  # noqa: N818 - a fact about a file, which stays where it is
    """A file that changes while it is read, or cannot be read now."""


@dataclass(frozen=True)
class OpenUpload:
    """An upload in hand.

    Attributes:
        upload: the file.
        sha256: of its bytes.
        size: in bytes.
        content: its bytes.
        ranges: where it is large and holds a document a line, ranges of whole lines.
    """

    upload: Upload
    sha256: str
    size: int
    content: IO[bytes]
    ranges: list[Range] = field(default_factory=list)

    def documents(self, limit: int) -> Iterator[RawDocument | Refusal]:
        """Yields its documents, numbered through the file.

        Raises:
            Unreadable: where it cannot be read to its end.
        """
        if self.upload.is_zip:
            yield from _members(self.content, limit)
            return
        stream: Source = self.content
        if self.upload.is_gzip:
            stream = _Bounded(gzip.GzipFile(fileobj=self.content), self.size)
        try:
            yield from split(stream, is_lines=self.upload.is_lines, limit=limit)
        except _BROKEN as error:
            raise Unreadable("cut_off", f"the file cannot be decompressed: {error}") from error


def scan(folder: Path, names: FileNames) -> list[Upload | Unknown]:
    """Lists the files of the upload folder, ordered by document type and name; not recursive."""
    found: list[Upload | Unknown] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_ignored(entry.name) or entry.is_dir(follow_symlinks=False):
                continue
            if not entry.is_file(follow_symlinks=False):
                reason = "it is a symbolic link or a special file; only plain files are read"
                found.append(Unknown(folder, entry.name, reason))
            else:
                found.append(names.recognise(folder, entry.name, _size(entry)))
    return sorted(found, key=_order)


def _size(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat(follow_symlinks=False).st_size
    except OSError:
        return 0  # it went away; reading it will tell


def _order(file: Upload | Unknown) -> tuple[str, str]:
    return (file.document_type if isinstance(file, Upload) else "~", file.file_name)


def read_upload(upload: Upload) -> OpenUpload:
    """Opens, reads and hashes a small file at once.

    Raises:
        Deferred: where it cannot be opened, or changed while it was read.
    """
    path = f"{upload.folder}/{upload.name}"
    handle, before = _open(path)
    try:
        data = _read(handle, before.st_size)
    finally:
        os.close(handle)
    _check_unchanged(path, before)
    return OpenUpload(upload, hashlib.sha256(data).hexdigest(), len(data), io.BytesIO(data))


@contextmanager
def open_upload(upload: Upload) -> Iterator[OpenUpload]:
    """Opens a file and hashes it.

    Raises:
        Deferred: where it cannot be opened, or has changed by the end of the `with` block.
    """
    handle, before = _open(upload.path)
    with os.fdopen(handle, "rb") as file:
        digest, ranges = _hash(file, upload)
        file.seek(0)
        try:
            yield OpenUpload(upload, digest, before.st_size, file, ranges)
        finally:  # a change of the file counts more than what it seemed to hold
            _check_unchanged(upload.path, before)


def _open(path: Path | str) -> tuple[int, os.stat_result]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Deferred(f"it cannot be opened: {error.strerror}") from error
    before = os.fstat(handle)
    if not stat.S_ISREG(before.st_mode):
        os.close(handle)
        raise Deferred("it is not a plain file any more")
    return handle, before


def _hash(file: io.BufferedReader, upload: Upload) -> tuple[str, list[Range]]:
    if upload.is_lines and not upload.is_gzip:
        is_cut = are_lines(file.read(PIECE_BYTES))
        file.seek(0)
        if is_cut:
            return hash_lines(file, upload.path)
    return hashlib.file_digest(file, "sha256").hexdigest(), []


def _read(handle: int, size: int) -> bytes:
    pieces = []
    while piece := os.read(handle, max(size, 1) + 1):
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _check_unchanged(path: Path | str, before: os.stat_result) -> None:
    try:
        after = os.lstat(path)
    except OSError as error:
        raise Deferred("it went away while it was read") from error
    if (before.st_size, before.st_mtime_ns, before.st_ino) != (
        after.st_size,
        after.st_mtime_ns,
        after.st_ino,
    ):
        raise Deferred("it changed while it was read")


class _Bounded:
    """A decompressed stream that stops a decompression bomb."""

    def __init__(self, source: Source, compressed_size: int) -> None:
        self._source = source
        self._limit = max(BOMB_FLOOR_BYTES, compressed_size * BOMB_RATIO)
        self._count = 0

    def read(self, size: int = -1) -> bytes:
        """Reads at most `size` bytes."""
        data = self._source.read(size)
        self._count += len(data)
        if self._count > self._limit:
            raise Unreadable(
                "bomb", f"the content expands over {BOMB_RATIO} times; it is not read further"
            )
        return data


def _members(content: IO[bytes], limit: int) -> Iterator[RawDocument | Refusal]:
    """Yields the documents of an archive's members; a bad member is one refusal."""
    try:
        archive = zipfile.ZipFile(content)
        listed = sorted(archive.infolist(), key=lambda info: info.filename)
    except _BROKEN_ARCHIVE as error:
        raise Unreadable("cut_off", f"the archive cannot be read: {error}") from error
    number = 0
    with archive:
        for member in listed:
            if member.filename.endswith("/") or is_ignored(
                member.filename.replace("\\", "/").split("/")[-1]
            ):
                continue
            refusal = _member_fault(archive, member, limit)
            if refusal is not None:
                yield refusal
                continue
            for found in _member(archive, member, limit):
                if isinstance(found, RawDocument):
                    number += 1
                    yield RawDocument(number, found.raw)
                else:
                    yield found._replace(part=member.filename)


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int
) -> Iterator[RawDocument | Refusal]:
    is_lines = not member.filename.lower().removesuffix(".gz").endswith(".json")
    with archive.open(member) as file:
        yield from split(_expanded(file, member), is_lines=is_lines, limit=limit)


def _member_fault(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> Refusal | None:
    """Reads a member to its end once: a broken one must not give half of its documents."""
    name = member.filename
    if not name.lower().endswith(_MEMBER_ENDS):
        allowed = ", ".join(_MEMBER_ENDS)
        return Refusal("member", f"member {name!r} is not one of {allowed}", name)
    try:
        for _ in _member(archive, member, limit):
            pass
    except _BROKEN_ARCHIVE as error:
        return Refusal("member", f"member {name!r} cannot be read: {error}", name)
    except Unreadable as error:
        return error.refusal._replace(part=name)
    return None


def _expanded(file: IO[bytes], member: zipfile.ZipInfo) -> Source:
    stream = _Bounded(file, member.compress_size)
    if member.filename.lower().endswith(".gz"):
        return _Bounded(gzip.GzipFile(fileobj=stream), member.file_size)  # type: ignore[call-overload]
    return stream
