"""Scenarios of a drop into an existing lake."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from random import Random

from comparing import row_count
from first_drops import FIRST, files
from generate import DATE, write_files, write_lines
from participants import OURS
from results import Result
from rounds import Bench, by_hand, interleaved

AGAIN = f"{OURS}, the same drop again"
CHANGED = f"{OURS}, 2 % changed"
SPREAD = f"{OURS}, companies changed at random"
TENTH_NIGHT = "nights 6 to 15"
LAST_NIGHT = "the last ten nights"
BASE_FILES = 10


def redelivery(bench: Bench) -> Result:
    """The same drop again, as copies; then once more, with two companies in a hundred changed."""
    result = Result()
    uploads, changed = bench.written("uploads", files), bench.folder("changed")
    numbers = range(bench.count)
    write_files(changed, numbers, dict.fromkeys(_chosen(numbers, bench.count // 50), 1))
    for number, root in enumerate(interleaved(bench, uploads, result)):
        result.count_in(result.runs, uploads, row_count(root))
        result.took(AGAIN, bench.again(root, uploads))
        result.took(CHANGED, bench.again(root, changed))
        for peer in bench.taking_part(number):
            # it loads the whole drop again, and must arrive at the state of our lake
            figures = by_hand(bench, peer, changed, root, raw=False)
            result.took(f"{peer.name}, 2 % changed", figures)
    result.where = bench.profile(root, uploads)
    return result


def spread(bench: Bench) -> Result:
    """Changed companies at random positions of a large lake."""
    result = Result()
    numbers = range(bench.count)
    root = _large_lake(numbers, bench, result)
    for version in range(1, bench.rounds + 2):
        drop = bench.folder(f"drop {version}")
        chosen = _chosen(numbers, max(1, bench.count // 500), version)
        write_files(drop, chosen, dict.fromkeys(chosen, version))
        if version > bench.rounds:
            result.where = bench.profile(root, drop)
        else:
            result.took(SPREAD, bench.again(root, drop))
    return result


def _large_lake(numbers: Sequence[int], bench: Bench, result: Result) -> Path:
    """Loads the companies from a few JSON Lines files, which are not kept."""
    root = bench.empty_root()
    uploads = root / "workingArea" / "uploads"
    for n in range(BASE_FILES):
        path = uploads / f"part {n}_data_blocks_{DATE}.jsonl"
        write_lines(path, numbers[n::BASE_FILES])
    result.took(FIRST, bench.ours.run(root))
    processed = root / "workingArea" / "processedFiles"
    result.count_in([FIRST], processed, row_count(root))
    shutil.rmtree(processed)
    return root


def nights(bench: Bench) -> Result:
    """A small drop every night: twenty companies, half of them with a newer response."""
    result = Result()
    root = bench.empty_root()
    uploads = root / "workingArea" / "uploads"
    for night in range(bench.count):
        numbers = range(night * 10, night * 10 + 20)
        write_files(uploads, numbers, dict.fromkeys(numbers, night))
        figures = bench.ours.run(root)
        result.series.append(round(figures.wall, 3))
        if 5 <= night < 15:
            result.took(TENTH_NIGHT, figures)
        if night >= bench.count - 10:
            result.took(LAST_NIGHT, figures)
    return result


def _chosen(numbers: Sequence[int], count: int, seed: int = 1) -> list[int]:
    return sorted(Random(f"chosen {seed}").sample(numbers, count))
