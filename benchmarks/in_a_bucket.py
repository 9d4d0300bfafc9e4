"""Runs on a lake in a bucket: seconds, requests and memory, alongside the same runs in folders.

    .venv/bin/python benchmarks/in_a_bucket.py --out benchmarks/BUCKET.md

Starts versitygw, an S3 store, on this machine, and a proxy that counts requests and, where the
table says so, makes each take 20 ms at least. `make .venv-servers/installed` installs the store.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
from generate import write_files, write_lines
from measure import Figures, measure
from obstore.store import S3Store

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from proxy import Proxy, proxied
from servers import ACCESS_KEY, SECRET_KEY, Server, Servers, lead_to

PROGRAM = [sys.executable, "-m", "firmograph"]
DELAY = 0.02
COMPANIES, NEW, NIGHTS = 20_000, 100, 5
DELAYED_FILES, FILES, LINES = 5_000, 20_000, 140_000
PLACES = {"uploads": "uploads", "processed": "processed", "quarantined": "refused", "lake": "lake"}
SIDE_BY_SIDE = 16
HEAD = """\
# In a bucket

Written by `benchmarks/in_a_bucket.py` on {} shared cores, {}: whole processes, on versitygw on the
same machine, of whose time and memory the table has nothing. Seconds compare only within the table.

| | wall s | CPU s | peak MiB | GET, HEAD | PUT, COPY, LIST |
|---|---|---|---|---|---|
"""


class Row(NamedTuple):
    """A line of the table: what was run, what it took, and how many requests it made."""

    what: str
    took: Figures
    reads: int | None = None
    writes: int | None = None


class Project:
    """A root folder all of whose places are below a prefix of a bucket, or in the folder.

    Args:
        root: an empty folder.
        bucket: its name; None for a project in folders.
        server: that has the bucket.
    """

    def __init__(self, root: Path, bucket: str | None, server: Server) -> None:
        self.root, self._bucket, self._server = root, bucket, server
        self._uploads = root / PLACES["uploads"]
        root.mkdir()
        for folder in PLACES.values():
            (root / folder).mkdir()

    @property
    def command(self) -> list[str]:
        """The command of a run."""
        base = f"s3://{self._bucket}" if self._bucket else str(self.root)
        sets = [f"{name}={base}/{folder}" for name, folder in PLACES.items()]
        return [*PROGRAM, "run", "--root", str(self.root), *(p for s in sets for p in ("--set", s))]

    def drop(self, write: Callable[[Path], None]) -> None:
        """Delivers the files that a function writes into a folder."""
        write(self._uploads)
        if not self._bucket:
            return
        store = S3Store(
            self._bucket,
            config={"endpoint": self._server.address, "allow_http": "true", "region": "us-east-1"},
            access_key_id=ACCESS_KEY,
            secret_access_key=SECRET_KEY,
        )
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for _ in pool.map(lambda path: _put(store, path), sorted(self._uploads.iterdir())):
                pass


def _put(store: S3Store, path: Path) -> None:
    store.put(f"{PLACES['uploads']}/{path.name}", path)
    path.unlink()


def files(numbers: Sequence[int], version: int = 0) -> Callable[[Path], None]:
    """Writes a file for each company, each in the given version."""
    return lambda folder: write_files(folder, numbers, dict.fromkeys(numbers, version))


def lines(companies: int) -> Callable[[Path], None]:
    """Writes one file with a company per line."""
    name = "companies_data_blocks_20260401.jsonl"
    return lambda folder: write_lines(folder / name, range(companies))


class Bench:
    """Makes projects on one server, and measures their runs.

    Args:
        scratch: an empty folder.
        server: the store.
    """

    def __init__(self, scratch: Path, server: Server) -> None:
        self._scratch, self._server, self._numbers = scratch, server, count()

    def project(self, *, in_bucket: bool = True) -> Project:
        """A new one."""
        bucket = self._server.make_bucket() if in_bucket else None
        return Project(self._scratch / f"root-{next(self._numbers)}", bucket, self._server)

    def run(self, what: str, project: Project, delay: float = 0.0) -> Row:
        """Measures a run, each of whose requests takes at least `delay` seconds."""
        with (
            proxied(self._server.address, delay) as proxy,
            pytest.MonkeyPatch.context() as environment,
        ):
            lead_to(proxy.url, environment)
            took = measure(project.command)
            return Row(what, took, *_billed(proxy))

    def nights(self) -> Iterator[Row]:
        """Nightly runs, and runs that find nothing new."""
        project = self.project()
        project.drop(lines(COMPANIES))
        self.run("", project)
        rows: list[list[Row]] = [[], []]
        for night in range(NIGHTS):
            first = COMPANIES - NEW // 2 + night * NEW
            project.drop(files(range(first, first + NEW), night + 1))
            for kept in rows:
                kept.append(self.run("", project, DELAY))
        new, none = map(_median, rows)
        yield new._replace(what=f"{NEW} new files, {COMPANIES:,} companies, 20 ms a request")
        yield none._replace(what="nothing new, 20 ms a request")

    def loads(self) -> Iterator[Row]:
        """First loads in a bucket, and in folders."""
        project = self.project()
        project.drop(files(range(DELAYED_FILES)))
        yield self.run(f"{DELAYED_FILES:,} files, 20 ms a request", project, DELAY)
        for what, write in (
            (f"{FILES:,} files", files(range(FILES))),
            ("2 GB lines", lines(LINES)),
        ):
            for in_bucket in (True, False):
                project = self.project(in_bucket=in_bucket)
                project.drop(write)
                row = self.run(f"{what}, {'bucket' if in_bucket else 'folder'}", project)
                yield row if in_bucket else row._replace(reads=None, writes=None)


def _billed(proxy: Proxy) -> tuple[int, int]:
    """How many requests read, and how many write or list."""
    made = proxy.counts
    return made["GET"] + made["HEAD"], made["PUT"] + made["COPY"] + made["LIST"]


def _median(rows: Sequence[Row]) -> Row:
    took = Figures(*(median(values) for values in zip(*(row.took for row in rows), strict=True)))
    reads, writes = (int(median(getattr(r, name) for r in rows)) for name in ("reads", "writes"))
    return Row("", took, reads, writes)


@contextmanager
def _served(scratch: Path) -> Iterator[Server]:
    servers = Servers(scratch)
    try:
        yield servers.get("versitygw")
    finally:
        servers.stop()


def page(rows: Iterable[Row]) -> str:
    """The figures as a page of Markdown."""
    day, cores = datetime.now(UTC).date(), len(os.sched_getaffinity(0))
    return HEAD.format(cores, day) + "".join(map(_line, rows))


def _line(row: Row) -> str:
    wall, cpu, peak = row.took
    counts = ("" if n is None else f"{n:,}" for n in (row.reads, row.writes))
    return f"| {row.what} | {wall:.1f} | {cpu:.1f} | {peak:,.0f} | {' | '.join(counts)} |\n"


def main() -> None:
    """Measures and writes the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="the page; by default it is printed")
    parser.add_argument("--only", choices=("nights", "loads"), help="a part of the table")
    parser.add_argument("--scratch", type=Path, help="where to work; 12 GB")
    options = parser.parse_args()
    parts = (options.only,) if options.only else ("nights", "loads")
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        stores = Path(scratch) / "stores"
        stores.mkdir()
        with _served(stores) as server:
            bench = Bench(Path(scratch), server)
            found = page(row for part in parts for row in getattr(bench, part)())
    if options.out:
        options.out.write_text(found, encoding="utf-8")
    else:
        print(found)


if __name__ == "__main__":
    main()
