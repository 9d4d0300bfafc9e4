"""The bare loop, the lower limit: read, hash, decode, write as zstd. One process, no tables.

python benchmarks/loop.py FOLDER TARGET
"""

import gzip
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_BYTES = 4 << 20
LINE_BYTES = 32 << 20


class Code(msgspec.Struct):
    code: str | None = None
    description: str | None = None
    typeDescription: str | None = None
    typeDnBCode: int | None = None
    priority: int | None = None


class Member(msgspec.Struct):
    duns: str
    primaryName: str


class Organization(msgspec.Struct):
    duns: str
    primaryName: str
    industryCodes: list[Code] = []


class Document(msgspec.Struct):
    organization: Organization | None = None
    familyTreeMembers: list[Member] = []


def documents(folder: Path) -> Iterator[bytes]:
    """Reads every document of the folder once; hashes each file."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if ".jsonl" in entry.name:
            yield from lines(Path(entry.path))
            continue
        handle = os.open(entry.path, os.O_RDONLY)
        raw = os.read(handle, 1 << 26)
        os.close(handle)
        hashlib.sha256(raw).digest()
        yield raw


def lines(path: Path) -> Iterator[bytes]:
    """Reads a JSON Lines file in pieces, compressed or not; hashes it and each line."""
    digest = hashlib.sha256()
    rest = b""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while piece := file.read(LINE_BYTES):
            digest.update(piece)
            *whole, rest = (rest + piece).split(b"\n")
            for line in whole:
                hashlib.sha256(line).digest()
                yield line


def main(folder: Path, target: Path) -> None:
    """Runs the loop."""
    schema = pa.schema([("raw", pa.string())])
    decode = msgspec.json.Decoder(Document).decode
    batch: list[bytes] = []
    size = 0
    options = {"compression": "zstd", "compression_level": 2}
    with pq.ParquetWriter(
        target, schema, use_dictionary=False, write_statistics=False, **options
    ) as writer:

        def write() -> None:
            column = pa.array(batch, pa.string())
            writer.write_table(pa.Table.from_arrays([column], schema=schema))
            batch.clear()

        for raw in documents(folder):
            decode(raw)
            batch.append(raw)
            size += len(raw)
            if size > BATCH_BYTES:
                write()
                size = 0
        write()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
