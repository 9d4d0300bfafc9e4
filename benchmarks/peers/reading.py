"""Reads uploads for peers that have no good way to do so themselves."""

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

BATCH_BYTES = 8 << 20


def batches(folder: Path) -> Iterator[list[bytes]]:
    """Every document of the folder once, in batches."""
    batch: list[bytes] = []
    size = 0
    for document in documents(folder):
        batch.append(document)
        size += len(document)
        if size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def documents(folder: Path) -> Iterator[bytes]:
    """Every document of the folder once: one per file, or one per line."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.endswith(".json"):
            yield whole(entry.path)
        else:
            yield from lines(Path(entry.path))


def whole(path: str) -> bytes:
    """A file's bytes, without the cost of a buffered reader."""
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def lines(path: Path) -> Iterator[bytes]:
    """The lines of a file, compressed or not."""
    rest = b""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while piece := file.read(BATCH_BYTES):
            *found, rest = (rest + piece).split(b"\n")
            yield from filter(None, found)
    if rest:
        yield rest


def move(uploads: Path, target: Path) -> None:
    """Moves the files that were read."""
    done = target / "processed"
    done.mkdir(exist_ok=True)
    for path in uploads.iterdir():
        path.rename(done / path.name)
