"""Writes tests/slow.txt: the test functions that take longer than half a second.

    python tools/list_slow_tests.py .reports/*.xml

Takes the reports that `make test` and `make test-slow` leave. A function with parameters is slow if
its cases take longer than that on average. Those that passed in no report keep their line.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree as ET

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))
from slow import LISTED, ON_SPARK  # noqa: E402

LIMIT_SECONDS = 0.5


def durations(report: Path) -> Iterator[tuple[str, float]]:
    """Yields each case that passed, by a report in the JUnit format: function and seconds."""
    is_spark = "spark" in report.stem
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - written by pytest
        if len(case):
            continue  # failed or skipped: its time says nothing
        function, _, _ = case.attrib["name"].partition("[")
        path = case.attrib["classname"].replace(".", "/")
        yield f"{path}.py::{function}{ON_SPARK * is_spark}", float(case.attrib["time"])


def slow(reports: Iterable[Path], listed: Iterable[str]) -> list[str]:
    """The slow test functions, given those that were listed before."""
    seconds = defaultdict[str, list[float]](list)
    for report in reports:
        for name, duration in durations(report):
            seconds[name].append(duration)
    kept = set(listed) - seconds.keys()
    return sorted(kept | {name for name, all_ in seconds.items() if mean(all_) > LIMIT_SECONDS})


def main() -> None:
    """Writes the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("reports", type=Path, nargs="+")
    before = LISTED.read_text("utf-8").split() if LISTED.exists() else []
    found = slow(parser.parse_args().reports, before)
    LISTED.write_text("".join(f"{name}\n" for name in found), encoding="utf-8")
    print(f"{len(found)} test functions are slow")


if __name__ == "__main__":
    main()
