"""Scenarios of a first drop into an empty lake."""

from collections.abc import Callable
from pathlib import Path

from comparing import row_count
from generate import DATE, write_family, write_files, write_lines
from participants import OURS
from results import Result
from rounds import Bench, interleaved

Write = Callable[[Path, int], None]
FIRST = f"{OURS}, first load"
STATUS = "firmograph status"
HELP = "firmograph --help"
TENTH = f"{OURS}, a tenth of it"
QUARTER = f"{OURS}, a quarter of it"


def files(folder: Path, count: int) -> None:
    """Writes one file per company."""
    write_files(folder, range(count))


def lines(folder: Path, count: int) -> None:
    """Writes one file with one company per line."""
    write_lines(folder / f"companies_data_blocks_{DATE}.jsonl", range(count))


def lines_gz(folder: Path, count: int) -> None:
    """Writes the same, compressed."""
    write_lines(folder / f"companies_data_blocks_{DATE}.jsonl.gz", range(count))


def family(folder: Path, count: int) -> None:
    """Writes the pages of one family."""
    write_family(folder, 0, count)


def small(bench: Bench) -> Result:
    """A few files, and the commands that people wait for."""
    result = Result()
    uploads = bench.written("uploads", files)
    for _ in range(2 * bench.rounds + 1):
        root = bench.root(uploads)
        result.took(FIRST, bench.ours.run(root))
        result.took(STATUS, bench.ours.status(root))
        result.took(HELP, bench.ours.usage())
    result.count_in([FIRST], uploads, row_count(root))
    result.where = bench.profile(root, uploads)
    return result


def first_load(write: Write, bench: Bench) -> Result:
    """A first load by all participants."""
    result = Result()
    uploads = bench.written("uploads", write)
    for root in interleaved(bench, uploads, result):
        result.count_in(result.runs, uploads, row_count(root))
    result.where = bench.profile(bench.empty_root(), uploads)
    return result


def growth(write: Write, part: int, name: str, bench: Bench) -> Result:
    """A first load by all participants, and a part of it by us: shows what grows with the size."""
    result = Result()
    uploads = bench.written("uploads", write)
    smaller = bench.written("part", write, bench.count // part)
    for root in interleaved(bench, uploads, result):
        result.count_in(result.runs.keys() - {name}, uploads, row_count(root))
        again = bench.root(smaller)
        result.took(name, bench.ours.run(again))
        result.count_in([name], smaller, row_count(again))
    result.where = bench.profile(bench.empty_root(), uploads)
    return result
