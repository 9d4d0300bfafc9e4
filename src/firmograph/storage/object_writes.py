"""How an object is written: whole or not at all, and by one of several processes."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import obstore

from firmograph.storage.base import FileStamp
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import DELETE, WRITE, told
from firmograph.storage.posix import check_unchanged, stamp_of

_PART_BYTES = 1 << 23
_PARTS_AT_ONCE = 4
_LARGE_BYTES = 1 << 26
"""From here on, what must be absent is written by parts, under another name at first."""


def write(client: Client, key: str, url: str, source: Path | bytes) -> FileStamp:
    """Writes an object; deletes a source file."""
    with _unchanged(source), told(url, WRITE):
        version = obstore.put(
            client, key, source, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
        )["e_tag"]
    return _written(source, version)


def write_if_absent(client: Client, key: str, url: str, source: Path | bytes) -> FileStamp:
    """Writes an object that does not exist; deletes a source file.

    Raises:
        Taken: if it exists.
    """
    if isinstance(source, Path) and source.lstat().st_size >= _LARGE_BYTES:
        return _write_large_if_absent(client, key, url, source)
    with _unchanged(source):
        content = source.read_bytes() if isinstance(source, Path) else source
    with told(url, WRITE):
        version = obstore.put(client, key, content, mode="create")["e_tag"]
    return _written(source, version)


def _write_large_if_absent(client: Client, key: str, url: str, source: Path) -> FileStamp:
    """Copies from a name of its own, since parts cannot be written under a condition."""
    part = f"{key}.{uuid.uuid4().hex}.part"
    try:
        with _unchanged(source), told(url, WRITE):
            obstore.put(
                client, part, source, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        with told(url, WRITE):
            obstore.copy(client, part, key, overwrite=False)
            version = obstore.head(client, key)["e_tag"]
    finally:
        with told(url, DELETE):
            obstore.delete(client, part)
    return _written(source, version)


@contextmanager
def _unchanged(source: Path | bytes) -> Iterator[None]:
    """Raises `Changed` if a source file changes inside."""
    before = stamp_of(source.lstat()) if isinstance(source, Path) else None
    yield
    if isinstance(source, Path) and before is not None:
        check_unchanged(str(source), before)


def _written(source: Path | bytes, version: str | None) -> FileStamp:
    size = source.lstat().st_size if isinstance(source, Path) else len(source)
    if isinstance(source, Path):
        source.unlink()
    return FileStamp(size, (version or "").strip('"'))
