"""How an object is written: whole or not at all, and by one of several processes."""

import uuid
from contextlib import suppress
from pathlib import Path

import obstore

from firmograph.storage.base import FileStamp
from firmograph.storage.errors import StorageError, Taken
from firmograph.storage.object_client import Client
from firmograph.storage.object_errors import DELETE, READ, WRITE, told
from firmograph.storage.posix import check_unchanged, stamp_of

_PART_BYTES = 1 << 23
_PARTS_AT_ONCE = 4
_WRITER = "writer"
_LARGE_BYTES = 1 << 26
"""From here on, what must be absent is written by parts, under another name at first."""


def write(client: Client, key: str, url: str, source: Path | bytes) -> FileStamp:
    """Writes an object; deletes a source file.

    Raises:
        Changed: if the source file changed meanwhile; what was written may be a mixture.
    """
    before = _seen(source)
    with told(url, WRITE):
        version = obstore.put(
            client, key, source, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
        )["e_tag"]
    _check(source, before)
    return _written(source, before, version)


def write_if_absent(client: Client, key: str, url: str, source: Path | bytes) -> FileStamp:
    """Writes an object that does not exist; deletes a source file.

    Raises:
        Taken: if it exists.
        Changed: if the source file changed meanwhile; nothing was written.
    """
    before = _seen(source)
    if before is not None and before.size >= _LARGE_BYTES:
        return _write_large_if_absent(client, key, url, source, before)
    content = source.read_bytes() if isinstance(source, Path) else source
    _check(source, before)
    writer = uuid.uuid4().hex
    try:
        with told(url, WRITE):
            version = obstore.put(
                client, key, content, mode="create", attributes={_WRITER: writer}
            )["e_tag"]
    except Taken:
        # perhaps by this very request: its answer was lost, and the client made it again
        version = _written_by(writer, client, key, url)
        if version is None:
            raise
    return _written(source, before, version)


def _written_by(writer: str, client: Client, key: str, url: str) -> str | None:
    """The version of an object that this writer wrote."""
    with suppress(StorageError), told(url, READ):
        found = obstore.get(client, key, options={"head": True})
        if found.attributes.get(_WRITER) == writer:
            return found.meta["e_tag"]
    return None


def _write_large_if_absent(
    client: Client, key: str, url: str, source: Path | bytes, before: FileStamp
) -> FileStamp:
    """Copies from a name of its own, since parts cannot be written under a condition."""
    part = f"{key}.{uuid.uuid4().hex}.part"
    try:
        with told(url, WRITE):
            obstore.put(
                client, part, source, chunk_size=_PART_BYTES, max_concurrency=_PARTS_AT_ONCE
            )
        _check(source, before)
        with told(url, WRITE):
            obstore.copy(client, part, key, overwrite=False)
            version = obstore.head(client, key)["e_tag"]
    finally:
        with told(url, DELETE):
            obstore.delete(client, part)
    return _written(source, before, version)


def _seen(source: Path | bytes) -> FileStamp | None:
    return stamp_of(source.lstat()) if isinstance(source, Path) else None


def _check(source: Path | bytes, before: FileStamp | None) -> None:
    if before is not None:
        check_unchanged(str(source), before)


def _written(source: Path | bytes, before: FileStamp | None, version: str | None) -> FileStamp:
    """The version that was written; deletes a source file unless it is a new one by now."""
    if isinstance(source, Path):
        with suppress(FileNotFoundError):
            if stamp_of(source.lstat()) == before:
                source.unlink()
    size = before.size if before is not None else len(source)  # type: ignore[arg-type]
    return FileStamp(size, (version or "").strip('"'))
