"""firmograph on Spark beside the same job by hand in PySpark, and what grows with the input.

    .venv-spark/bin/python benchmarks/on_spark.py --out benchmarks/SPARK.md

All run on this machine with the PySpark of `.venv-spark`. Each is a whole process, the start of the
JVM included.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from generate import write_files, write_lines
from measure import Figures, measure
from participants import give

HERE = Path(__file__).parent
JARS = Path(sys.prefix) / "jars"
PARTITIONS = (1, 8, 64)
FILES_PER_PARTITION = 150
KIB = 1024


class Account(NamedTuple):
    """What Spark's own log tells of a run, in counts and bytes; `driver_kib` is Python's peak."""

    tasks: int
    shuffled: int
    to_driver: int
    driver_kib: int


def ours(root: Path, master: str, **conf: str) -> list[str]:
    """The command of a run on Spark."""
    settings = {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "4g", **conf}
    listed = ";".join(f"{name}={value}" for name, value in settings.items())
    sets = {"spark_master": master, "spark_jars": str(JARS), "spark_conf": listed}
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
    """Each of the participants, in turns."""
    scripts = {"PySpark by hand, files packed": "pyspark_dataframes.py"}
    if with_plain:
        scripts["plain PySpark"] = "pyspark_plain.py"
    for _ in range(rounds):
        yield "firmograph on Spark", measure(ours(root_with(uploads, scratch), "local[*]"))
        for name, script in scripts.items():
            copy = give(uploads, Path(tempfile.mkdtemp(dir=scratch)) / "uploads")
            yield name, measure(peer(script, copy, copy.with_name("target")))


def account(partitions: int, scratch: Path) -> Account:
    """A run over as many partitions: what Spark logged of it, and the driver's memory."""
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
    command = ours(root, "local[2]", **conf)
    code = (
        "import resource, runpy, sys\n"
        f"sys.argv = {command!r}\n"
        "try:\n    runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "finally:\n    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"    open({str(root / 'peak')!r}, 'w').write(str(peak))\n"
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


def main() -> None:
    """Measures, and writes the page."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--lines", type=int, default=33_000)
    options.add_argument("--rounds", type=int, default=1)
    options.add_argument("--without-plain", action="store_true")
    options.add_argument("--out", type=Path, default=HERE / "SPARK.md")
    chosen = options.parse_args()
    parts = [
        "# On Spark\n\nWritten by `benchmarks/on_spark.py`; whole processes on this machine.\n"
    ]
    cores = len(os.sched_getaffinity(0))
    parts.append(f"{cores} cores, shared; PySpark {version('pyspark')}; best of {chosen.rounds}.\n")
    with tempfile.TemporaryDirectory(prefix="on-spark-") as name:
        scratch = Path(name)
        many, one = scratch / "many", scratch / "one"
        many.mkdir()
        write_files(many, range(chosen.files))
        one.mkdir()
        write_lines(one / "companies_data_blocks_20260401.jsonl", range(chosen.lines))
        titles = {many: f"{chosen.files:,} files"}
        if chosen.lines:
            titles[one] = f"One file of {chosen.lines:,} JSON lines"
        for uploads, title in titles.items():
            plain = uploads is many and not chosen.without_plain
            found: dict[str, list[Figures]] = {}
            for who, figures in compare(uploads, scratch, chosen.rounds, with_plain=plain):
                print(title, who, figures, flush=True)
                found.setdefault(who, []).append(figures)
            rows = ["| | wall s | CPU s | peak MiB | firmograph's share |", "|---|---|---|---|---|"]
            mine = min(f.wall for f in found["firmograph on Spark"])
            for who, listed in found.items():
                best = min(listed)
                share = f"{mine / best.wall:.2f}" if who != "firmograph on Spark" else ""
                rows.append(
                    f"| {who} | {best.wall:.1f} | {best.cpu:.1f} | {best.peak:.0f} | {share} |"
                )
            parts.append(page(title, rows))
            chosen.out.write_text("".join(parts), "utf-8")
        rows = [
            "| partitions | files | tasks | KiB shuffled | KiB to the driver "
            "| driver's Python, peak MiB |",
            "|---|---|---|---|---|---|",
        ]
        for count in PARTITIONS:
            a = account(count, scratch)
            print(count, a, flush=True)
            rows.append(
                f"| {count} | {count * FILES_PER_PARTITION:,} | {a.tasks} | {a.shuffled // KIB:,} "
                f"| {a.to_driver // KIB:,} | {a.driver_kib // KIB} |"
            )
        parts.append(page("What grows with the input", rows))
        chosen.out.write_text("".join(parts), "utf-8")


if __name__ == "__main__":
    main()
