"""firmograph on Spark alongside the same job by hand in PySpark, and what grows with the input.

    .venv-spark/bin/python benchmarks/on_spark.py --out benchmarks/SPARK.md

All run on this machine with the PySpark of `.venv-spark`. Each is a whole process, including the
start of the JVM.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from generate import write_files, write_lines
from measure import Figures, measure
from participants import give

HERE = Path(__file__).parent
PARTITIONS = (1, 8, 64)
FILES_PER_PARTITION = 150
KIB = 1024
OURS = "firmograph on Spark"
ALL_ON_SPARK = "firmograph, published on Spark, too"
HEAD = """\
# On Spark

Written by `benchmarks/on_spark.py` on {} shared cores, PySpark {}, {}: medians of {} rounds, whole
processes, including the start of the JVM. *Share* is firmograph's wall time divided by that of the
line.
"""
FILES = """
The bar is 0.5 of plain PySpark (`wholetext` and `from_json`). The script by hand packs files as
firmograph does; it checks nothing, quarantines nothing, cannot go on from an earlier run, and reads
each file once, firmograph twice. Half of firmograph's time is the start of the JVM and of Python, a
good third the two passes over the uploads. Published on Spark, too, it takes some forty queries
more, each compiled by a JVM that has just started.
"""
GROWTH = f"""
From Spark's event log of first loads, {FILES_PER_PARTITION} files per partition, published on
Spark. The driver receives facts and statistics from tasks. Only rows of tables are shuffled, on
their way into sorted files and joins; documents are not.
"""


class Account(NamedTuple):
    """Counts and bytes from the event log of a run; `driver_kib` is the peak of Python."""

    tasks: int
    shuffled: int
    to_driver: int
    driver_kib: int


def ours(root: Path, master: str, publish_bytes: int = 1 << 30, **conf: str) -> list[str]:
    """The command of a run on Spark; what is smaller is published in the driver."""
    settings = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "4g", **conf}
    listed = ";".join(f"{name}={value}" for name, value in settings.items())
    sets = {"spark_master": master, "spark_conf": listed, "spark_publish_bytes": publish_bytes}
    command = [str(Path(sys.executable).with_name("firmograph")), "run", "--engine", "spark"]
    command += ["--root", str(root)]
    return command + [part for n, v in sets.items() for part in ("--set", f"{n}={v}")]


def peer(script: str, uploads: Path, target: Path) -> list[str]:
    """The command of the same job by hand."""
    return [sys.executable, str(HERE / "peers" / script), str(uploads), str(target)]


def root_with(uploads: Path, scratch: Path) -> Path:
    """A fresh root folder with uploads."""
    root = Path(tempfile.mkdtemp(dir=scratch))
    give(uploads, root / "workingArea" / "uploads")
    return root


def compare(
    uploads: Path, scratch: Path, rounds: int, *, with_plain: bool
) -> Iterator[tuple[str, Figures]]:
    """Measures the participants in turn."""
    scripts = {"PySpark by hand, files packed": "pyspark_dataframes.py"}
    if with_plain:
        scripts["plain PySpark"] = "pyspark_plain.py"
    for _ in range(rounds):
        yield OURS, measure(ours(root_with(uploads, scratch), "local[*]"))
        yield ALL_ON_SPARK, measure(ours(root_with(uploads, scratch), "local[*]", 0))
        for name, script in scripts.items():
            copy = give(uploads, Path(tempfile.mkdtemp(dir=scratch)) / "uploads")
            yield name, measure(peer(script, copy, copy.with_name("target")))


def account(partitions: int, scratch: Path) -> Account:
    """A run over the given number of partitions: what Spark logged, and the driver's memory."""
    uploads = scratch / f"uploads-{partitions}"
    uploads.mkdir()
    write_files(uploads, range(partitions * FILES_PER_PARTITION))
    root = root_with(uploads, scratch)
    events = Path(tempfile.mkdtemp(dir=scratch))
    conf = {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.compress": "false",
        "spark.eventLog.dir": events.as_uri(),
        "spark.default.parallelism": str(max(1, partitions // 2)),
    }
    command = ours(root, "local[2]", 0, **conf)
    code = (
        "import runpy, sys\n"
        f"sys.argv = {command!r}\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        # not ru_maxrss: it starts at the value of the parent process
        "finally:\n    status = dict(line.split(':', 1) for line in open('/proc/self/status'))\n"
        f"    open({str(root / 'peak')!r}, 'w').write(status['VmHWM'].split()[0])\n"
    )
    measure([sys.executable, "-c", code])
    return _sum_up(events, int((root / "peak").read_text()))


def _sum_up(events: Path, driver_kib: int) -> Account:
    tasks = shuffled = to_driver = 0
    for path in (p for p in events.rglob("*") if p.is_file()):
        for line in path.read_text("utf-8").splitlines():
            event: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
            if event.get("Event") == "SparkListenerTaskEnd":
                metrics = event.get("Task Metrics") or {}
                tasks += 1
                shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
                to_driver += metrics.get("Result Size", 0)
    return Account(tasks, shuffled, to_driver, driver_kib)


def page(title: str, rows: list[str]) -> str:
    """A Markdown section with a table."""
    return "\n".join([f"\n## {title}\n", *rows, ""])


def beside(title: str, uploads: Path, scratch: Path, rounds: int, *, with_plain: bool) -> str:
    """A section with the medians of our run and of the same job by hand."""
    found: dict[str, list[Figures]] = {}
    for who, figures in compare(uploads, scratch, rounds, with_plain=with_plain):
        print(title, who, figures, flush=True)
        found.setdefault(who, []).append(figures)
    medians = {
        who: Figures(*map(median, zip(*listed, strict=True))) for who, listed in found.items()
    }
    rows = ["| | wall s | CPU s | peak MiB | firmograph's share |", "|---|---|---|---|---|"]
    for who, one in medians.items():
        share = "" if who == OURS else f"{medians[OURS].wall / one.wall:.2f}"
        rows.append(f"| {who} | {one.wall:.1f} | {one.cpu:.1f} | {one.peak:,.0f} | {share} |")
    return page(title, rows)


def growth(scratch: Path) -> str:
    """A section on what grows with the input and what does not."""
    rows = [
        "| partitions | files | tasks | KiB shuffled | KiB to the driver | driver, peak MiB |",
        "|---|---|---|---|---|---|",
    ]
    for count in PARTITIONS:
        a = account(count, scratch)
        print(count, a, flush=True)
        rows.append(
            f"| {count} | {count * FILES_PER_PARTITION:,} | {a.tasks} | {a.shuffled // KIB:,} "
            f"| {a.to_driver // KIB:,} | {a.driver_kib // KIB} |"
        )
    return page("What grows with the input", rows) + GROWTH


def main() -> None:
    """Measures, and writes the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--lines", type=int, default=33_000)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--without-plain", action="store_true")
    options.add_argument("--out", type=Path, default=HERE / "SPARK.md")
    chosen = options.parse_args()
    cores = len(os.sched_getaffinity(0))
    parts = [HEAD.format(cores, version("pyspark"), datetime.now(UTC).date(), chosen.rounds)]
    with tempfile.TemporaryDirectory(prefix="on-spark-") as name:
        scratch = Path(name)
        many, one = scratch / "many", scratch / "one"
        many.mkdir()
        write_files(many, range(chosen.files))
        plain = not chosen.without_plain
        title = f"{chosen.files:,} files"
        parts.append(beside(title, many, scratch, chosen.rounds, with_plain=plain) + FILES)
        if chosen.lines:
            one.mkdir()
            write_lines(one / "companies_data_blocks_20260401.jsonl", range(chosen.lines))
            title = f"One file of {chosen.lines:,} JSON lines"
            parts.append(beside(title, one, scratch, chosen.rounds, with_plain=False))
        parts.append(growth(scratch))
    chosen.out.write_text("".join(parts), "utf-8")


if __name__ == "__main__":
    main()
