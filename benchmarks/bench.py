"""Measures firmograph beside a bare loop and a script by hand, and writes RESULTS.md.

    python benchmarks/bench.py [--files N] [--lines N] [--rounds N]

Each round runs every command once, in turn; what is quoted is the median. Before a peer's time
counts, its tables are compared with ours.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median

import duckdb
from deltalake import DeltaTable
from generate import DATE, write_files, write_lines
from measure import Figures, measure

HERE = Path(__file__).parent
FIRMOGRAPH = str(Path(sys.executable).with_name("firmograph"))
COMPARED = ("dw_industry_code", "dw_stock_exchanges", "dw_corporate_linkage", "dw_company_data")
Runs = dict[str, list[Figures]]


def firmograph(root: Path) -> Figures:
    """One run of ours."""
    return measure([FIRMOGRAPH, "run", "--root", str(root)])


def fresh_root(work: Path, uploads: Path | None) -> Path:
    """An empty root with a copy of the uploads."""
    root = work / "root"
    shutil.rmtree(root, ignore_errors=True)
    give(root, uploads)
    return root


def give(root: Path, uploads: Path | None) -> None:
    """Copies uploads into a root, in place of what is left there."""
    folder = root / "workingArea" / "uploads"
    shutil.rmtree(folder, ignore_errors=True)
    if uploads is None:
        folder.mkdir(parents=True)
    else:
        shutil.copytree(uploads, folder)


def by_hand(work: Path, uploads: Path) -> Figures:
    """The same job in DuckDB SQL."""
    target, copy = work / "by_hand", work / "copy"
    shutil.rmtree(target, ignore_errors=True)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(uploads, copy)
    script = str(HERE / "peers" / "duckdb_sql.py")
    return measure([sys.executable, script, str(copy), str(target)])


def loop(work: Path, uploads: Path) -> Figures:
    """The bare loop."""
    target = str(work / "loop.parquet")
    return measure([sys.executable, str(HERE / "loop.py"), str(uploads), target])


def compare(root: Path, by_hand: Path) -> None:
    """Stops where the script's tables are not ours, row for row in the script's columns."""
    with duckdb.connect() as connection:
        for name in COMPARED:
            theirs = f"'{by_hand / name}.parquet'"
            columns = ", ".join(c[0] for c in connection.sql(f"FROM {theirs}").description)
            connection.register(
                "ours", DeltaTable(str(root / "datasets/dw" / name)).to_pyarrow_dataset()
            )
            for one, other in (("ours", theirs), (theirs, "ours")):
                sql = (
                    f"SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {other} LIMIT 1"
                )
                if row := connection.sql(sql).fetchall():
                    raise SystemExit(f"{name} differs: only in {one}: {row}")


def load(work: Path, uploads: Path, rounds: int, *, again: bool) -> Runs:
    """A first load by all, and the same drop again by ours."""
    runs: Runs = {"firmograph": [], "DuckDB by hand": [], "bare loop": []}
    for _ in range(rounds):
        root = fresh_root(work, uploads)
        runs["firmograph"].append(firmograph(root))
        runs["DuckDB by hand"].append(by_hand(work, uploads))
        compare(root, work / "by_hand")
        runs["bare loop"].append(loop(work, uploads))
        if again:
            give(root, uploads)
            runs.setdefault("firmograph, the same drop again", []).append(firmograph(root))
    return runs


def small(work: Path, uploads: Path, rounds: int) -> Runs:
    """Ten files, and the commands one waits for."""
    runs: Runs = {"ten files": [], "status": [], "--help": []}
    for _ in range(rounds):
        root = fresh_root(work, uploads)
        runs["ten files"].append(firmograph(root))
        runs["status"].append(measure([FIRMOGRAPH, "status", "--root", str(root)]))
        runs["--help"].append(measure([FIRMOGRAPH, "--help"]))
    return runs


def nights(work: Path, drop: Callable[[Path, int], None], count: int) -> Runs:
    """A small drop every night; the first and the last ones are told apart."""
    root = fresh_root(work, None)
    taken = []
    for night in range(count):
        drop(root / "workingArea" / "uploads", night)
        taken.append(firmograph(root))
    return {"nights 6 to 15": taken[5:15], f"the last ten of {count}": taken[-10:]}


def nightly(folder: Path, night: int) -> None:
    """Twenty companies, half of them answering anew."""
    numbers = range(night * 10, night * 10 + 20)
    write_files(folder, numbers, dict.fromkeys(numbers, night))


def table(title: str, runs: Runs, size: int = 0) -> str:
    """A scenario's medians."""
    lines = [
        f"\n## {title}\n",
        "| | wall s | CPU s | peak MiB | MB/s a core |",
        "|---|---|---|---|---|",
    ]
    for name, figures in runs.items():
        wall, cpu, peak = (median(f[n] for f in figures) for n in range(3))
        speed = f"{size / 1e6 / cpu:.0f}" if size else ""
        lines.append(f"| {name} | {wall:.2f} | {cpu:.2f} | {peak:.0f} | {speed} |")
    return "\n".join(lines)


def main() -> None:
    """Reads the command line, measures, writes the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--lines", type=int, default=33_000)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    parts = [
        "# Results\n",
        f"`{' '.join(['python benchmarks/bench.py', *sys.argv[1:]])}` on {cores} shared cores, "
        f"Python {platform.python_version()}, DuckDB {duckdb.__version__}. "
        f"Medians of {given.rounds} interleaved rounds, whole processes; "
        "memory over all processes, shared pages once.",
    ]
    with tempfile.TemporaryDirectory(prefix="firmograph-bench-") as name:
        work = Path(name)
        for folder, count in (("ten", 10), ("files", given.files)):
            (work / folder).mkdir()
            write_files(work / folder, range(count))
        (work / "lines").mkdir()
        path = work / "lines" / f"companies_data_blocks_{DATE}.jsonl"
        write_lines(path, range(given.lines))
        parts.append(table("Small", small(work, work / "ten", 2 * given.rounds + 1)))
        size = sum(file.stat().st_size for file in (work / "files").iterdir())
        runs = load(work, work / "files", given.rounds, again=True)
        parts.append(table(f"{given.files:,} files, {size / 1e6:,.0f} MB", runs, size))
        size = path.stat().st_size
        runs = load(work, work / "lines", given.rounds, again=False)
        parts.append(table(f"One file of JSON lines, {size / 1e6:,.0f} MB", runs, size))
        parts.append(table("A small drop every night", nights(work, nightly, given.nights)))
    (HERE / "RESULTS.md").write_text("\n".join(parts) + "\n", "utf-8")
    print("\n".join(parts))


if __name__ == "__main__":
    main()
