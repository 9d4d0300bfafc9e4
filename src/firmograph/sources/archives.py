"""Reads gzip streams and members of zip archives, and stops decompression bombs."""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from isal import igzip, isal_zlib  # decompresses in a third of the time that gzip takes

from firmograph.sources.cut_off import mark_cut_off
from firmograph.sources.foreign import HEAD_BYTES
from firmograph.sources.ignored import NotDeliveries, is_hidden
from firmograph.sources.ranges import Block, blocks
from firmograph.sources.split import (
    RawDocument,
    Refusal,
    Source,
    Unreadable,
    are_lines,
    split,
)

BOMB_RATIO = 200
BOMB_FLOOR_BYTES = 64 << 20

_BROKEN = (EOFError, zlib.error, isal_zlib.error, zipfile.BadZipFile, igzip.BadGzipFile)
_BROKEN_ARCHIVE = (
    *_BROKEN,
    # zipfile raises these on damaged, encrypted or unsupported archives
    ValueError,
    OverflowError,
    struct.error,
    RuntimeError,
    NotImplementedError,
    LookupError,
    lzma.LZMAError,
    OSError,
)
_NO_ZIP = "the file is not a zip archive, although its name says so: rename it"
_PLAIN_ENDS = (".json", ".jsonl", ".ndjson")
_GZIP_ENDS = (".gz", ".gzip")
_MEMBER_ENDS = (*_PLAIN_ENDS, *(plain + gz for plain in _PLAIN_ENDS for gz in _GZIP_ENDS))


def gzip_documents(
    content: IO[bytes], size: int, *, is_lines: bool, limit: int
) -> Iterator[RawDocument | Refusal]:
    """Yields the documents of a gzip file of a given size.

    Raises:
        Unreadable: if it cannot be decompressed to its end.
    """
    with _gunzipped(content, size) as stream:
        yield from split(stream, is_lines=is_lines, limit=limit)


def gzip_blocks(content: IO[bytes], size: int, block_bytes: int, limit: int) -> Iterator[Block]:
    """Yields the lines of a gzip file of a given size; see `blocks`.

    Raises:
        Unreadable: if it cannot be decompressed to its end.
    """
    with _gunzipped(content, size) as stream:
        yield from blocks(stream, block_bytes, limit)


def gzip_has_lines(content: IO[bytes], size: int) -> bool:
    """Whether a gzip file whose name promises lines may have some."""
    try:
        with _gunzipped(content, size) as stream:
            return are_lines(stream.read(HEAD_BYTES))
    except Unreadable:
        return False


@contextmanager
def _gunzipped(content: IO[bytes], size: int) -> Iterator["_Bounded"]:
    _check_beginning(content, b"\x1f\x8b", "compressed by gzip", ".gz")
    try:
        yield _Bounded(igzip.GzipFile(fileobj=content), size)
    except _BROKEN as error:
        raise Unreadable("cut_off", _what_broke("file", error)) from error


def _check_beginning(content: IO[bytes], magic: bytes, what: str, ending: str) -> None:
    """Refuses a file that begins with other bytes than its name promises, unless with zeros."""
    content.seek(0)
    head = content.read(len(magic))
    content.seek(0)
    if not magic.startswith(head) and head.strip(b"\x00"):
        raise Unreadable("format", f"this is not {what}, though its name ends with {ending}")


def zip_documents(
    content: IO[bytes], limit: int, ignored: NotDeliveries
) -> Iterator[RawDocument | Refusal]:
    """Yields the documents of an archive's members; an unreadable member is one refusal.

    Args:
        content: the archive.
        limit: the largest document in bytes.
        ignored: members that are passed over.

    Raises:
        Unreadable: if the archive itself cannot be read.
    """
    try:
        archive = zipfile.ZipFile(content)
        listed = sorted(archive.infolist(), key=lambda info: info.filename)
    except _BROKEN_ARCHIVE as error:
        _check_beginning(content, b"PK", "a zip archive", ".zip")
        raise Unreadable("cut_off", _what_broke("archive", error)) from error
    number = 0
    with archive:
        for member in listed:
            name = member.filename.replace("\\", "/").split("/")[-1]
            if not name or is_hidden(name) or name in ignored:
                continue
            refusal = _member_fault(archive, member, limit)
            if refusal is not None:
                yield refusal
                continue
            is_empty = True
            for found in _member(archive, member, limit):
                is_empty = False
                if isinstance(found, RawDocument):
                    number += 1
                    yield RawDocument(number, found.raw)
                else:
                    yield _of_member(member, found)
            if is_empty:
                yield _of_member(member, Refusal("empty", "it contains no document"))


def _of_member(member: zipfile.ZipInfo, refusal: Refusal) -> Refusal:
    """A refusal that names the member it is about."""
    name = member.filename
    return Refusal(refusal.rule, f"member {name!r}: {refusal.reason}", name)


def _member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int
) -> Iterator[RawDocument | Refusal]:
    plain = member.filename.lower().removesuffix(".gz").removesuffix(".gzip")
    is_lines = not plain.endswith(".json")
    with archive.open(member) as file:
        parts = split(_expanded(file, member), is_lines=is_lines, limit=limit)
        yield from mark_cut_off(parts)


def _member_fault(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> Refusal | None:
    """Reads a member once to its end, so that a damaged one yields no documents."""
    name = member.filename
    if not name.lower().endswith(_MEMBER_ENDS):
        allowed = f"{', '.join(_PLAIN_ENDS)}, or one of these with {' or '.join(_GZIP_ENDS)}"
        return _of_member(member, Refusal("member", f"its name does not end with {allowed}"))
    try:
        for _ in _member(archive, member, limit):
            pass
    except _BROKEN_ARCHIVE as error:
        return _of_member(member, Refusal("member", _what_broke("file", error)))
    except Unreadable as error:
        return _of_member(member, error.refusal)
    return None


def _is_gzip(member: zipfile.ZipInfo) -> bool:
    return member.filename.lower().endswith(_GZIP_ENDS)


def _what_broke(what: str, error: Exception) -> str:
    """Why a compressed file or an archive cannot be read."""
    if isinstance(error, EOFError):
        return (
            f"the {what} cannot be decompressed: it ends too early, cut off in transfer perhaps, "
            "or a few other bytes follow after its end"
        )
    if isinstance(error, igzip.BadGzipFile) and "Not a gzipped file" in str(error):
        return f"the {what} cannot be decompressed: it is not gzip, or other bytes follow after it"
    if isinstance(error, zipfile.BadZipFile) and "not a zip file" in str(error):
        return f"the {what} is not a zip archive, or its end is missing: it may have been cut off"
    if isinstance(error, zlib.error | isal_zlib.error | lzma.LZMAError):
        return f"the {what} cannot be decompressed: its bytes are damaged ({error})"
    return f"the {what} cannot be decompressed: {error}"


def _expanded(file: IO[bytes], member: zipfile.ZipInfo) -> Source:
    stream = _Bounded(file, member.compress_size)
    if _is_gzip(member):
        return _Bounded(igzip.GzipFile(fileobj=stream), member.file_size)
    return stream


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
                "bomb",
                f"the compressed file expands to more than {BOMB_RATIO} times its size; it was not "
                "read further",
            )
        return data

    def readinto(self, buffer: bytearray) -> int:
        """Reads into a buffer, which the decompressor asks for; returns how many bytes."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
