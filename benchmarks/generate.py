"""Writes seeded uploads: the same arguments give the same bytes.

python benchmarks/generate.py files 20000 FOLDER      one file per company
python benchmarks/generate.py lines 140000 FOLDER     one company per line, in one file
python benchmarks/generate.py families 200000 FOLDER  families with this many members in total
"""

import argparse
import gzip
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from uploads.companies import document
from uploads.families import pages, sizes

DATE = "20260401"
BATCH = 500
Versions = Mapping[int, int]
"""Which companies get a newer response with other figures, and its version."""


def write_files(folder: Path, numbers: Sequence[int], versions: Versions | None = None) -> None:
    """Writes a file for each company."""
    for _ in _by_batch(partial(_write_batch, folder, versions or {}), numbers):
        pass


def write_lines(path: Path, numbers: Sequence[int], versions: Versions | None = None) -> None:
    """Writes one file with one company per line; compressed if its name ends in gz."""
    with gzip.open(path, "wb", 6) if path.suffix == ".gz" else path.open("wb") as file:
        for lines in _by_batch(partial(_lines, versions or {}), numbers):
            file.write(lines)


def json_bytes(folder: Path) -> int:
    """The bytes of JSON in a folder's files, decompressed."""
    return sum(_decompressed(path) for path in folder.iterdir())


def _decompressed(path: Path) -> int:
    if path.suffix != ".gz":
        return path.stat().st_size
    with path.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(), "little")  # a gzip file ends with it, up to 4 GiB


def write_families(folder: Path, members: int) -> None:
    """Writes families of many sizes, one file per page."""
    first = 0
    for size in sizes(members):
        write_family(folder, first, size)
        first += size


def write_family(folder: Path, first: int, size: int) -> None:
    """Writes the pages of one family."""
    for number, page in enumerate(pages(first, size), 1):
        (folder / f"family {first}_family_tree_{DATE}_{number}.json").write_bytes(page)


def _by_batch(work: Any, numbers: Sequence[int]) -> Iterator[Any]:
    batches = [numbers[at : at + BATCH] for at in range(0, len(numbers), BATCH)]
    if len(batches) < 4:
        yield from map(work, batches)
        return
    with ProcessPoolExecutor() as pool:
        yield from pool.map(work, batches)


def _write_batch(folder: Path, versions: Versions, numbers: Iterable[int]) -> None:
    for number in numbers:
        path = folder / f"company {number}_data_blocks_{DATE}.json"
        path.write_bytes(document(number, versions.get(number, 0)))


def _lines(versions: Versions, numbers: Iterable[int]) -> bytes:
    return b"".join(document(n, versions.get(n, 0)) + b"\n" for n in numbers)


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("files", "lines", "families"))
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    if given.what == "files":
        write_files(given.folder, range(given.count))
    elif given.what == "lines":
        path = given.folder / f"{given.count} companies_data_blocks_{DATE}.jsonl"
        write_lines(path, range(given.count))
    else:
        write_families(given.folder, given.count)


if __name__ == "__main__":
    main()
